// The model that scripted ranks share: a pure function of what they were given, so that a run with failures must
// come to the numbers of one without.
import { createHash } from "node:crypto";
import { TomoeError } from "../../ts/errors.ts";
import { planInForce } from "../../ts/router/index.ts";
import type { BaseWishes } from "../../ts/run/workers.ts";
import type { BaseFacts } from "../../ts/schema/base-facts.ts";
import type { Batch, Query } from "../../ts/schema/batch.ts";
import type { RoutingPlan } from "../../ts/schema/router.ts";
import type { StageSpec, StepResult } from "../../ts/schema/stage.ts";
import { digestPlan, type StepCommand, type TriedStage } from "../../ts/worker/index.ts";

/** A step of one rank, as the script is asked about it. */
export interface Moment {
  readonly attempt: number;
  readonly stage: string;
  readonly step: number;
  readonly rank: number;
}

/** What the workers of a test do beyond the ordinary; every part may be left out. */
export interface Script {
  /** What starting the ranks of an attempt fails with. */
  readonly failStart?: (attempt: number) => unknown;
  /** What a step fails with on a rank; it ends the step of all. */
  readonly failStep?: (moment: Moment) => unknown;
  /** What the feed says instead of taking the batch of a step. */
  readonly failFeed?: (moment: Moment) => unknown;
  /** What writing a checkpoint fails with, after its first file; the count begins at 1. */
  readonly failSave?: (count: number) => unknown;
  /** Tokens of an expert in a step; a rank that is no other's equal is how ranks disagree. */
  readonly tokens?: (moment: Moment, expert: number) => number;
  /** Where a trial of these words ends, and what else is told of it; by the words alone when absent. */
  readonly tried?: (
    stage: StageSpec,
    plan: RoutingPlan,
  ) => {
    readonly end: number;
    readonly loss?: number;
    readonly gradients?: Partial<Pick<TriedStage, "unreached" | "still" | "stray" | "idle">>;
  };
  /** Of them those of a body; nobody tells them apart when absent. */
  readonly body?: (moment: Moment, expert: number) => number;
  /** Whether the device multiplies bfloat16; it does not when absent. */
  /** The workers served an earlier run. */
  readonly isKept?: boolean;
  readonly bfloat16?: boolean;
  /** What a folder of published files is; there is none when absent. */
  readonly facts?: (wishes: BaseWishes) => BaseFacts;
  /** How the gradients of tasks agree in a step; none is looked at when absent. */
  readonly cosines?: (moment: Moment) => StepResult["cosines"];
  /** Seconds a step takes, by the workers' own clock. */
  readonly seconds?: (moment: Moment) => number;
  /** Sees each step before it is done. */
  readonly onStep?: (moment: Moment) => void;
  /** Batches a feed takes ahead of its steps; 3 when absent. */
  readonly credits?: number;
  /** What is generated; words that depend on the weights when absent. `shown` is the volume's id, null without one. */
  readonly says?: (query: Query, weights: string, shown: string | null) => string;
  /** Log-probabilities of a question's choices. */
  readonly logProbs?: (query: Query, weights: string, shown: string | null) => readonly number[];
  /** Whether the limit cuts a text; none when absent. */
  readonly cuts?: (text: string) => boolean;
  /** Facts of the hello beside the usual ones. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Characters of prompt, answer and reserve that fit; any number when absent. */
  readonly positions?: number;
  /** Scores of a reference metric; a pure function of the pairs when absent. */
  readonly scores?: (pairs: number) => readonly number[];
}

/** What scripted workers remember of what they were given. */
export interface Notes {
  /** "1 createModel", "2 load 000001-shared-00000002 with optimizer": calls of rank 0, by attempt. */
  readonly calls: string[];
  /** Batches as they were fed, by "attempt/stage/step/rank". */
  readonly fed: Map<string, Batch>;
  /** Checkpoints that were begun. */
  saves: number;
}

/** SHA-256, hex: the arithmetic of these workers. */
export function hashOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** A number in [0, 1) that is fixed by its parts. */
export function fractionOf(...parts: readonly unknown[]): number {
  return Number.parseInt(hashOf(...parts).slice(0, 8), 16) / 2 ** 32;
}

/** The ranks' one model, and the step they are at together. */
export class ScriptedModel {
  weights = "";
  lifted = false;
  stage = "";
  nextStep = 0;
  routing: StageSpec["routing"] = "shared";
  tokenizerDigest = "";
  /** Set by what ended the workers: nothing works after it. */
  dead: unknown;
  readonly script: Script;
  readonly attempt: number;
  readonly #ranks: number;
  readonly #clock: { ms: number };
  #commanded: {
    readonly rank: number;
    readonly batch: Batch;
    readonly command: StepCommand;
    readonly plan: RoutingPlan;
    readonly done: PromiseWithResolvers<StepResult>;
  }[] = [];

  constructor(options: {
    readonly script: Script;
    readonly attempt: number;
    readonly ranks: number;
    readonly clock: { ms: number };
  }) {
    this.script = options.script;
    this.attempt = options.attempt;
    this.#ranks = options.ranks;
    this.#clock = options.clock;
  }

  /** One rank's share of a step; it is done when every rank has commanded it. */
  async step(share: {
    readonly rank: number;
    readonly batch: Batch;
    readonly command: StepCommand;
    readonly plans: readonly RoutingPlan[];
  }): Promise<StepResult> {
    const { rank, batch, command } = share;
    if (command.step !== this.nextStep)
      throw new TomoeError(
        "WORKER_STATE",
        `step ${command.step} was commanded, step ${this.nextStep} is next`,
        {
          hint: "Steps come in their order.",
        },
      );
    const plan = planInForce(share.plans, command.step);
    if (command.planDigest !== digestPlan(plan))
      throw new TomoeError("ROUTER_PLAN_STALE", `step ${command.step} is under another plan here`, {
        hint: "Send the plan first.",
      });
    const moment = { attempt: this.attempt, stage: this.stage, step: command.step, rank };
    this.script.onStep?.(moment);
    const done = Promise.withResolvers<StepResult>();
    this.#commanded.push({ rank, batch, command, plan, done });
    const failure = this.script.failStep?.(moment);
    if (failure !== undefined) {
      this.dead = failure;
      for (const waiting of this.#commanded.splice(0)) waiting.done.reject(failure);
    } else if (this.#commanded.length === this.#ranks) this.#finish();
    return await done.promise;
  }

  /** The global batch decides, not how it is shared out: weights are the same for every number of ranks. */
  #finish(): void {
    const shares = this.#commanded.splice(0).sort((a, b) => a.rank - b.rank);
    const volumes = shares
      .flatMap(({ batch }) => batch.volumes.map(({ slot, volumeId, change }) => ({ slot, volumeId, change })))
      .sort((a, b) => a.slot - b.slot);
    const items = shares.flatMap(({ batch }) => batch.items.map(({ itemId, task }) => `${itemId}:${task}`));
    const planDigest = shares[0]?.command.planDigest;
    this.weights = hashOf(this.weights, this.stage, this.nextStep, planDigest, volumes, items.sort());
    this.nextStep += 1;
    for (const { rank, command, plan, done } of shares) {
      const moment = { attempt: this.attempt, stage: this.stage, step: command.step, rank };
      const tokens = (layer: number, group: number, expert: number): number =>
        this.script.tokens?.(moment, expert) ??
        Math.floor(fractionOf(this.weights, layer, group, expert) * 1000);
      const seconds = this.script.seconds?.(moment) ?? 0.25;
      if (rank === 0) this.#clock.ms += seconds * 1000;
      const loss = fractionOf(this.weights) * 4;
      done.resolve({
        step: command.step,
        loss,
        gradientNorm: fractionOf(this.weights, "norm"),
        learningRateScale: 1,
        objectiveLosses: { language: loss / 2 },
        terms: { language: loss },
        cosines: this.script.cosines?.(moment) ?? [],
        planDigest: command.planDigest,
        batchDigest: command.batchDigest,
        expertLoad: this.#load(command.step, plan, tokens, moment),
        seconds,
        rank,
      });
    }
  }

  /** Tokens of each expert, and those of a body where the script tells them apart. */
  #load(
    step: number,
    plan: RoutingPlan,
    tokens: (layer: number, group: number, expert: number) => number,
    moment: Moment,
  ): StepResult["expertLoad"] {
    const { body } = this.script;
    const grid = (of: typeof tokens) =>
      plan.layers.map(({ biasGE }, l) =>
        biasGE.map((biasE, g) => biasE.map((_, expert) => of(l, g, expert))),
      );
    const own = body === undefined ? {} : { bodyLGE: grid((_layer, _group, expert) => body(moment, expert)) };
    return { step, tokensLGE: grid(tokens), ...own };
  }
}
