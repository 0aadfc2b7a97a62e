import { dirname } from "node:path";
import { TomoeError } from "../../errors.ts";
import type { SpaceWaiter } from "../../files/index.ts";
import { writeWhole } from "../../files/index.ts";
import { readableJson } from "../record/json.ts";
import { lookAtDisk } from "../runs/disk.ts";
import type { RunState, RunStatus } from "../runs/state.ts";
import { readState } from "../runs/state.ts";
import type { RunLock } from "./lock.ts";

/** Why a run ended as it did. */
export interface RunFault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface TenureOptions {
  readonly lock: RunLock;
  /** As it was read under the lock. */
  readonly state: RunState;
  /** Of `state.json`. */
  readonly path: string;
  readonly space: SpaceWaiter;
}

/** The right to write in a run, and how the run stands: its lock, its `state.json`, and the fence of attempts. */
export class Tenure {
  readonly #lock: RunLock;
  readonly #path: string;
  readonly #space: SpaceWaiter;
  #state: RunState;

  constructor({ lock, state, path, space }: TenureOptions) {
    this.#lock = lock;
    this.#state = state;
    this.#path = path;
    this.#space = space;
  }

  get state(): RunState {
    return this.#state;
  }

  /** @throws TomoeError `LOCKED` when the run is not ours any more. */
  async assertHeld(): Promise<void> {
    await this.#lock.assertHeld();
  }

  /**
   * Refuses what a replaced worker or a replaced owner still wants to write. Asks the disk, so that another
   * process's takeover is seen.
   *
   * @throws TomoeError `WORKER_FENCED` for a lower attempt, `LOCKED` when the run is not ours any more.
   */
  async assertCurrent(attempt: number): Promise<void> {
    await this.assertHeld();
    const { attempt: current, runId } = await readState(this.#path);
    if (attempt === current) return;
    throw new TomoeError(
      "WORKER_FENCED",
      `attempt ${attempt} of ${runId} may write no more: attempt ${current} has begun`,
      {
        hint: "Nothing to do: the newer attempt goes on, and the late write was refused.",
        details: { runId, attempt, current },
      },
    );
  }

  /** Counts one more start; what an attempt before it still sends is refused from here on. */
  async beginAttempt(): Promise<number> {
    const { attempt, startedAt = new Date().toISOString() } = this.#state;
    await this.#replace({ status: "running", attempt: attempt + 1, startedAt });
    return this.#state.attempt;
  }

  /** Records how the run stands: anything but "running" gets the time, what lies on the disk, and the fault if there is one. */
  async mark(status: Exclude<RunStatus, "created">, fault?: RunFault): Promise<void> {
    await this.#replace({
      status,
      ...(status === "running"
        ? {}
        : { endedAt: new Date().toISOString(), disk: lookAtDisk(dirname(this.#path)) }),
      ...(fault === undefined
        ? {}
        : { error: { code: fault.code, message: fault.message, hint: fault.hint } }),
    });
  }

  /** Gives the run free; a second call does nothing. */
  async release(): Promise<void> {
    await this.#lock.release();
  }

  async #replace(change: Partial<RunState>): Promise<void> {
    await this.assertHeld();
    const { endedAt: _ended, error: _error, ...kept } = this.#state;
    const state = { ...kept, ...change };
    await writeState(this.#path, state, this.#space);
    this.#state = state;
  }
}

/** Replaces `state.json` whole; waits for a full disk where there is a waiter. */
export async function writeState(path: string, state: RunState, space?: SpaceWaiter): Promise<void> {
  await writeWhole(path, readableJson(state, "the run state"), { space });
}
