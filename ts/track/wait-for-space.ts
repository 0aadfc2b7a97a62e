import { setTimeout as sleep } from "node:timers/promises";
import { ioFailure, isDiskFull } from "./failures.ts";
import type { IoContext } from "./failures.ts";

/** How long a write waits for a full disk to be freed, in milliseconds. */
export interface SpaceWait {
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly signal?: AbortSignal;
}

/** Five minutes, looked at each second: long enough for a person to free space, short enough not to hold a node for a night. */
export const defaultSpaceWait: SpaceWait = { timeoutMs: 300_000, pollMs: 1000 };

/**
 * Does `write`; while the disk is full it pauses with one notice, and tries again until there is space.
 *
 * @throws TomoeError `DISK_FULL` with the bytes needed once the wait is over or the signal is aborted; any other failure at once, as it came.
 */
export async function waitForSpace<T>(wait: SpaceWait, notice: (line: string) => void, context: IoContext, write: () => Promise<T>): Promise<T> {
  const start = performance.now();
  let told = false;
  for (;;) {
    try {
      const result = await write();
      if (told) notice(`there is space again: went on to ${context.action}`);
      return result;
    } catch (cause) {
      if (!isDiskFull(cause)) throw cause;
      const waitedMs = performance.now() - start;
      if (waitedMs >= wait.timeoutMs || wait.signal?.aborted === true) throw ioFailure(cause, context);
      if (!told) notice(`the disk is full: paused, needs ${context.neededBytes ?? "some"} bytes at ${context.path}; free space within ${Math.ceil((wait.timeoutMs - waitedMs) / 1000)} s`);
      told = true;
      await sleep(Math.min(wait.pollMs, wait.timeoutMs - waitedMs), undefined, wait.signal === undefined ? {} : { signal: wait.signal }).catch(() => undefined);
    }
  }
}
