import { type Cause, causesBetween, readFacts } from "../../../run/history/index.ts";
import { openRun } from "../../../track/read/index.ts";
import { causeTable } from "../../screen/cause-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { existingRunsDir } from "../../words/run-flags.ts";

/** `tomoe runs diff`: two runs leaf by leaf. */
export async function runsDiff({ flags, arguments: [one = "", other = ""] }: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const [a, b] = [await openRun(runsDir, one), await openRun(runsDir, other)];
  const { causes, equal } = causesBetween(await readFacts(a), await readFacts(b));
  const same = Object.entries(equal).map(([kind, count]) => `${count} of ${kind}`);
  return {
    document: { ok: true, a: a.runId, b: b.runId, differences: causes, equal } as Outcome["document"],
    text: `${tableOrNothing(causes)}\n\nequal: ${same.join(", ")}`,
  };
}

const tableOrNothing = (causes: readonly Cause[]): string =>
  causes.length === 0 ? "the two runs differ in nothing that was recorded" : causeTable(causes);
