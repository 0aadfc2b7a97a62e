/** The door of data sets as they lie on disk: layouts, and the walk that checks their rows. */

export type { Checked, CheckOptions } from "./check.ts";
export { checkedRows } from "./check.ts";
export { datasetOf } from "./collect.ts";
export { detectSource } from "./detect.ts";
export { sourceFor } from "./layouts.ts";
export type { Leak } from "./leaks.ts";
export { LeakScan, plainReport } from "./leaks.ts";
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
} from "./source.ts";
