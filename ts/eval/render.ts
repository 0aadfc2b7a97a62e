import type { ScorecardEntry } from "./score.ts";

const number = (value: number): string => value.toFixed(3);

/** A scorecard for people: one table a task, signatures below; a value never stands without its interval and counts. */
export function renderScorecard(entries: readonly ScorecardEntry[]): string {
  const tasks = [...new Set(entries.map((entry) => entry.task))];
  const parts = tasks.map((task) => {
    const mine = entries.filter((entry) => entry.task === task);
    const rows = mine.map((entry) => `| ${entry.metric} | ${number(entry.value)} | ${number(entry.ciLow)} .. ${number(entry.ciHigh)} | ${entry.chance === null ? "" : number(entry.chance)} | ${entry.n} | ${entry.clusters} |`);
    const signatures = [...new Set(mine.map((entry) => `- ${entry.metric}: \`${entry.signature}\``))];
    return [`## ${task}`, "", "| metric | value | 95% CI | chance | items | patients |", "|---|--:|--:|--:|--:|--:|", ...rows, "", ...signatures, ""].join("\n");
  });
  return `# Scorecard\n\nResearch only, not for clinical use.\n\n${parts.join("\n")}`;
}
