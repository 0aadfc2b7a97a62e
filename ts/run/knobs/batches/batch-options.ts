import type { JsonValue } from "../../../errors.ts";
import type { StageConfig } from "../../../schema/experiment.ts";
import { digestBatch } from "../../../worker/index.ts";
import type { Attempt } from "../../job.ts";
import { stageBatches } from "../../train/batches.ts";
import { extremesOf } from "../extremes.ts";
import type { Option } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import type { StageAt } from "../variation.ts";
import { imageRows } from "./image-rows.ts";

/** Options of a stage that reach the training step in its batches alone; the last two by the items in them. */
const ofItems: readonly string[] = ["itemsPerVolume", "reportTokenWeight"],
  ofBatches: readonly string[] = ["volumesPerStep", ...ofItems];
/** Steps that are looked at until one differs, which the first does but for a kind of item that is rare. */
const stepsCompared = 1000;

/** Whether a stage's batches are others where an option of them is pushed: they are a pure function, nothing is computed. */
export function batchOutcomes(
  { job, pool }: Attempt,
  stages: readonly StageAt[],
  options: readonly Option[],
): readonly Outcome[] {
  const ranks = pool.ranks.length;
  return stages.flatMap(({ stage, path }) => {
    const prefix = options.find((one) => one.path === `${path}.sharePrefix`);
    const shared = prefix?.value === true ? [prefixOutcome({ job, pool }, stage, prefix)] : [];
    const digestsOf = (of: StageConfig): ((step: number) => string) => {
      const batches = stageBatches({ job, stage: of, ranks });
      return (step) => digestBatch(batches.at(step, 0));
    };
    const here = digestsOf(stage);
    const steps = Array.from({ length: Math.min(stepsCompared, stage.steps) }, (_, step) => step);
    const ofEach = ofBatches.flatMap((name): readonly Outcome[] => {
      const option = options.find((one) => one.path === `${path}.${name}`);
      if (option === undefined) return [];
      const values = pushed(option);
      // Without language a batch carries no items.
      const isRead = stage.objectives.language !== undefined || !ofItems.includes(name);
      const found = values.find((value) => {
        if (!isRead) return false;
        const there = digestsOf({ ...stage, [name]: value });
        return steps.some((step) => here(step) !== there(step));
      });
      const tried = found ?? values.at(-1) ?? null;
      return [{ path: option.path, tried, effect: found === undefined ? "none" : "batch", change: null }];
    });
    return [...ofEach, ...shared];
  });
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
