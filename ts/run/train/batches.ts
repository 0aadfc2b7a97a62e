import { batchAt, casesOf, changesNothing, type DatasetCase, samplesAt } from "../../data/dataset/index.ts";
import { bug } from "../../errors.ts";
import type { Batch } from "../../schema/batch.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import type { ItemRow } from "../../schema/sample.ts";
import type { TaskId } from "../../schema/task.ts";
import type { RunJob } from "../job.ts";
import { confusionOf, type ItemRoute, promptOf, type RouteConfusion } from "../routes.ts";

/** What a stage's ranks see, step by step. */
export interface StageBatches {
  /** What rank `rank` sees at `step`; a pure function. */
  at(step: number, rank: number): Batch;
  /** Where the policy sends the items that the stage trains on, label by label; none without language. */
  confusion(): RouteConfusion;
  /** The cases that the stage draws from. */
  readonly cases: readonly DatasetCase[];
  /** Where the cases of the global batch of `step` stand in `cases`, slot by slot. */
  placesOf(step: number): readonly number[];
  /** Digests of the volumes of the global batch of `step`, rank by rank. */
  volumesOf(step: number): readonly string[];
}

/** Asks the policy once for each item: a stage sees it many times. */
function rememberedRoutes(policy: RouterPolicy): (item: ItemRow) => TaskId {
  const known = new Map<string, TaskId>();
  return (item) => {
    const task = known.get(item.id) ?? policy.route(promptOf(item, "train")).task;
    known.set(item.id, task);
    return task;
  };
}

/**
 * The batch rule of a stage: order, changes, items and routes fixed by seed, corpus and stage; the global batch is the
 * same for every number of ranks.
 *
 * @param ranks - number of ranks that share the global batch.
 * @throws TomoeError `INTERNAL` for a stage whose material was not prepared.
 */
export function stageBatches({
  job,
  stage,
  ranks,
}: {
  readonly job: Pick<RunJob, "resolved" | "corpus" | "policy">;
  readonly stage: StageConfig;
  readonly ranks: number;
}): StageBatches {
  const { corpus } = job;
  const { config } = job.resolved;
  const dataset = stage.data === "slices" ? corpus.slices : corpus.volumes;
  if (dataset === null) throw bug(`stage "${stage.name}" has no slices to train on`);
  const rule = {
    order: { seed: config.seed, corpusFingerprint: dataset.fingerprint, stage: stage.name },
    cases: casesOf(dataset, "train"),
    cached: corpus.cached,
    facts: corpus.facts.map((fact) => fact.name),
    words: stage.objectives.words === undefined ? [] : corpus.words,
    volumesPerStep: stage.volumesPerStep,
    ...(stage.itemsPerVolume === undefined ? {} : { itemsPerVolume: stage.itemsPerVolume }),
    reportTokenWeight: stage.reportTokenWeight,
    tasks: config.router.tasks,
    route: rememberedRoutes(job.policy),
    withItems: stage.objectives.language !== undefined,
    ...(changesNothing(stage.augment) ? {} : { augment: stage.augment }),
    ...(corpus.mirrors === undefined || corpus.mirrors === null ? {} : { mirrors: corpus.mirrors }),
  };
  const routed = function* (): Generator<ItemRoute> {
    for (const { items } of rule.withItems ? rule.cases : [])
      for (const item of items) yield { label: item.task, routed: rule.route(item) };
  };
  const at = (step: number, rank: number): Batch => batchAt(rule, step, rank, ranks);
  return {
    at,
    cases: rule.cases,
    placesOf: (step) =>
      samplesAt(rule.order, rule.cases.length, rule.volumesPerStep, step, 0, 1).map(({ sample }) => sample),
    confusion: () => confusionOf(routed()),
    volumesOf: (step) =>
      Array.from({ length: ranks }, (_, rank) => at(step, rank)).flatMap(({ volumes }) =>
        volumes.map(({ volumeId }) => volumeId),
      ),
  };
}
