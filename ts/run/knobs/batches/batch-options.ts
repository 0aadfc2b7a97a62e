import type { JsonValue } from "../../../errors.ts";
import { policyWith } from "../../../router/index.ts";
import type { StageConfig } from "../../../schema/experiment.ts";
import type { RouterPolicy } from "../../../schema/router.ts";
import { digestBatch } from "../../../worker/index.ts";
import type { Attempt } from "../../job.ts";
import { stageBatches } from "../../train/batches.ts";
import { canDecide } from "../decided.ts";
import { extremesOf } from "../extremes.ts";
import { isAsked } from "../lines.ts";
import type { Option } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import type { StageAt } from "../variation.ts";
import { imageRows } from "./image-rows.ts";

/** Options of a stage that reach the training step in its batches alone; the last two by the items in them. */
const ofItems: readonly string[] = ["itemsPerVolume", "reportTokenWeight"],
  ofBatches: readonly string[] = [
    "volumesPerStep",
    "augment.flip",
    "augment.rotateDegrees",
    "augment.gain",
    "augment.shiftHu",
    ...ofItems,
  ];
/** Steps that are looked at until one differs, which the first does but for a kind of item that is rare. */
const stepsCompared = 1000;

/** Whether a stage's batches are others where an option of them is pushed: they are a pure function, nothing is computed. */
export function batchOutcomes(
  { job, pool }: Attempt,
  stages: readonly StageAt[],
  options: readonly Option[],
): readonly Outcome[] {
  const ofStages = stages.flatMap(({ stage, path }) => {
    const prefix = options.find((one) => one.path === `${path}.sharePrefix`);
    const shared = prefix?.value === true ? [prefixOutcome({ job, pool }, stage, prefix)] : [];
    const digestsOf = digestsIn({ job, pool }, stage);
    const ofEach = ofBatches.flatMap((name): readonly Outcome[] => {
      const option = options.find((one) => one.path === `${path}.${name}`);
      if (option === undefined || (name === "augment.flip" && !hasMirrors(job, stage))) return [];
      // Without language a batch carries no items.
      const isRead = stage.objectives.language !== undefined || !ofItems.includes(name);
      return [outcomeOf(option, (value) => isRead && digestsOf({ stage: withOption(stage, name, value) }))];
    });
    return [...ofEach, ...shared];
  });
  return [...ofStages, ...routeOutcomes({ job, pool }, stages, options)];
}

/** Mirror images are made of all volumes before the first step, where some stage asks for them, and else of none. */
const hasMirrors = ({ corpus }: Attempt["job"], { data }: StageConfig): boolean =>
  data === "volumes" && (corpus.mirrors ?? null) !== null;

/** What of a stage's batches is another one. */
interface Change {
  readonly stage?: StageConfig;
  readonly policy?: RouterPolicy;
}

/** Whether a stage has other batches under a change than without it. */
function digestsIn({ job, pool }: Attempt, stage: StageConfig): (change: Change) => boolean {
  const of = ({ stage: changed = stage, policy = job.policy }: Change): ((step: number) => string) => {
    const batches = stageBatches({ job: { ...job, policy }, stage: changed, ranks: pool.ranks.length });
    return (step) => digestBatch(batches.at(step, 0));
  };
  const here = of({});
  const steps = Array.from({ length: Math.min(stepsCompared, stage.steps) }, (_, step) => step);
  return (change) => {
    const there = of(change);
    return steps.some((step) => here(step) !== there(step));
  };
}

function outcomeOf(option: Option, isOther: (value: JsonValue) => boolean): Outcome {
  const values = pushed(option);
  const found = values.find(isOther);
  const tried = found ?? values.at(-1) ?? null;
  return { path: option.path, tried, effect: found === undefined ? "none" : "batch", change: null };
}

/** What decides where items go, as far as somebody asked for it: items of another task make another batch. */
function routeOutcomes(
  { job, pool }: Attempt,
  stages: readonly StageAt[],
  options: readonly Option[],
): readonly Outcome[] {
  if (!canDecide(job.policy)) return [];
  const asked = options.filter((one) => one.row.decides === "route" && isAsked(job.resolved, one));
  const reading = stages.filter(({ stage }) => stage.objectives.language !== undefined);
  return asked.map((option) => {
    const name = option.path.slice(option.path.lastIndexOf(".") + 1);
    return outcomeOf(option, (value) => {
      const policy = policyWith(job.policy, { [name]: value });
      return policy !== undefined && reading.some(({ stage }) => digestsIn({ job, pool }, stage)({ policy }));
    });
  });
}

/** A stage with one option replaced, which may lie in a group. */
function withOption(stage: StageConfig, path: string, value: JsonValue): StageConfig {
  const [name = "", inner] = path.split(".");
  if (inner === undefined) return { ...stage, [name]: value };
  const group = (stage as unknown as Readonly<Record<string, object>>)[name];
  return { ...stage, [name]: { ...group, [inner]: value } };
}

/** Whether some volume of a stage's steps has two items that could pass behind one image. */
function prefixOutcome({ job, pool }: Attempt, stage: StageConfig, { path }: Option): Outcome {
  const batches = stageBatches({ job, stage, ranks: pool.ranks.length });
  const steps = Array.from({ length: Math.min(stepsCompared, stage.steps) }, (_, step) => step);
  const rowOf = imageRows(job.resolved.config, stage);
  const isShared = steps.some((step) => {
    const { items } = batches.at(step, 0);
    return new Set(items.map(rowOf)).size < items.length;
  });
  return { path, tried: false, effect: isShared ? "memory" : "none", change: null };
}

/** A count is pushed to one, or by one: a batch of a million volumes tells no more. */
function pushed(option: Option): readonly JsonValue[] {
  const { row, value } = option;
  return row.kind === "whole" ? [1, Number(value) + 1].filter((one) => one !== value) : extremesOf(option);
}
