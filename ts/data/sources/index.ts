/** The door of data sets as they lie on disk: layouts, and the walk that checks their rows. */

export type { Checked } from "./check.ts";
export { checkedRows } from "./check.ts";
export { datasetOf } from "./collect.ts";
export { sourceFor } from "./layouts.ts";
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
