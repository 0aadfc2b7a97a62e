/** The door of the training side of `data`: datasets, order and batches. The readers' door is `index.ts`. */

export type { AugmentRange } from "./augment/change.ts";
export { augmentRule, changesNothing, unchanged } from "./augment/change.ts";
export type { MirroredCase } from "./augment/mirror-case.ts";
export { mirrorCase } from "./augment/mirror-case.ts";
export type { BatchRule, CachedCase } from "./batch.ts";
export { batchAt } from "./batch.ts";
export type { Dataset, DatasetCase, SplitName } from "./case.ts";
export { datasetAt } from "./indexed/cases.ts";
export { Looks } from "./indexed/looks.ts";
export type { BeginSink, CaseSink, IndexPlace } from "./indexed/open.ts";
export { indexEnding, indexed, isStale } from "./indexed/open.ts";
export { openDataset } from "./open.ts";
export type { OrderKey, SlotSample } from "./order.ts";
export { chooseItems, orderRule, permutation, samplesAt } from "./order.ts";
export { renderPrompt } from "./prompt.ts";
export { casesOf, splitBySubject } from "./split.ts";
export { GroupedRows } from "./spool/grouped.ts";
export { NamedRows } from "./spool/named.ts";
export { hashes, Seen } from "./spool/seen.ts";
export { mayAsk } from "./tasks.ts";
export { captionWords, wordLabels } from "./words.ts";
