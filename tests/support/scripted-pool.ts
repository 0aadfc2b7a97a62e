// Workers for the conductor's own tests: the real pool over ranks that compute nothing and remember everything.
// What they are given they check as a worker does: plan in force, digests of plan and batch, order of steps.
import { basename } from "node:path";
import { TomoeError } from "../../ts/errors.ts";
import type { Child } from "../../ts/process/index.ts";
import type { BaseWishes, RankWishes, WorkerSource } from "../../ts/run/workers.ts";
import type { BaseFacts } from "../../ts/schema/base-facts.ts";
import type { Batch } from "../../ts/schema/batch.ts";
import type { WorkerExit } from "../../ts/worker/index.ts";
import { RankPool } from "../../ts/worker/launch/rank-pool.ts";
import { type Notes, type Script, ScriptedModel } from "./scripted-model.ts";
import { ScriptedRank } from "./scripted-rank.ts";

/** Where a test's workers come from; what they were asked is in `calls`, by attempt. */
export class ScriptedWorkers implements WorkerSource, Notes {
  readonly calls: string[] = [];
  /** What was asked for, attempt by attempt. */
  readonly started: RankWishes[] = [];
  /** How the pools ended, in order: "stop" or "kill". */
  readonly ends: string[] = [];
  readonly fed = new Map<string, Batch>();
  readonly #script: Script;
  readonly #clock = { ms: 0 };
  saves = 0;

  constructor(script: Script = {}) {
    this.#script = script;
  }

  /** The workers' clock: it stands still but for the seconds that steps take. */
  readonly now = (): number => this.#clock.ms;

  /** Says of any folder what the script says of a base; without such words there is none. */
  openBase(wishes: BaseWishes): Promise<BaseFacts> {
    this.calls.push(`open ${basename(wishes.folder)}`);
    const facts = this.#script.facts?.(wishes);
    if (facts !== undefined) return Promise.resolve(facts);
    const hint = "The test's script names a base where one is to be found.";
    throw new TomoeError("PATH_NOT_FOUND", `there is no folder ${wishes.folder}`, { hint });
  }

  require(): Promise<void> {
    this.calls.push("require");
    return Promise.resolve();
  }

  hasBfloat16({ device }: { readonly device: string }): Promise<boolean> {
    this.calls.push(`hasBfloat16 ${device}`);
    return Promise.resolve(this.#script.bfloat16 ?? false);
  }

  async start(wishes: RankWishes): Promise<RankPool> {
    this.started.push(wishes);
    const failure = this.#script.failStart?.(wishes.attempt);
    if (failure !== undefined) throw failure;
    const model = new ScriptedModel({
      script: this.#script,
      attempt: wishes.attempt,
      ranks: wishes.ranks,
      clock: this.#clock,
    });
    const roots = Object.fromEntries(wishes.roots.map(({ name, path }) => [name, path]));
    const { child, exit } = this.#child();
    const ranks = Array.from(
      { length: wishes.ranks },
      (_, rank) => new ScriptedRank({ rank, ranks: wishes.ranks, model, roots, notes: this, exit }),
    );
    return await Promise.resolve(
      new RankPool({
        ranks,
        child,
        pids: [],
        attempt: wishes.attempt,
        clean: () => undefined,
        isKept: this.#script.isKept ?? false,
      }),
    );
  }

  /** A process that ends by itself once a rank was asked to shut down, and when it is told to. */
  #child(): { readonly child: Child; readonly exit: () => void } {
    const ended = Promise.withResolvers<WorkerExit>();
    const exit = (forced = false): void => ended.resolve({ exitCode: 0, signal: null, forced, logTail: [] });
    const end = (how: "stop" | "kill") => async (): Promise<WorkerExit> => {
      this.ends.push(how);
      exit(how === "kill");
      return await ended.promise;
    };
    const nothing = (): undefined => undefined;
    const silent = {
      pid: 0,
      ready: undefined,
      logTail: () => [],
      signal: nothing,
      logTo: nothing,
      hold: nothing,
    };
    return { child: { ...silent, ended: ended.promise, stop: end("stop"), kill: end("kill") }, exit };
  }
}

/** The error of workers that died during a step, as the worker's door raises it. */
export function workerDied(details: TomoeError["details"] = {}): TomoeError {
  return new TomoeError("WORKER_DIED", "the worker died (SIGKILL)", {
    hint: "It is replaced; its log says more.",
    details,
  });
}
