import { z } from "zod";
import { type CheckpointRef, readEvents } from "../../track/read/index.ts";

/** The newest checkpoint of a stage after so many steps; undefined when it is gone. */
export function checkpointAt(
  refs: readonly CheckpointRef[],
  { stage, step }: { readonly stage: string; readonly step: number },
): CheckpointRef | undefined {
  return refs.findLast((ref) => ref.stage === stage && ref.step === step);
}

/**
 * Where the best number of the last stage that was validated stands; undefined where none was.
 *
 * @param folder - the run's `events/`.
 * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
 */
export async function bestPlace(
  folder: string,
): Promise<{ readonly stage: string; readonly step: number } | undefined> {
  const last = (await readEvents(folder, "validation")).at(-1);
  return placeSchema.safeParse(last?.data.best).data;
}

const placeSchema = z.object({ stage: z.string(), step: z.int() });
