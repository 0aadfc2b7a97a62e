import { type PairedEntry, pText } from "../../eval/index.ts";
import { plainText } from "../terminal.ts";
import { textTable } from "../text-table.ts";

/** With its sign, and no minus before what is shown as 0. */
const signed = (value: number): string => {
  const text = value.toFixed(3);
  return text.startsWith("-") && Number(text) !== 0 ? text : `+${text.replace("-", "")}`;
};

const pCell = (p: number | null): string => (p === null ? "-" : pText(p));

/**
 * A comparison as a table for people: primaries first, with the verdict; the least difference that could be found
 * stands beside one that was not.
 */
export function comparisonTable(entries: readonly PairedEntry[]): string {
  const sorted = [...entries.filter(({ primary }) => primary), ...entries.filter(({ primary }) => !primary)];
  return `${textTable(
    [
      { title: "TASK" },
      { title: "METRIC" },
      { title: "A" },
      { title: "B" },
      { title: "A", align: "right" },
      { title: "B", align: "right" },
      { title: "B - A", align: "right" },
      { title: "95% CI" },
      { title: "P", align: "right" },
      { title: "P (HOLM)", align: "right" },
      { title: "VERDICT" },
      { title: "ITEMS", align: "right" },
      { title: "CLUSTERS", align: "right" },
    ],
    sorted.map((entry) => [
      entry.task,
      plainText(entry.metric),
      plainText(entry.a),
      plainText(entry.b),
      entry.first.toFixed(3),
      entry.second.toFixed(3),
      signed(entry.difference),
      `[${signed(entry.ciLow)}, ${signed(entry.ciHigh)}]`,
      pCell(entry.p),
      pCell(entry.pHolm),
      entry.verdict === "not separable"
        ? `not separable (least found: ${entry.mde.toFixed(3)})`
        : entry.verdict,
      String(entry.n),
      String(entry.clusters),
    ]),
  )}\n\nsignatures: --json or --out; research only, not for clinical use`;
}
