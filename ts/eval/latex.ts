import type { ScorecardEntry } from "../schema/answers/scorecard.ts";
import type { PairedEntry } from "./compare/compare.ts";

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

/** A text as LaTeX prints it: its special characters escaped, control characters and line ends as spaces. */
export const latexText = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll(/[\\~^&%$#_{}]/g, (character) => special[character] ?? `\\${character}`);

/** Three digits; a minus is one of mathematics, and none stands before what is shown as 0. */
const number = (value: number): string =>
  Number.isFinite(value)
    ? value
        .toFixed(3)
        .replace(/^-(?=0\.0*$)/, "")
        .replace("-", "$-$")
    : "--";

const range = (low: number, high: number): string => `[${number(low)}, ${number(high)}]`;

const signed = (value: number): string => `${value > 0 ? "+" : ""}${number(value)}`;

/** Patients of the numbers over all items; a type's own stand in its row. */
const most = (values: readonly number[]): number => values.reduce((found, one) => Math.max(found, one), 0);

/** Items over all tasks: in each some number is of every item. */
function itemsOf(entries: readonly { readonly task: string; readonly n: number }[]): number {
  const most = new Map<string, number>();
  for (const { task, n } of entries) most.set(task, Math.max(n, most.get(task) ?? 0));
  return [...most.values()].reduce((sum, n) => sum + n, 0);
}

interface Table {
  readonly columns: string;
  readonly titles: readonly string[];
  /** Rows under a line across the table, where what they share would else stand in each. */
  readonly groups: readonly { readonly title?: string; readonly rows: readonly (readonly string[])[] }[];
  readonly caption: string;
}

/** Shrunk where it is wider or higher than a page: names of types and numbers of rows know no limit. */
const table = ({ columns, titles, groups, caption }: Table): string =>
  [
    "% Needs \\usepackage{booktabs,adjustbox}.",
    "\\begin{table}",
    "  \\centering",
    "  \\begin{adjustbox}{max width=\\textwidth, max totalheight=.88\\textheight}",
    `  \\begin{tabular}{${columns}}`,
    "    \\toprule",
    `    ${titles.join(" & ")} \\\\`,
    ...groups.flatMap(({ title, rows }) => [
      "    \\midrule",
      ...(title === undefined ? [] : [`    \\multicolumn{${titles.length}}{l}{${title}} \\\\`]),
      ...rows.map((cells) => `    ${cells.join(" & ")} \\\\`),
    ]),
    "    \\bottomrule",
    "  \\end{tabular}",
    "  \\end{adjustbox}",
    `  \\caption{${caption}}`,
    "\\end{table}",
    "",
  ].join("\n");

/**
 * A scorecard as a LaTeX table (booktabs): value, interval, chance, items and patients of every number.
 *
 * @param digest - of the rows, for the caption.
 */
export function latexScorecard(entries: readonly ScorecardEntry[], digest: string): string {
  const unit = entries.some((entry) => entry.unit === "case") ? "cases" : "patients";
  return table({
    columns: "llrcrrr",
    titles: [
      "Task",
      "Metric",
      "Value",
      "95\\,\\% CI",
      "Chance",
      "Items",
      unit === "cases" ? "Cases" : "Patients",
    ],
    groups: [
      {
        rows: entries.map((entry) => [
          latexText(entry.task),
          latexText(entry.metric),
          number(entry.value),
          range(entry.ciLow, entry.ciHigh),
          entry.chance === null ? "--" : number(entry.chance),
          String(entry.n),
          String(entry.clusters),
        ]),
      },
    ],
    caption: `Values with 95\\,\\% intervals over ${most(entries.map(({ clusters }) => clusters))} ${unit} ($n = ${itemsOf(entries)}$ items). Rows: SHA-256 \\texttt{${latexText(digest.slice(0, 16))}}. Research only, not for clinical use.`,
  });
}

const pText = (p: number): string => (p < 0.001 ? "$<$0.001" : p.toFixed(3));

const comparedCells = (entry: PairedEntry): readonly string[] => [
  latexText(entry.task),
  latexText(entry.metric),
  number(entry.first),
  number(entry.second),
  `${signed(entry.difference)}${mark(entry)}`,
  range(entry.ciLow, entry.ciHigh),
  pText(entry.p),
  entry.pHolm === null ? "--" : pText(entry.pHolm),
  String(entry.n),
];

const mark = ({ verdict }: PairedEntry): string =>
  verdict === "second is higher" || verdict === "second is lower" ? "$^{\\dagger}$" : "";

/**
 * A comparison as a LaTeX table (booktabs), pair by pair: both values, the difference with its interval, Holm's p, and
 * a dagger where the corrected test tells the two apart.
 *
 * @param digest - of the rows of all systems, for the caption.
 */
export function latexComparison(entries: readonly PairedEntry[], digest: string): string {
  const pairs = Map.groupBy(
    entries,
    ({ a, b }) => `${latexText(b)} (second) against ${latexText(a)} (first)`,
  );
  return table({
    columns: "llrrrcrrr",
    titles: ["Task", "Metric", "First", "Second", "Difference", "95\\,\\% CI", "$p$", "$p$ (Holm)", "Items"],
    groups: [...pairs].map(([title, compared]) => ({ title, rows: compared.map(comparedCells) })),
    caption: `Differences (second minus first) with 95\\,\\% intervals over ${most(entries.map(({ clusters }) => clusters))} patients ($n = ${itemsOf(entries)}$ items); $^{\\dagger}$: told apart at .05 after Holm's correction over ${entries.filter(({ primary }) => primary).length} tests. Rows: SHA-256 \\texttt{${latexText(digest.slice(0, 16))}}. Research only, not for clinical use.`,
  });
}
