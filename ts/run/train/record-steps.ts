import type { JsonValue } from "../../errors.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StepResult } from "../../schema/stage.ts";
import type { MetricRecord } from "../../track/read/index.ts";
import type { StageSession } from "../../worker/index.ts";
import { type RunJob, recordEvent } from "../job.ts";

/** What the record of a stage's steps is kept with. */
export interface RecordedStage {
  readonly job: Pick<RunJob, "owned" | "onProgress" | "now">;
  readonly stage: StageConfig;
  /**
   * False when numbers may differ from those recorded before: they are then kept beside the old ones, by
   * attempt.
   */
  readonly bitExact: boolean;
}

type Named = readonly [name: string, value: number];

/** Tokens of each expert: "load.LAYER.GROUP.EXPERT", of a body "body.LAYER.GROUP.EXPERT". */
function ofExperts(kind: string, load: StepResult["expertLoad"]["tokensLGE"]): readonly Named[] {
  return load.flatMap((layer, l) =>
    layer.flatMap((group, g) => group.map((tokens, e): Named => [`${kind}.${l}.${g}.${e}`, tokens])),
  );
}

/** How undecided the gates of each group were that had a token, in nats: "gateEntropy.LAYER.GROUP". */
function ofGates({ gateEntropyLG = [], tokensLGE }: StepResult["expertLoad"]): readonly Named[] {
  return gateEntropyLG.flatMap((layer, l) =>
    layer.flatMap((nats, g): readonly Named[] =>
      tokensLGE[l]?.[g]?.some((tokens) => tokens > 0) === true ? [[`gateEntropy.${l}.${g}`, nats]] : [],
    ),
  );
}

/** The measured values of one step, in the order they are recorded. */
function valuesOf(result: StepResult): readonly Named[] {
  return [
    ["loss", result.loss],
    ["gradientNorm", result.gradientNorm],
    ["learningRateScale", result.learningRateScale],
    ...Object.entries(result.objectiveLosses).map(
      ([objective, loss]) => [`loss.${objective}`, loss] as const,
    ),
    ...Object.entries(result.terms).map(([name, term]) => [`term.${name}`, term] as const),
    ...ofExperts("load", result.expertLoad.tokensLGE),
    ...ofExperts("body", result.expertLoad.bodyLGE ?? []),
    ...ofGates(result.expertLoad),
  ];
}

/**
 * Keeps the record of a stage's steps: metrics and plans on the disk, in order, one write behind the
 * training. After a failed write nothing more is taken: the next call throws what it failed with.
 */
export class StepRecorder {
  readonly #recorded: RecordedStage;
  readonly #startedMs: number;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  private constructor(recorded: RecordedStage) {
    this.#recorded = recorded;
    this.#startedMs = recorded.job.now();
  }

  /** Opens the record before the first step: a disk that refuses it costs no step. Errors as `OwnedRun.metrics`. */
  static async open(recorded: RecordedStage): Promise<StepRecorder> {
    const { owned } = recorded.job;
    await Promise.all([owned.metrics(), owned.events()]);
    return new StepRecorder(recorded);
  }

  /** Records what a step gave; it is reported once it is on the disk: what was seen is never lost. */
  step(result: StepResult): void {
    const { job, bitExact } = this.#recorded;
    const { name: stage, steps } = this.#recorded.stage;
    const { step, loss, seconds } = result;
    const wallSeconds = this.#seconds();
    const record = (name: string, value: number, measured: boolean): MetricRecord => ({
      stage,
      step,
      name,
      value,
      wallSeconds,
      ...(measured ? { measured } : {}),
    });
    const records = [
      ...valuesOf(result).map(([name, value]) => record(name, value, !bitExact)),
      record("seconds", seconds, true),
    ];
    this.#queue(async () => {
      await (await job.owned.metrics()).append(records);
      job.onProgress({ kind: "step", stage, step, steps, loss, seconds });
    });
    if (result.cosines.length > 0) this.#cosines(result);
  }

  /** Records how the gradients of the tasks agreed in a step, block by block. */
  #cosines({ step, cosines }: StepResult): void {
    const { job, stage, bitExact } = this.#recorded;
    const data = { stage: stage.name, step, cosines: cosines.map((one) => ({ ...one })) };
    this.#queue(async () => {
      const key = bitExact ? { key: `${stage.name}/${step}` } : {};
      await recordEvent(job, { kind: "task-cosines", ...key, data });
    });
  }

  /** Records what was measured after so many steps, and what was decided on it; resolves once it is on the disk. */
  async validation(
    done: number,
    numbers: ReadonlyMap<string, number>,
    data: { readonly [key: string]: JsonValue },
  ): Promise<void> {
    const { job, stage, bitExact } = this.#recorded;
    const wallSeconds = this.#seconds();
    this.#queue(async () => {
      const at = { stage: stage.name, step: done - 1, wallSeconds, ...(bitExact ? {} : { measured: true }) };
      const records = [...numbers].map(([name, value]) => ({ ...at, name: `validation.${name}`, value }));
      await (await job.owned.metrics()).append(records);
      await recordEvent(job, {
        kind: "validation",
        ...(bitExact ? { key: `${stage.name}/${done}` } : {}),
        data,
      });
    });
    await this.settled();
  }

  /**
   * Records what the stage begins with: tensors that are still the base's own, by its digest, and which rate and weight
   * decay each of its own has.
   */
  begin({ trainableParameters, keptTensors, baseDigest, optimizerGroups }: StageSession): void {
    const { job, stage, bitExact } = this.#recorded;
    const groups = optimizerGroups.map((group) => ({ ...group }));
    const data = {
      stage: stage.name,
      trainableParameters,
      keptTensors,
      baseDigest,
      optimizerGroups: groups,
    };
    this.#queue(async () => {
      await recordEvent(job, { kind: "stage", ...(bitExact ? { key: stage.name } : {}), data });
    });
  }

  /** Records a plan when it is sent; one without experts is no decision. */
  plan(plan: RoutingPlan, digest: string): void {
    const { job, stage, bitExact } = this.#recorded;
    if (plan.layers.length === 0) return;
    const key = `${stage.name}/${plan.effectiveFromStep}`;
    const data = { stage: stage.name, digest, plan: plan as unknown as JsonValue };
    this.#queue(async () => {
      await recordEvent(job, { kind: "plan", ...(bitExact ? { key } : {}), data });
    });
  }

  /** Records what became of the experts over some steps, both ends among them. */
  experts(from: number, to: number, looks: JsonValue): void {
    const { job, stage, bitExact } = this.#recorded;
    const key = `${stage.name}/${to}`;
    const data = { stage: stage.name, steps: [from, to], looks };
    this.#queue(async () => {
      await recordEvent(job, { kind: "experts", ...(bitExact ? { key } : {}), data });
    });
  }

  /** Resolves when all that was recorded is on the disk; rejects with the first write that failed. */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Since the stage was begun. */
  #seconds(): number {
    return (this.#recorded.job.now() - this.#startedMs) / 1000;
  }

  #queue(write: () => Promise<void>): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#writing = this.#writing
      .then(async () => {
        // What was queued behind a failed write is not written: the record stays without a gap.
        if (this.#failure === null) await write();
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      });
  }
}
