/** PhantomCT: seeded CT-like volumes and slices with reports, questions and exact truth. */

export type { PhantomScan } from "./draw/scan.ts";
export { scanPhantom } from "./draw/scan.ts";
export type { CorpusOptions } from "./lines.ts";
export { phantomCorpus } from "./lines.ts";
export type { PhantomTruth } from "./truth/facts.ts";
export { factClasses, phantomTruth } from "./truth/facts.ts";
export type { SeedStream } from "./truth/seeds.ts";
export { phantomSeed, streamOfSeed } from "./truth/seeds.ts";
export { patchClasses } from "./truth/structures.ts";
export type { ItemIdParts } from "./words/questions.ts";
export { parseItemId } from "./words/questions.ts";
export type { Phrasings, QuestionKind } from "./words/wording.ts";
export { kindTable, orderPairs, questionKinds, questionPhrasings, reportPrompts } from "./words/wording.ts";
export type { SliceDatasetOptions } from "./write/slices.ts";
export { writeSliceDataset } from "./write/slices.ts";
export type { PhantomDatasetOptions, PhantomProgress } from "./write/volumes.ts";
export { phantomVersion, writePhantomDataset } from "./write/volumes.ts";
