import { budgetLeft, isOver, type Sampler, samplerOf, trialSeed } from "../../sweep/index.ts";
import { type SweepJob, stateOf } from "./job.ts";

/** The trials that are still to be carried out: those that were begun before, then new ones while the budget lasts. */
export class TrialQueue {
  readonly #job: SweepJob;
  readonly #sampler: Sampler;
  readonly #open: number[];
  readonly #workedBefore: number;
  readonly #since = performance.now();
  #next: number;
  #told = 0;

  constructor(job: SweepJob) {
    const { trials, header, workedSeconds } = stateOf(job);
    this.#job = job;
    this.#sampler = samplerOf(header.plan);
    this.#open = trials.filter(({ end }) => end === undefined).map(({ number }) => number);
    this.#next = trials.length;
    this.#workedBefore = workedSeconds;
  }

  get #seconds(): number {
    return (performance.now() - this.#since) / 1000;
  }

  /** Puts the time of this process that no record has yet into the ledger. */
  async tellTime(): Promise<void> {
    const seconds = this.#seconds - this.#told;
    this.#told += seconds;
    await this.#job.ledger.append({ kind: "worked", seconds });
  }

  /** The number of the next trial, in the ledger once this resolves; undefined when the budget is spent. */
  async take(): Promise<number | undefined> {
    const open = this.#open.shift();
    if (open !== undefined) return open;
    const { trials, header } = stateOf(this.#job);
    const spent = {
      trials: this.#next,
      steps: trials.reduce((sum, { end }) => sum + (end?.steps ?? 0), 0),
      seconds: this.#workedBefore + this.#seconds,
    };
    if (isOver(budgetLeft(header.plan, spent, this.#sampler.most))) return undefined;
    const trial = this.#next;
    this.#next += 1;
    const assignment = this.#sampler.propose(trial);
    const seed = trialSeed(header.plan.seed, trial);
    await this.#job.ledger.append({ kind: "trial", trial, assignment, seed });
    const told = Object.entries(assignment).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
    this.#job.onProgress({ kind: "notice", text: `trial ${trial}: ${told.join(" ")}` });
    return trial;
  }
}
