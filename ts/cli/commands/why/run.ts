import {
  causesBetween,
  type Gap,
  gapsOf,
  readFacts,
  readScored,
  testedRuns,
} from "../../../run/history/index.ts";
import { causeTable } from "../../screen/cause-table.ts";
import { plainText } from "../../terminal.ts";
import { textTable } from "../../text-table.ts";
import { withTurns } from "../../turns.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { existingRunsDir } from "../../words/run-flags.ts";

/** No minus before what is shown as 0. */
const number = (value: number): string => (Math.abs(value) < 0.0005 ? "0.000" : value.toFixed(3));

function gapRows(gaps: readonly Gap[]): string {
  return textTable(
    [
      { title: "TASK" },
      { title: "METRIC" },
      { title: "A", align: "right" },
      { title: "B", align: "right" },
      { title: "B - A", align: "right" },
      { title: "95% CI" },
      { title: "SEPARABLE" },
    ],
    gaps.map(({ task, metric, a, b, difference, ciLow, ciHigh, separable, paired }) => [
      task,
      plainText(metric),
      number(a),
      number(b),
      number(difference),
      `[${number(ciLow)}, ${number(ciHigh)}]`,
      `${separable ? "yes" : "no"}${paired ? "" : " (not the same items)"}`,
    ]),
  );
}

/** `tomoe why`: how far two runs lie apart, and everything recorded in which they differ. */
export async function why({
  flags,
  arguments: [one = "", other = ""],
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const a = await readScored(runsDir, one, signal);
  const b = await readScored(runsDir, other, signal);
  const { entries, warnings } = await withTurns(testedRuns([a, b]), signal);
  const gap = gapsOf(a, b, entries);
  const { causes } = causesBetween(await readFacts(a.folder), await readFacts(b.folder));
  for (const { message } of warnings)
    terminal.line(terminal.paint("yellow", `warning: ${plainText(message)}`));
  const parts = [
    gap.length === 0 ? "no metric stands in both scorecards" : gapRows(gap),
    causes.length === 0 ? "the two runs differ in nothing that was recorded" : causeTable(causes),
  ];
  return {
    document: {
      ok: true,
      a: a.folder.runId,
      b: b.folder.runId,
      gap,
      causes,
      warnings,
    } as Outcome["document"],
    text: parts.join("\n\n"),
  };
}
