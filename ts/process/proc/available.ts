import { readFileSync } from "node:fs";
import { groupMemoryOf } from "./control-group.ts";

/** Memory that a process started now could take. */
export interface AvailableMemory {
  /** Bytes that the kernel could give away. */
  readonly available: number;
  /** Bytes left under the limit of the control group; undefined when there is none. */
  readonly limit: number | undefined;
}

/**
 * Looks at the machine and at this process's control group.
 *
 * @param meminfo - where the kernel tells of its memory.
 */
export function availableMemory(meminfo = "/proc/meminfo"): AvailableMemory {
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync(meminfo, "utf8"))?.[1];
  return { available: Number(kib ?? 0) * 1024, limit: groupMemoryOf("self").leftBytes };
}

/** What is left of both. */
export function usableBytes({ available, limit }: AvailableMemory): number {
  return Math.min(available, limit ?? Number.POSITIVE_INFINITY);
}
