import {
  coveredIn,
  coveredMacro,
  coveredScores,
  leastCovered,
  mostRejected,
  rejected,
  scores,
  sizes,
  tablePath,
} from "../support/coverage-table.ts";
import { cells } from "../support/simulated-scores.ts";
import { repoText } from "../support/source-tree.ts";

const text = repoText(tablePath);
/** The rows of the page's table under a heading, as cells. */
const rowsUnder = (heading: string): readonly (readonly string[])[] =>
  (text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => /^\| (?!p \||patients|scores)/.test(line))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );

describe("the table of coverage", () => {
  const rows = rowsUnder("Answers that are right or wrong");

  it("has every cell, each at least .91, .94 on average", () => {
    expect(text).toContain("Written by `npm run coverage-table`");
    expect(rows.map(([p, patients, icc]) => [Number(p), Number(patients), Number(icc)])).toEqual(
      cells.map(({ p, patients, icc }) => [p, patients, icc]),
    );
    const covered = rows.map((row) => Number(row[3]));
    expect(Math.min(...covered)).toBeGreaterThanOrEqual(leastCovered.cell);
    expect(covered.reduce((sum, one) => sum + one, 0) / covered.length).toBeGreaterThanOrEqual(
      leastCovered.mean,
    );
  });

  it.each([0, 16, 44])("is what its command draws: cell %d comes out the same", (at) => {
    const cell = cells[at];
    if (cell === undefined) throw new Error("there is no such cell");
    const { covered, above, width } = coveredIn(cell, at, sizes.intervals);
    expect(rows[at]?.slice(3)).toEqual(
      [covered, above, width].map((one) => one.toFixed(3).replace(/^0/, "")),
    );
  });

  it("has scores within 0..1 and means over types, and they hold the truth as often as it says", () => {
    const ofScores = rowsUnder("Scores within 0..1");
    expect(ofScores.map(([name]) => name)).toEqual(Object.keys(scores));
    const [name = "", ...shares] = ofScores[2] ?? [];
    expect(Number(shares[1])).toBeCloseTo(coveredScores(name, 10, sizes.scores), 3);
    const macro = rowsUnder("Means over five types");
    expect(macro.length).toBe(9);
    expect(Number(macro[0]?.[2])).toBeCloseTo(coveredMacro(20, 20, sizes.scores), 3);
    for (const row of [...macro.map((one) => one[2]), ...ofScores.flatMap((one) => one.slice(1))])
      expect(Number(row)).toBeGreaterThanOrEqual(0.9);
  });

  it("has the type-I error of the test from 5 to 160 patients, none above what is allowed", () => {
    const tests = rowsUnder("Two equal systems");
    expect(tests.map(([patients]) => Number(patients))).toEqual(
      [5, 8, 10, 12, 20, 60, 160].flatMap((patients) => [patients, patients]),
    );
    for (const [, , share] of tests) expect(Number(share)).toBeLessThanOrEqual(mostRejected);
    expect(Number(tests[2]?.[2])).toBeCloseTo(rejected(8, 0, sizes.tests), 3);
  });
});
