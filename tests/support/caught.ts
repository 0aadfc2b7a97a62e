// The typed error of a call that must fail; a call that does not fails the test.
import { isTomoeError, type TomoeError } from "../../ts/errors.ts";

/** Awaits `work` and returns the TomoeError it raised; anything else is a failure. */
export async function caught(work: () => unknown): Promise<TomoeError> {
  try {
    await work();
  } catch (error) {
    if (isTomoeError(error)) return error;
    throw new Error(`not a TomoeError: ${String(error)}`);
  }
  throw new Error("nothing was raised");
}

/** As `caught`, of work that is done at once. */
export function thrown(work: () => unknown): TomoeError {
  try {
    work();
  } catch (error) {
    if (isTomoeError(error)) return error;
    throw new Error(`not a TomoeError: ${String(error)}`);
  }
  throw new Error("nothing was raised");
}
