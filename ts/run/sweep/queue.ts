import { defined } from "../../defined.ts";
import { budgetLeft, isOver, trialSeed } from "../../sweep/index.ts";
import { type SweepJob, stateOf } from "./job.ts";

/** The trials that are still to be carried out: those that were begun before, then new ones while the budget lasts. */
export class TrialQueue {
  readonly #job: SweepJob;
  readonly #open: number[];
  readonly #workedBefore: number;
  readonly #since = performance.now();
  #next: number;
  #told = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(job: SweepJob) {
    const { trials, workedSeconds } = stateOf(job);
    this.#job = job;
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

  /**
   * The number of the next trial, in the ledger once this resolves; undefined when the budget is spent. One at a time
   * is proposed, and takers wait: what is proposed may depend on the trials that others have just begun.
   *
   * @throws TomoeError as the sampler and the ledger.
   */
  async take(): Promise<number | undefined> {
    const own = this.#last.then(() => this.#take());
    this.#last = own.catch(() => undefined);
    return await own;
  }

  async #take(): Promise<number | undefined> {
    const open = this.#open.shift();
    if (open !== undefined) return open;
    const state = stateOf(this.#job);
    const { trials, header } = state;
    const { sampler, ledger, onProgress } = this.#job;
    const spent = {
      trials: this.#next,
      steps: trials.reduce((sum, { end }) => sum + (end?.steps ?? 0), 0),
      seconds: this.#workedBefore + this.#seconds,
    };
    if (isOver(budgetLeft(header.plan, spent, sampler.most))) return undefined;
    const trial = this.#next;
    const { assignment, by } = await sampler.propose(trial, state);
    const seed = trialSeed(header.plan.seed, trial);
    await ledger.append({ kind: "trial", trial, assignment, seed, ...defined({ by }) });
    this.#next += 1;
    const told = Object.entries(assignment).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
    onProgress({ kind: "notice", text: `trial ${trial}: ${told.join(" ")}` });
    return trial;
  }
}
