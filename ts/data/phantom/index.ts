/** PhantomCT: seeded CT-like volumes and slices with reports, questions and exact truth. */

export type { CorpusOptions } from "./corpus.ts";
export { phantomCorpus } from "./corpus.ts";
export type { PhantomTruth } from "./facts.ts";
export { factClasses, phantomTruth } from "./facts.ts";
export type { ItemIdParts } from "./questions.ts";
export { parseItemId } from "./questions.ts";
export type { PhantomScan } from "./scan.ts";
export { scanPhantom } from "./scan.ts";
export type { SeedStream } from "./seeds.ts";
export { phantomSeed, streamOfSeed } from "./seeds.ts";
export { patchClasses } from "./structures.ts";
export type { Phrasings, QuestionKind } from "./wording.ts";
export { kindTable, orderPairs, questionKinds, questionPhrasings, reportPrompts } from "./wording.ts";
export type { SliceDatasetOptions } from "./write-slices.ts";
export { writeSliceDataset } from "./write-slices.ts";
export type { PhantomDatasetOptions, PhantomProgress } from "./write-volumes.ts";
export { phantomVersion, writePhantomDataset } from "./write-volumes.ts";
