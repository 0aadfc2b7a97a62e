import { setTimeout as sleep } from "node:timers/promises";
import { isTomoeError } from "../errors.ts";
import type { IoContext } from "./codes.ts";
import { ioFailure, isDiskFull } from "./codes.ts";

/** How long a write waits for a full disk to be freed, in milliseconds. */
export interface SpaceWait {
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly signal?: AbortSignal;
  /** Shared by the writes of one run, so that several that wait at once are told as one. */
  readonly together?: WaitingTogether;
}

/** What the writes of one run know of each other's waiting. */
export interface WaitingTogether {
  /** Writes that wait now. */
  waiting: number;
  /** A wait was in vain: the run is ending, and nothing that it still writes waits again. */
  gaveUp: boolean;
}

/**
 * Five minutes, looked at each second: long enough for a person to free space, short enough not to hold a
 * node for a night.
 */
export const defaultSpaceWait: SpaceWait = { timeoutMs: 300_000, pollMs: 1000 };

/**
 * Does `write`; while the disk is full it pauses with one notice, and tries again until there is space.
 *
 * @param write - leaves nothing behind when it fails.
 * @throws TomoeError `DISK_FULL` with the bytes needed once the wait is over or the signal is aborted; any
 * other failure at once, as it came, but for the path
 *   of a worker that named none.
 */
export async function waitForSpace<T>(
  wait: SpaceWait,
  notice: (line: string) => void,
  context: IoContext,
  write: () => Promise<T>,
): Promise<T> {
  const together = wait.together ?? { waiting: 0, gaveUp: false };
  const start = performance.now();
  let waits = false;
  try {
    for (;;) {
      try {
        const result = await write();
        if (waits && together.waiting === 1) notice(`there is space again: went on to ${context.action}`);
        return result;
      } catch (cause) {
        if (!isDiskFull(cause)) throw isTomoeError(cause) ? ioFailure(cause, context) : cause;
        const leftMs = wait.timeoutMs - (performance.now() - start);
        if (together.gaveUp || leftMs <= 0 || wait.signal?.aborted === true) {
          together.gaveUp = true;
          throw ioFailure(cause, context);
        }
        if (!waits) {
          if (together.waiting === 0)
            notice(
              `the disk is full: paused, needs ${needs(cause, context)}; free space within ${Math.ceil(leftMs / 1000)} s`,
            );
          together.waiting += 1;
          waits = true;
        }
        await sleep(
          Math.min(wait.pollMs, leftMs),
          undefined,
          wait.signal === undefined ? {} : { signal: wait.signal },
        ).catch(() => undefined);
      }
    }
  } finally {
    if (waits) together.waiting -= 1;
  }
}

/**
 * "1192 bytes at /runs/x/metrics/000000.jsonl"; what the failed write itself says is more exact than what it
 * was part of.
 */
function needs(cause: unknown, context: IoContext): string {
  const said = isTomoeError(cause) ? cause.details : {};
  return `${String(said.neededBytes ?? context.neededBytes ?? "some")} bytes at ${String(said.path ?? context.path)}`;
}
