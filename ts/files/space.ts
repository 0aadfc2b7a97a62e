import { setTimeout as sleep } from "node:timers/promises";
import { isTomoeError } from "../errors.ts";
import type { IoContext } from "./codes.ts";
import { isDiskFull, writeFailure } from "./codes.ts";

/** How long a write waits for a full disk to be freed. */
export interface SpaceWait {
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Five minutes, looked at each second: long enough for a person to free space, short enough not to hold a
 * node for a night.
 */
export const defaultSpaceWait: SpaceWait = { timeoutMs: 300_000, pollMs: 1000 };

/**
 * Waits for a full disk for all writes of one run: those that wait at once are told as one, and once a wait was
 * in vain the run is ending, so that nothing it still writes waits again.
 */
export class SpaceWaiter {
  readonly #wait: SpaceWait;
  readonly #notice: (line: string) => void;
  #waiting = 0;
  #gaveUp = false;

  /** @param notice - gets one line when the disk is full and one when there is space again. */
  constructor(wait: SpaceWait, notice: (line: string) => void) {
    this.#wait = wait;
    this.#notice = notice;
  }

  /**
   * Does `write`; while the disk is full it pauses with one notice, and tries again until there is space.
   *
   * @param write - leaves nothing behind when it fails.
   * @throws TomoeError `DISK_FULL` with the bytes needed once the wait is over or the signal is aborted; any
   * other failure at once, as it came, but for the path of a worker that named none.
   */
  async whenThereIsSpace<T>(context: IoContext, write: () => Promise<T>): Promise<T> {
    const start = performance.now();
    let waits = false;
    try {
      for (;;) {
        try {
          const result = await write();
          if (waits && this.#waiting === 1)
            this.#notice(`there is space again: went on to ${context.action}`);
          return result;
        } catch (cause) {
          if (!isDiskFull(cause)) throw isTomoeError(cause) ? writeFailure(cause, context) : cause;
          const leftMs = this.#wait.timeoutMs - (performance.now() - start);
          if (this.#gaveUp || leftMs <= 0 || this.#wait.signal?.aborted === true) {
            this.#gaveUp = true;
            throw writeFailure(cause, context);
          }
          if (!waits) this.#tell(cause, context, leftMs);
          waits = true;
          await this.#pause(Math.min(this.#wait.pollMs, leftMs));
        }
      }
    } finally {
      if (waits) this.#waiting -= 1;
    }
  }

  #tell(cause: unknown, context: IoContext, leftMs: number): void {
    if (this.#waiting === 0)
      this.#notice(
        `the disk is full: paused, needs ${needs(cause, context)}; free space within ${Math.ceil(leftMs / 1000)} s`,
      );
    this.#waiting += 1;
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#wait;
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/**
 * Does a write; its failure gets its code and path, and a full disk is waited for where there is a waiter.
 *
 * @param write - leaves nothing behind when it fails.
 * @throws TomoeError as `writeFailure`.
 */
export async function written<T>(
  context: IoContext,
  space: SpaceWaiter | undefined,
  write: () => Promise<T>,
): Promise<T> {
  const once = async (): Promise<T> => {
    try {
      return await write();
    } catch (cause) {
      throw writeFailure(cause, context);
    }
  };
  return await (space === undefined ? once() : space.whenThereIsSpace(context, once));
}

/**
 * "1192 bytes at /runs/x/metrics/000000.jsonl"; what the failed write itself says is more exact than what it
 * was part of.
 */
function needs(cause: unknown, context: IoContext): string {
  const said = isTomoeError(cause) ? cause.details : {};
  return `${String(said.neededBytes ?? context.neededBytes ?? "some")} bytes at ${String(said.path ?? context.path)}`;
}
