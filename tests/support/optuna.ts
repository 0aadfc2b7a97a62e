// The sampler of the package, set up where that can be done; where it cannot, tests of it are skipped with the reason.
import { requireSampler, type SamplerRuntime } from "../../ts/sampler/index.ts";

/** Its environment, made when a test first asks for it, or in words why there is none here. */
export async function optunaHere(): Promise<SamplerRuntime | string> {
  try {
    return await requireSampler({
      signal: AbortSignal.timeout(500_000),
      notice: (line) => console.warn(line),
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
