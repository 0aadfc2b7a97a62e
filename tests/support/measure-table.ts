/**
 * The table of measures in ARCHITECTURE.md, between two marks. Started by scripts/measure.mjs it writes the table
 * anew; a goal that the table calls reached and that is missed again is refused, with what misses it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Measure, measures } from "./measures.ts";
import { repoRoot, repoText } from "./source-tree.ts";

const page = "ARCHITECTURE.md";
const marks = ["<!-- measures: written by npm run measure -->", "<!-- end of measures -->"] as const;

/** The lines between the marks of a page; throws when it has none. */
function between(text: string): { readonly start: number; readonly end: number } {
  const start = text.indexOf(marks[0]) + marks[0].length,
    end = text.indexOf(marks[1]);
  if (start < marks[0].length || end < start) throw new Error(`${page} has no place for the measures`);
  return { start, end };
}

/** The table as it stands in a page. */
export function tableIn(text: string): string {
  const { start, end } = between(text);
  return text.slice(start, end).trim();
}

/** The table as markdown, a measure a row. */
export function tableOf(all: readonly Measure[]): string {
  return [
    "| measure | now | goal | reached |",
    "|---|--:|--:|---|",
    ...all.map(
      ({ name, value, goal, isReached }) =>
        `| ${name} | ${value} | ${goal} | ${isReached ? "yes" : "not yet"} |`,
    ),
  ].join("\n");
}

/** What misses a goal that `table` calls reached, a line each. */
export function lost(table: string, all: readonly Measure[]): readonly string[] {
  const reached = new Set([...table.matchAll(/^\| (.+?) \|.*\| yes \|$/gm)].map((match) => match[1]));
  return all
    .filter(({ name, isReached }) => reached.has(name) && !isReached)
    .flatMap(({ name, value, goal, left }) => [
      `${name}: ${value}, where ${goal} was reached`,
      ...left.slice(0, 8),
    ]);
}

/** What keeps the goals that are not reached yet, for people. */
export function remaining(all: readonly Measure[]): readonly string[] {
  return all
    .filter(({ isReached }) => !isReached)
    .flatMap(({ name, value, goal, left }) => [
      `${name}: ${value}, goal ${goal}`,
      ...left.slice(0, 30).map((line) => `  ${line}`),
    ]);
}

if (process.argv[1] === import.meta.filename) {
  const text = repoText(page),
    all = measures();
  const problems = lost(tableIn(text), all);
  for (const line of remaining(all)) console.log(line);
  for (const problem of problems) console.error(problem);
  const { start, end } = between(text);
  if (problems.length === 0)
    writeFileSync(join(repoRoot, page), `${text.slice(0, start)}\n${tableOf(all)}\n${text.slice(end)}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
