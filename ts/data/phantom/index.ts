/** PhantomCT: seeded CT-like volumes and slices with reports, questions and exact truth. */

export type { PhantomScan } from "./draw/scan.ts";
export type { CorpusOptions } from "./lines.ts";
export type { PhantomTruth } from "./truth/facts.ts";
export type { SeedStream } from "./truth/seeds.ts";
export type { ItemIdParts } from "./words/questions.ts";
export type { Phrasings, QuestionKind } from "./words/wording.ts";
export type { SliceDatasetOptions } from "./write/slices.ts";
export { writeSliceDataset } from "./write/slices.ts";
export type { PhantomCase, PhantomDatasetOptions, PhantomProgress } from "./write/volumes.ts";
export { phantomCases, writePhantomDataset } from "./write/volumes.ts";
