import type { JsonValue } from "../../errors.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StepResult } from "../../schema/stage.ts";
import { readMetrics } from "../../track/read/index.ts";
import type { RunJob } from "../job.ts";
import type { StepRecorder } from "../train/record-steps.ts";
import { type AlarmRule, addLoad, changesBetween, type ExpertLook, type Load, lookAt } from "./load.ts";

/** A stage whose experts are watched, and the step it goes on at. */
export interface WatchedStage {
  readonly job: Pick<RunJob, "resolved" | "owned" | "onProgress">;
  readonly stage: StageConfig;
  readonly first: number;
  readonly recorder: Pick<StepRecorder, "experts">;
}

/**
 * Watches the load of a stage's experts, so many steps together: shares and entropy go into the record, and who becomes
 * dead or hot by the rule of the recipe is told. A stage that goes on in the middle of such steps begins with what the
 * record has of them, and comes to the same looks.
 */
export class ExpertWatch {
  readonly #watched: WatchedStage;
  readonly #rule: AlarmRule;
  #load: Held;
  #steps: number;
  #last: readonly ExpertLook[] = [];

  private constructor(watched: WatchedStage, load: Held, steps: number) {
    this.#watched = watched;
    this.#rule = watched.job.resolved.config.router.alarm;
    this.#load = load;
    this.#steps = steps;
  }

  /**
   * With the loads that the record has of the steps that are looked at together with the first one.
   *
   * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
   */
  static async open(watched: WatchedStage): Promise<ExpertWatch> {
    const { job, stage, first } = watched;
    const { every } = job.resolved.config.router.alarm;
    const begun = first - (first % every);
    if (begun === first) return new ExpertWatch(watched, nothing, 0);
    const points = (await readMetrics(job.owned.paths.metrics, { stage: stage.name })).filter(
      ({ step, name }) => step >= begun && step < first && /^(?:load|body)\./.test(name),
    );
    // The newest of each: a step that was done again may have been recorded twice.
    const newest = new Map(points.map(({ step, name, value }) => [`${step} ${name}`, { name, value }]));
    const held = [...newest.values()];
    const load = { tokens: loadOf("load", held), body: loadOf("body", held) };
    return new ExpertWatch(watched, load, first - begun);
  }

  /** Takes the load of a step; behind the last of those looked at together they are recorded, and what changed is told. */
  step({ step, expertLoad: { tokensLGE, bodyLGE } }: StepResult, plan: RoutingPlan): void {
    if (tokensLGE.length === 0) return;
    const sum = (one: Load | null, other: Load): Load => (one === null ? other : addLoad(one, other));
    const { tokens, body } = this.#load;
    const load = { tokens: sum(tokens, tokensLGE), body: bodyLGE === undefined ? body : sum(body, bodyLGE) };
    this.#load = load;
    this.#steps += 1;
    const { every } = this.#rule;
    const { stage, recorder, job } = this.#watched;
    const isLast = step + 1 === stage.steps;
    if ((step + 1) % every !== 0 && !isLast) return;
    const sites = plan.layers.map(({ site }) => site);
    const looks = lookAt(load, { sites, groups: plan.groups }, this.#rule);
    const from = step + 1 - this.#steps;
    recorder.experts(from, step, looks as unknown as JsonValue);
    for (const change of changesBetween(this.#last, looks))
      job.onProgress({ kind: "notice", text: `stage ${stage.name}, steps ${from} to ${step}: ${change}` });
    this.#last = looks;
    this.#load = nothing;
    this.#steps = 0;
  }
}

/** Tokens so far, and those of a body; null before the first. */
interface Held {
  readonly tokens: Load | null;
  readonly body: Load | null;
}

const nothing: Held = { tokens: null, body: null };

/** The sum of recorded loads of a kind, `load.LAYER.GROUP.EXPERT`; null of none. */
function loadOf(
  kind: "load" | "body",
  points: readonly { readonly name: string; readonly value: number }[],
): Load | null {
  const load: number[][][] = [];
  for (const { name, value } of points) {
    if (!name.startsWith(`${kind}.`)) continue;
    const [l = 0, g = 0, e = 0] = name.split(".").slice(1).map(Number);
    const layer = load[l] ?? [];
    const group = layer[g] ?? [];
    group[e] = (group[e] ?? 0) + value;
    layer[g] = group;
    load[l] = layer;
  }
  return load.length === 0 ? null : load;
}
