/**
 * The table of how often intervals hold the truth and tests reject equal systems, in ts/eval/interval/TABLE.md. Started
 * by scripts/coverage-table.mjs it draws the data sets and writes the table anew; it ends with 1 where an interval covers
 * or a test rejects as it must not. Every draw has a seed: the same table on every machine.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { flippedSums, pOfShift } from "../../ts/eval/compare/signs.ts";
import { seededUniform } from "../../ts/eval/index.ts";
import type { Totals } from "../../ts/eval/interval/clusters.ts";
import { macroEstimate } from "../../ts/eval/interval/macro.ts";
import { meanEstimate } from "../../ts/eval/interval/mean.ts";
import { type Cell, cells, simulated } from "./simulated-scores.ts";
import { repoRoot } from "./source-tree.ts";

export const tablePath = "ts/eval/interval/TABLE.md";
/** An interval covers at least this in every cell, and on average. */
export const leastCovered = { cell: 0.91, mean: 0.94 } as const;
/** A test at .05 rejects two equal systems at most so often. */
export const mostRejected = 0.065;

const share = { floor: 0, ceiling: 1 } as const;

/** What came of one cell: shares of its data sets. */
export interface Covered {
  readonly cell: Cell;
  readonly covered: number;
  /** Intervals wholly above the truth: an error on the flattering side. */
  readonly above: number;
  readonly width: number;
}

/** Intervals of answers that are right or wrong, in the data sets of one cell. */
export function coveredIn(cell: Cell, at: number, sets: number): Covered {
  const uniform = seededUniform(1000 + at);
  let covered = 0,
    above = 0,
    width = 0;
  for (let set = 0; set < sets; set += 1) {
    const { low, high } = meanEstimate(simulated(cell, uniform), "binary", share);
    if (low <= cell.p && cell.p <= high) covered += 1;
    if (low > cell.p) above += 1;
    width += high - low;
  }
  return { cell, covered: covered / sets, above: above / sets, width: width / sets };
}

/** Scores within 0..1 that are not right or wrong: the truth, and how one is drawn. */
export const scores: Readonly<
  Record<string, { readonly truth: number; draw(uniform: () => number): number }>
> = {
  "about .4, spread evenly": { truth: 0.4, draw: (uniform) => 0.2 + 0.4 * uniform() },
  "squares, mostly small": { truth: 1 / 3, draw: (uniform) => uniform() ** 2 },
  "80% zeros": { truth: 0.1, draw: (uniform) => (uniform() < 0.8 ? 0 : uniform()) },
  "90% ones": { truth: 0.95, draw: (uniform) => (uniform() < 0.9 ? 1 : uniform()) },
};

/** Share of intervals of such scores that hold the truth; one score a patient. */
export function coveredScores(name: string, patients: number, sets: number): number {
  const { truth, draw } = scores[name] ?? { truth: 0, draw: () => 0 };
  const uniform = seededUniform(77 + patients);
  let covered = 0;
  for (let set = 0; set < sets; set += 1) {
    const totals = {
      sums: Float64Array.from({ length: patients }, () => draw(uniform)),
      counts: new Float64Array(patients).fill(1),
    };
    const { low, high } = meanEstimate(totals, "within", share);
    if (low <= truth && truth <= high) covered += 1;
  }
  return covered / sets;
}

/** Share of intervals of a mean over five types that hold the truth; the last type on some patients alone. */
export function coveredMacro(patients: number, ofLast: number, sets: number): number {
  const uniform = seededUniform(31 + patients);
  const truths = [0.5, 0.6, 0.7, 0.8, 0.9];
  const truth = truths.reduce((sum, one) => sum + one, 0) / truths.length;
  let covered = 0;
  for (let set = 0; set < sets; set += 1) {
    const parts = truths.map((p, type) => {
      const totals: Totals = { sums: new Float64Array(patients), counts: new Float64Array(patients) };
      for (let patient = 0; patient < patients; patient += 1) {
        if (type === truths.length - 1 && patient >= ofLast) continue;
        totals.counts[patient] = 1;
        totals.sums[patient] = uniform() < p ? 1 : 0;
      }
      return { totals, estimate: meanEstimate(totals, "binary", share) };
    });
    const { low, high } = macroEstimate(parts);
    if (low <= truth && truth <= high) covered += 1;
  }
  return covered / sets;
}

/** Share of comparisons of two equal systems that the sign-flip test rejects at .05. */
export function rejected(patients: number, icc: number, sets: number): number {
  const uniform = seededUniform(500 + patients);
  let count = 0;
  for (let set = 0; set < sets; set += 1) {
    const [first, second] = [0, 1].map(() => simulated({ p: 0.7, patients, icc }, uniform)) as [
      Totals,
      Totals,
    ];
    const differences = second.sums.map(
      (sum, at) => sum / (second.counts[at] ?? 1) - (first.sums[at] ?? 0) / (first.counts[at] ?? 1),
    );
    const weights = new Float64Array(patients).fill(1 / patients);
    const sums = flippedSums({ differences: differences.map((one) => one / patients), weights });
    if (pOfShift(sums, 0) < 0.05) count += 1;
  }
  return count / sets;
}

const digits = (value: number): string => value.toFixed(3).replace(/^0/, "");

export interface Sizes {
  readonly intervals: number;
  readonly scores: number;
  readonly tests: number;
}

/** How many data sets each cell of the page has. */
export const sizes: Sizes = { intervals: 2000, scores: 2000, tests: 1000 };

const patientsOf = [5, 10, 20, 60, 160];
const macroCells = [20, 60, 160].flatMap((patients) =>
  [patients, Math.round(patients / 5), 4].map((ofLast) => ({ patients, ofLast })),
);
const testCells = [5, 8, 10, 12, 20, 60, 160].flatMap((patients) =>
  [0, 0.3].map((icc) => ({ patients, icc })),
);

/** The page, and what in it is out of bounds. */
export function page(of: Sizes): { readonly text: string; readonly wrong: readonly string[] } {
  const covered = cells.map((cell, at) => coveredIn(cell, at, of.intervals));
  const mean = covered.reduce((sum, one) => sum + one.covered, 0) / covered.length;
  const wrong = covered
    .filter((one) => one.covered < leastCovered.cell)
    .map(({ cell }) => `p ${cell.p}, ${cell.patients} patients, ICC ${cell.icc}`);
  if (mean < leastCovered.mean) wrong.push(`the mean coverage ${mean}`);
  const rejections = testCells.map((cell) => ({
    ...cell,
    share: rejected(cell.patients, cell.icc, of.tests),
  }));
  for (const { patients, icc, share: found } of rejections)
    if (found > mostRejected) wrong.push(`tests of ${patients} patients, ICC ${icc}`);
  const text = [
    "# How often an interval holds the truth, and a test rejects equal systems",
    "",
    "Written by `npm run coverage-table`; every draw has a seed. Nominal: .950 of intervals hold the truth, at most .050 of tests reject.",
    "",
    "## Answers that are right or wrong",
    "",
    `3 to 7 answers a patient, beta-binomial; ${of.intervals} data sets a cell. Above: intervals wholly above the truth (ideal .025). Mean of all cells: ${digits(mean)}.`,
    "",
    "| p | patients | ICC | covers | above | mean width |",
    "|--:|--:|--:|--:|--:|--:|",
    ...covered.map(
      ({ cell, ...one }) =>
        `| ${cell.p} | ${cell.patients} | ${cell.icc} | ${digits(one.covered)} | ${digits(one.above)} | ${digits(one.width)} |`,
    ),
    "",
    "## Scores within 0..1",
    "",
    `One score a patient; ${of.scores} data sets a cell.`,
    "",
    `| scores | ${patientsOf.join(" | ")} patients |`,
    `|---|${patientsOf.map(() => "--:|").join("")}`,
    ...Object.keys(scores).map(
      (name) =>
        `| ${name} | ${patientsOf.map((patients) => digits(coveredScores(name, patients, of.scores))).join(" | ")} |`,
    ),
    "",
    "## Means over five types",
    "",
    `The last type stands on some patients alone; ${of.scores} data sets a cell.`,
    "",
    "| patients | of them with the last type | covers |",
    "|--:|--:|--:|",
    ...macroCells.map(
      ({ patients, ofLast }) =>
        `| ${patients} | ${ofLast} | ${digits(coveredMacro(patients, ofLast, of.scores))} |`,
    ),
    "",
    "## Two equal systems",
    "",
    `Share of comparisons that the sign-flip test rejects at .05; ${of.tests} pairs of data sets a cell.`,
    "",
    "| patients | ICC | rejects |",
    "|--:|--:|--:|",
    ...rejections.map(({ patients, icc, share: found }) => `| ${patients} | ${icc} | ${digits(found)} |`),
    "",
  ].join("\n");
  return { text, wrong };
}

if (process.argv[1] === import.meta.filename) {
  const { text, wrong } = page(sizes);
  writeFileSync(join(repoRoot, tablePath), text);
  for (const one of wrong) console.error(`out of bounds: ${one}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
