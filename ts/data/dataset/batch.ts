import { bug } from "../../errors.ts";
import type { Batch, BatchItem, BatchVolume, VolumeChange } from "../../schema/batch.ts";
import type { ItemRow } from "../../schema/sample.ts";
import { predicts, type TaskId } from "../../schema/task.ts";
import type { TensorRef } from "../../schema/tensor.ts";
import { type AugmentRange, changeOf, unchanged } from "./augment/change.ts";
import type { MirroredCase } from "./augment/mirror-case.ts";
import type { DatasetCase } from "./case.ts";
import { chooseItems, type OrderKey, samplesAt } from "./order.ts";
import { renderPrompt } from "./prompt.ts";
import { wordLabels } from "./words.ts";

/** Where a case's cached voxels lie. */
export interface CachedCase {
  readonly volumeId: string;
  readonly tensor: TensorRef;
  readonly row: number;
  readonly hasPatchLabels: boolean;
}

/** Everything that fixes a stage's batches, besides the step. */
export interface BatchRule {
  readonly order: OrderKey;
  readonly cases: readonly DatasetCase[];
  /** Cached voxels by case id. */
  readonly cached: ReadonlyMap<string, CachedCase>;
  /** Fact heads the model has: a fact the data does not state is -1. */
  readonly facts: readonly string[];
  /** Words that the stage reads of captions; none where it reads none. */
  readonly words: readonly string[];
  readonly volumesPerStep: number;
  readonly itemsPerVolume?: number;
  readonly reportTokenWeight: number;
  /** Task order of the batch: items are grouped by it. */
  readonly tasks: readonly TaskId[];
  /** The router policy's hard route of an item. */
  readonly route: (item: ItemRow) => TaskId;
  /** True when the stage trains language: without it a batch carries no items. */
  readonly withItems: boolean;
  /** How volumes are changed; as they are where absent. */
  readonly augment?: AugmentRange | undefined;
  /** Mirror images by case id: one without is never mirrored. */
  readonly mirrors?: ReadonlyMap<string, MirroredCase> | undefined;
}

/** A case as it is seen at one place of the order: the words are of the changed volume. */
interface SeenCase {
  readonly entry: DatasetCase;
  readonly change: VolumeChange;
}

function seenCase(rule: BatchRule, entry: DatasetCase, epoch: number): SeenCase {
  if (rule.augment === undefined) return { entry, change: unchanged };
  const { seed, corpusFingerprint, stage } = rule.order;
  const change = changeOf(rule.augment, `${seed}/${corpusFingerprint}/${stage}/${epoch}/${entry.row.case}`);
  const mirror = rule.mirrors?.get(entry.row.case);
  if (!change.mirrored || mirror === undefined || "why" in mirror)
    return { entry, change: { ...change, mirrored: false } };
  return { entry: mirror.entry, change };
}

function batchVolume(rule: BatchRule, { entry, change }: SeenCase, slot: number): BatchVolume {
  const cached = rule.cached.get(entry.row.case);
  if (cached === undefined) throw bug("a case has no cached volume in a stage", { case: entry.row.case });
  const facts = Object.fromEntries(rule.facts.map((name) => [name, entry.row.facts?.[name] ?? -1]));
  return {
    volumeId: cached.volumeId,
    slot,
    tensor: cached.tensor,
    row: cached.row,
    facts,
    hasPatchLabels: cached.hasPatchLabels,
    ...wordLabels(entry, rule.words),
    change,
  };
}

/**
 * What one rank sees at one step: a pure function of the rule, the step and the rank.
 *
 * @param step - optimizer step of the stage, 0-based.
 * @throws TomoeError `INTERNAL` when a case was not cached before.
 */
export function batchAt(rule: BatchRule, step: number, rank: number, worldSize: number): Batch {
  const samples = samplesAt(rule.order, rule.cases.length, rule.volumesPerStep, step, rank, worldSize);
  const volumes: BatchVolume[] = [],
    items: BatchItem[] = [];
  for (const { slot, sample, epoch } of samples) {
    const found = rule.cases[sample];
    if (found === undefined) throw bug("the order left its range", { sample, cases: rule.cases.length });
    const seen = seenCase(rule, found, epoch);
    const { entry } = seen;
    const volumeIndex = volumes.push(batchVolume(rule, seen, slot)) - 1;
    if (!rule.withItems) continue;
    const { seed, stage } = rule.order;
    const chosen =
      rule.itemsPerVolume === undefined
        ? entry.items
        : chooseItems(entry.items, rule.itemsPerVolume, `${seed}/${stage}/${epoch}/${entry.row.case}`);
    for (const item of chosen) {
      items.push({
        itemId: item.id,
        volumeIndex,
        prompt: renderPrompt(item),
        target: item.target,
        task: rule.route(item),
        lossWeight: predicts(item.task, "report") ? rule.reportTokenWeight : 1,
      });
    }
  }
  const rankOfTask = new Map(rule.tasks.map((task, index) => [task, index]));
  items.sort(
    (a, b) =>
      (rankOfTask.get(a.task) ?? rule.tasks.length) - (rankOfTask.get(b.task) ?? rule.tasks.length) ||
      a.volumeIndex - b.volumeIndex,
  );
  return { step, globalVolumeCount: rule.volumesPerStep, volumes, items };
}
