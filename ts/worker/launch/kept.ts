import { canonicalJson } from "../../schema/digest.ts";
import type { ChannelClient } from "../calls/rank-client.ts";
import type { WorkerPool } from "../pool.ts";
import { greetRanks, type ReadyRanks } from "./greet.ts";
import type { WorkerLaunch } from "./options.ts";
import { defaultLogBytes, newToken, startRanks } from "./start.ts";

const defaultIdleMs = 120_000;
/** Longest wait for calls that are about to end: a stream ends a moment after its last message. */
const settleMs = 2_000;

/** Ranks without a run. */
interface Idle {
  readonly settings: string;
  readonly ready: ReadyRanks;
  readonly timer: NodeJS.Timeout;
}

/**
 * Workers that are kept between the runs of this process: importing torch takes longer than a short run does.
 * One is reset when its run has ended well, and lent again to a run of the same settings; it ends after a while
 * without a run, in place of it when one of other settings is needed, and with this process, which does not stay
 * for it. There are never more processes than were at work at once.
 */
export class KeptWorkers {
  readonly #idleMs: number;
  #idle: readonly Idle[] = [];

  /** @param idleMs - longest time that a worker is kept without a run. */
  constructor(idleMs: number = defaultIdleMs) {
    this.#idleMs = idleMs;
  }

  /** Ranks for one attempt, kept ones or new ones; errors as `startWorkers`. Its `release` gives them back. */
  async start(launch: WorkerLaunch): Promise<WorkerPool> {
    const settings = settingsOf(launch);
    const kept = this.#idle.find((idle) => idle.settings === settings);
    if (kept !== undefined) {
      this.#forget(kept);
      try {
        return await this.#again(launch, kept);
      } catch {
        // It is ended: whatever a kept worker had, a new one may not have, and if it has it says so itself.
      }
    }
    const [oldest] = this.#idle;
    if (oldest !== undefined) await this.#end(oldest);
    const ready = await startRanks(launch);
    return await greetRanks(launch, ready, {
      isKept: false,
      keep: async (ranks) => await this.#keep(settings, ready, ranks),
    });
  }

  /** Ends those that have no run. */
  async end(): Promise<void> {
    await Promise.all(this.#idle.map(async (idle) => await this.#end(idle)));
  }

  async #again(launch: WorkerLaunch, { settings, ready }: Idle): Promise<WorkerPool> {
    ready.child.hold(true);
    try {
      ready.child.logTo({ logFile: launch.logFile, maxLogBytes: launch.maxLogBytes ?? defaultLogBytes });
    } catch (error) {
      await ready.child.kill();
      ready.clean();
      throw error;
    }
    return await greetRanks(launch, ready, {
      isKept: true,
      keep: async (ranks) => await this.#keep(settings, ready, ranks),
    });
  }

  /** Resets ranks whose run is done and keeps them; false where a call ended badly or one is not to be reset. */
  async #keep(settings: string, ready: ReadyRanks, ranks: readonly ChannelClient[]): Promise<boolean> {
    const ended = await Promise.all(ranks.map(async ({ calls }) => await calls.endedWell(settleMs)));
    if (ended.includes(false)) return false;
    const token = newToken();
    const reset = await Promise.allSettled(ranks.map(async (rank) => await rank.reset(token)));
    if (reset.some(({ status }) => status === "rejected")) return false;
    const { child } = ready;
    // What they printed before they answered lies in the pipes, and is read within a turn of the event loop.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    for (const rank of ranks) rank.close();
    child.logTo(undefined);
    child.hold(false);
    const timer = setTimeout(() => void this.#end(idle), this.#idleMs).unref();
    const idle: Idle = { settings, ready: { ...ready, token }, timer };
    this.#idle = [...this.#idle, idle];
    void child.ended.then(() => {
      if (this.#forget(idle)) ready.clean();
    });
    return true;
  }

  /** Whether it was among those without a run. */
  #forget(idle: Idle): boolean {
    const isHere = this.#idle.includes(idle);
    clearTimeout(idle.timer);
    this.#idle = this.#idle.filter((other) => other !== idle);
    return isHere;
  }

  async #end(idle: Idle): Promise<void> {
    if (!this.#forget(idle)) return;
    // It has nothing to write any more.
    await idle.ready.child.kill();
    idle.ready.clean();
  }
}

/** What a process was started with and cannot change: the runs it serves must ask for the same. */
function settingsOf(launch: WorkerLaunch): string {
  const { packageRoot, ranks, device, threads } = launch;
  const chosen = {
    transport: launch.transport ?? "auto",
    readyVia: launch.readyVia ?? "default",
    memoryShare: launch.memoryShare ?? null,
    graceMs: launch.graceMs ?? null,
  };
  const env = { ...process.env, ...launch.env };
  const places = { packageRoot, folder: process.cwd() };
  return canonicalJson({ ...places, ...chosen, ranks, device, threads, env }, "the settings of a worker");
}
