/** Runs beside each other: found, filtered, compared, and what made them differ. Loads no worker. */

export type { Dependent } from "./dependents.ts";
export { dependentsOf } from "./dependents.ts";
export { type Expression, parseFilter } from "./expression.ts";
export { type Cause, type CauseKind, causesBetween, readFacts } from "./facts.ts";
export { type Fielded, filtered, withFields } from "./fields.ts";
export { type Gap, gapsOf, testedRuns } from "./gap.ts";
export { readScored, type ScoredRun } from "./scored.ts";
export { showRun } from "./show.ts";
