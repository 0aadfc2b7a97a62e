import { TomoeError } from "../../errors.ts";
import type { Child } from "../../process/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { StageSpec } from "../../schema/stage.ts";
import { dumpStacks } from "../calls/life.ts";
import type { WorkerExit, WorkerPool } from "../pool.ts";
import type { StageOptions, StageSession, WorkerClient } from "../rank.ts";

interface PoolParts {
  readonly ranks: readonly WorkerClient[];
  readonly child: Child;
  /** Processes of the ranks, in rank order. */
  readonly pids: readonly number[];
  readonly attempt: number;
  /** Removes sockets and ready files. */
  readonly clean: () => void;
  /** The processes served an earlier run. */
  readonly isKept?: boolean;
  /** Takes the processes over when their run is done; false where they are not to be had again. */
  readonly keep?: () => Promise<boolean>;
}

const shutdownMs = 1_000;
/** Time given to processes that said they will end; torchrun takes a while to notice that its ranks have. */
const cleanEndMs = 3_000;

/** The ranks behind one child: the worker itself, or the torchrun that started them. */
export class RankPool implements WorkerPool {
  readonly ranks: readonly WorkerClient[];
  readonly attempt: number;
  readonly isKept: boolean;
  readonly ended: Promise<WorkerExit>;
  readonly #parts: PoolParts;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.ranks = parts.ranks;
    this.attempt = parts.attempt;
    this.isKept = parts.isKept ?? false;
    this.ended = parts.child.ended;
  }

  async all<T>(call: (rank: WorkerClient) => Promise<T>): Promise<readonly T[]> {
    const settled = await Promise.allSettled(this.ranks.map(call));
    return settled.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  }

  async same<T>(what: string, call: (rank: WorkerClient) => Promise<T>): Promise<T> {
    const results = await this.all(call);
    const [first, ...others] = results;
    if (first === undefined)
      throw new TomoeError("WORKER_STATE", `there is no rank to ask for ${what}`, {
        hint: "Start at least one rank.",
      });
    const expected = canonicalJson(first, what);
    const differing = others.findIndex((result) => canonicalJson(result, what) !== expected);
    if (differing >= 0) {
      throw new TomoeError("WIRE_DIGEST", `rank 0 and rank ${differing + 1} disagree on ${what}`, {
        hint: "All ranks must run the same version on the same kind of machine.",
        details: { what, ranks: [0, differing + 1] },
      });
    }
    return first;
  }

  async openStage(spec: StageSpec, options: StageOptions = {}): Promise<readonly StageSession[]> {
    const opened = await Promise.allSettled(this.ranks.map((rank) => rank.openStage(spec, options)));
    const sessions = opened.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const failed = opened.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) {
      for (const session of sessions) session.cancel();
      throw failed.reason;
    }
    const steps = new Set(sessions.map(({ firstStep }) => firstStep));
    if (steps.size > 1) {
      for (const session of sessions) session.cancel();
      throw new TomoeError(
        "WORKER_STATE",
        `the ranks are at different steps of stage ${spec.name}: ${[...steps].join(", ")}`,
        { hint: "Load the same checkpoint on every rank." },
      );
    }
    return sessions;
  }

  dumpStacks(): Promise<void> {
    return dumpStacks(this.#parts.pids);
  }

  async release(): Promise<void> {
    if ((await this.#parts.keep?.()) !== true) await this.stop();
  }

  async stop(): Promise<WorkerExit> {
    // A rank that does not answer is ended by signal; how it failed to answer does not matter any more.
    const asked = await Promise.allSettled(
      this.ranks.map((rank) => rank.shutdown({ timeoutMs: shutdownMs })),
    );
    if (asked.every(({ status }) => status === "fulfilled"))
      await within(this.#parts.child.ended, cleanEndMs);
    return await this.#close(await this.#parts.child.stop());
  }

  async kill(): Promise<WorkerExit> {
    return await this.#close(await this.#parts.child.kill());
  }

  async #close(exit: WorkerExit): Promise<WorkerExit> {
    for (const rank of this.ranks) rank.close();
    this.#parts.clean();
    return exit;
  }
}

async function within(promise: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise((resolve) => {
      timer = setTimeout(resolve, limitMs);
    }),
  ]);
  clearTimeout(timer);
}
