/** PhantomCT: seeded CT-like volumes and slices with reports, questions and exact truth. */
export { phantomCorpus } from "./corpus.ts";
export type { CorpusOptions } from "./corpus.ts";
export { factClasses, phantomTruth } from "./facts.ts";
export type { PhantomTruth } from "./facts.ts";
export { parseItemId } from "./questions.ts";
export type { ItemIdParts } from "./questions.ts";
export { scanPhantom } from "./scan.ts";
export type { PhantomScan } from "./scan.ts";
export { phantomSeed, streamOfSeed } from "./seeds.ts";
export type { SeedStream } from "./seeds.ts";
export { patchClasses } from "./structures.ts";
export { kindTable, orderPairs, questionKinds, questionPhrasings, reportPrompts } from "./wording.ts";
export type { Phrasings, QuestionKind } from "./wording.ts";
export { writeSliceDataset } from "./write-slices.ts";
export type { SliceDatasetOptions } from "./write-slices.ts";
export { phantomVersion, writePhantomDataset } from "./write-volumes.ts";
export type { PhantomDatasetOptions, PhantomProgress } from "./write-volumes.ts";
