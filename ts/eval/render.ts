import { TomoeError } from "../errors.ts";
import type { ScorecardEntry } from "../schema/answers/scorecard.ts";
import type { PairedEntry } from "./compare/compare.ts";

const number = (value: number): string => value.toFixed(3);

/** With its sign, and no minus before what is shown as 0. */
const signed = (value: number): string => {
  const text = number(value);
  return text.startsWith("-") ? text.replace(/^-(?=0\.0*$)/, "+") : `+${text}`;
};

/** A text in a cell of a table: a bar ends no cell, and a line end no row. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\p{Cc}+/gu, " ");

/** A value never stands without its interval and its counts. */
function checkComplete(name: string, numbers: readonly number[], n: number, clusters: number): void {
  if (numbers.every((one) => Number.isFinite(one)) && n > 0 && clusters > 0) return;
  throw new TomoeError(
    "INTERNAL",
    `${name} has values ${numbers.join(", ")} with ${n} items and ${clusters} clusters: nothing that can be shown`,
    { hint: "Score again; a scorecard's numbers are finite and rest on at least one item." },
  );
}

/**
 * A scorecard for people: one table a task, signatures below; a value never stands without its interval and
 * counts.
 */
export function renderScorecard(entries: readonly ScorecardEntry[]): string {
  for (const entry of entries)
    checkComplete(
      `${entry.task} ${entry.metric}`,
      [entry.value, entry.ciLow, entry.ciHigh],
      entry.n,
      entry.clusters,
    );
  const tasks = [...new Set(entries.map((entry) => entry.task))];
  const parts = tasks.map((task) => {
    const mine = entries.filter((entry) => entry.task === task);
    const rows = mine.map(
      (entry) =>
        `| ${cell(entry.metric)} | ${number(entry.value)} | ${number(entry.ciLow)} .. ${number(entry.ciHigh)} | ${entry.chance === null ? "" : number(entry.chance)} | ${entry.n} | ${entry.clusters} |`,
    );
    const signatures = [
      ...new Set(
        mine.map((entry) => `- ${entry.metric.replaceAll(/\p{Cc}+/gu, " ")}: \`${entry.signature}\``),
      ),
    ];
    const cut = Math.max(...mine.map(({ truncated }) => truncated ?? 0));
    return [
      `## ${task}`,
      "",
      "| metric | value | 95% CI | chance | items | patients |",
      "|---|--:|--:|--:|--:|--:|",
      ...rows,
      "",
      ...(cut === 0 ? [] : [`${cut} texts hit the limit of their generation: they are cut.`, ""]),
      ...signatures,
      "",
    ].join("\n");
  });
  return `# Scorecard\n\nResearch only, not for clinical use.\n\n${parts.join("\n")}`;
}

/**
 * A paired comparison for people: both values, their difference with its interval, Holm's p, and the verdict
 * in words.
 */
export function renderComparison(pairs: readonly PairedEntry[]): string {
  for (const pair of pairs)
    checkComplete(
      `${pair.task} ${pair.metric}`,
      [pair.first, pair.second, pair.difference, pair.ciLow, pair.ciHigh],
      pair.n,
      pair.clusters,
    );
  const rows = pairs.map((pair) =>
    [
      "",
      pair.task,
      cell(pair.metric),
      number(pair.first),
      number(pair.second),
      signed(pair.difference),
      `${signed(pair.ciLow)} .. ${signed(pair.ciHigh)}`,
      pair.p.toPrecision(2),
      pair.pHolm?.toPrecision(2) ?? "",
      pair.verdict,
      pair.n,
      pair.clusters,
      "",
    ]
      .join(" | ")
      .trim(),
  );
  const signatures = pairs.map(
    (pair) => `- ${pair.task} ${pair.metric.replaceAll(/\p{Cc}+/gu, " ")}: \`${pair.signature}\``,
  );
  return [
    "# Comparison",
    "",
    "Research only, not for clinical use.",
    "",
    "| task | metric | first | second | difference | 95% CI | p | p (Holm) | verdict | items | patients |",
    "|---|---|--:|--:|--:|--:|--:|--:|---|--:|--:|",
    ...rows,
    "",
    ...signatures,
    "",
  ].join("\n");
}
