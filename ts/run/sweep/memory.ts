import type { ResolvedExperiment } from "../../config/index.ts";
import { availableMemory, usableBytes } from "../../process/proc/index.ts";
import { memoryOfAll } from "../memory-need.ts";
import { lookAtHardware } from "../provenance/hardware.ts";
import type { DeviceChoice } from "../workers.ts";

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * Whether trials at once are likely to need more memory than there is, in words; undefined where they fit. It is an
 * estimate of the recipe as it stands, so nothing is refused: what a worker may take is bounded, and a trial that needs
 * more fails by itself.
 *
 * @param parallel - trials at once.
 * @param free - bytes that all of them share.
 */
export function memoryNotice(
  { config }: Pick<ResolvedExperiment, "config">,
  { parallel, free }: { readonly parallel: number; readonly free: number },
): string | undefined {
  const each = memoryOfAll(config);
  if (parallel === 1 || each * parallel <= free) return undefined;
  const fitting = Math.floor(free / each);
  const instead = fitting > 1 ? `--parallel ${fitting} fits` : "one at a time has all of it";
  return `${parallel} trials at once need about ${gigabytes(each * parallel)} of memory, ${gigabytes(free)} are free: a trial that needs more than its part fails with OUT_OF_MEMORY; ${instead}`;
}

/** Bytes that trials share where they compute on this machine's processors; undefined where a GPU may take them. */
export async function sharedMemory(device: DeviceChoice): Promise<number | undefined> {
  if (device === "cuda") return undefined;
  if (device === "auto" && (await lookAtHardware()).gpus.length > 0) return undefined;
  return usableBytes(availableMemory());
}
