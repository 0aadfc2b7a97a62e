import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import { plainText } from "../terminal.ts";
import { textTable } from "../text-table.ts";

/** A scorecard as a table for people: no value without its interval and counts. */
export function scorecardTable(lines: readonly Omit<ScorecardEntry, "signature">[]): string {
  const number = (value: number): string => value.toFixed(3);
  const isOfCases = lines.some(({ unit }) => unit === "case");
  // Told where it is so: a text that was cut is scored as far as it goes.
  const hasCut = lines.some(({ truncated }) => truncated !== undefined);
  return textTable(
    [
      { title: "TASK" },
      { title: "METRIC" },
      { title: "VALUE", align: "right" },
      { title: "95% CI" },
      { title: "CHANCE", align: "right" },
      { title: "ITEMS", align: "right" },
      { title: isOfCases ? "CASES" : "PATIENTS", align: "right" },
      ...(hasCut ? [{ title: "TRUNCATED", align: "right" } as const] : []),
    ],
    lines.map(({ task, metric, value, ciLow, ciHigh, chance, n, clusters, truncated }) => [
      task,
      plainText(metric),
      number(value),
      `[${number(ciLow)}, ${number(ciHigh)}]`,
      chance === null ? "-" : number(chance),
      String(n),
      String(clusters),
      ...(hasCut ? [String(truncated ?? 0)] : []),
    ]),
  );
}
