/** The door of data sets as they lie on disk: layouts, and the walk that checks their rows. */

export type { Certificate, StatedContent } from "./certified/certificate.ts";
export { certificateDigest, differences, readCertificate } from "./certified/certificate.ts";
export type { SplitOfCase } from "./certified/content.ts";
export { ContentTally } from "./certified/content.ts";
export type { Checked, CheckOptions } from "./check.ts";
export { checkedRows } from "./check.ts";
export type { RowsOfCase } from "./collect.ts";
export { collectRows } from "./collect.ts";
export { detectSource } from "./detect.ts";
export type { DrawnCase, Shares } from "./draw.ts";
export { drawSplit } from "./draw.ts";
export { splitNamed } from "./folder.ts";
export { layoutRows } from "./indexed/dataset.ts";
export type { Kept } from "./keep.ts";
export { RowKeeper, splitProblems } from "./keep.ts";
export { sourceFor } from "./layouts.ts";
export type { Leak } from "./leaks.ts";
export { LeakScan, plainReport } from "./leaks.ts";
export type { Joined } from "./own/join.ts";
export { joinTables, scanFinder } from "./own/join.ts";
export { separatedRows } from "./rows/csv.ts";
export { JsonWalk, walkLists } from "./rows/json-walk.ts";
export type { Skipped } from "./skips.ts";
export { readSkips } from "./skips.ts";
export type {
  DatasetSource,
  Dropped,
  Found,
  OpenedSource,
  OpenOptions,
  Place,
  SourceCase,
  SourceCounts,
  SourceItem,
  SourceProblem,
  SourceSchema,
  SplitName,
} from "./source.ts";
export type { SplitTable } from "./split-table.ts";
export { readSplitTable, splitDigest } from "./split-table.ts";
