import { holm } from "../../../../ts/eval/compare.ts";
import type { PairedEntry, PredictionRow, ScoreOptions } from "../../../../ts/eval/index.ts";
import { comparePaired, seededUniform } from "../../../../ts/eval/index.ts";
import { thrownBy } from "../../../support/router-policies.ts";

const options: ScoreOptions = { profile: "strict", bootstrap: { resamples: 2000, seed: 1 } };
const choices = ["liver", "spleen", "heart", "lung"];

/** `cases` scans of `items` closed questions; right where `isRight` says so. */
const rowsOf = (
  cases: number,
  items: number,
  isRight: (scan: number, item: number) => boolean,
): readonly PredictionRow[] =>
  Array.from({ length: cases }, (_, scan) =>
    Array.from(
      { length: items },
      (_item, item): PredictionRow => ({
        id: `q${scan}-${item}`,
        case: `c${scan}`,
        task: "closed-vqa",
        choices,
        target: "A",
        prediction: isRight(scan, item) ? "A" : "B",
      }),
    ),
  ).flat();

const micro = (pairs: readonly PairedEntry[]): PairedEntry => {
  const found = pairs.find(({ metric }) => metric === "accuracy.micro");
  if (found === undefined) throw new Error("no accuracy.micro");
  return found;
};

/** Which questions are hard is shared by both systems; `luck` of a stream of its own decides the rest. */
const withLuck = (seed: number, bonus: number): ((scan: number, item: number) => boolean) => {
  const hard = seededUniform(77),
    own = seededUniform(seed);
  const table = Array.from({ length: 100 * 5 }, () => hard() + 0.15 * own() < 0.6 + bonus);
  return (scan, item) => table[scan * 5 + item] === true;
};

describe("a paired comparison", () => {
  it("of a system with itself is no difference, with an interval about it that is not of no width", () => {
    const rows = rowsOf(40, 3, (scan, item) => (scan + item) % 2 === 0);
    const pair = micro(comparePaired(rows, rows, options));
    expect(pair).toMatchObject({
      difference: 0,
      p: 1,
      pHolm: 1,
      verdict: "not separable",
      n: 120,
      clusters: 40,
    });
    expect(pair.ciLow).toBeLessThan(0);
    expect(pair.ciHigh).toBeCloseTo(-pair.ciLow, 12);
    expect(pair.signature).toContain("why=no-spread");
  });

  it("finds a system that is right where the other is wrong in every tenth question", () => {
    const first = rowsOf(100, 5, withLuck(1, 0));
    const second = rowsOf(100, 5, withLuck(1, 0.1));
    const pair = micro(comparePaired(first, second, options));
    expect(pair.difference).toBeCloseTo(pair.second - pair.first, 12);
    expect(pair.verdict).toBe("second is higher");
    expect(pair.ciLow).toBeGreaterThan(0);
    expect(pair.p).toBeLessThan(0.01);
    const back = micro(comparePaired(second, first, options));
    expect(back.verdict).toBe("second is lower");
    expect(back.difference).toBeCloseTo(-pair.difference, 12);
    expect(back.ciLow).toBeCloseTo(-pair.ciHigh, 12);
  });

  it("does not separate two systems that differ by luck alone", () => {
    const pair = micro(
      comparePaired(rowsOf(100, 5, withLuck(2, 0)), rowsOf(100, 5, withLuck(3, 0)), options),
    );
    expect(pair.verdict).toBe("not separable");
    expect(pair.p).toBeGreaterThan(0.05);
  });

  it("is narrower than the two systems' own intervals: what is hard for both cancels", () => {
    const pair = micro(
      comparePaired(rowsOf(100, 5, withLuck(4, 0)), rowsOf(100, 5, withLuck(5, 0)), options),
    );
    const spread =
      2 * 1.96 * Math.sqrt((pair.first * (1 - pair.first) + pair.second * (1 - pair.second)) / 500);
    expect(pair.ciHigh - pair.ciLow).toBeLessThan(0.7 * spread);
  });

  it("does not depend on the order of rows in either list", () => {
    const first = rowsOf(30, 2, withLuck(6, 0)),
      second = rowsOf(30, 2, withLuck(7, 0.05));
    expect(comparePaired([...first].reverse(), second, options)).toEqual(
      comparePaired(first, [...second].reverse(), options),
    );
  });

  it("takes each system's own library scores", () => {
    const reports = Array.from(
      { length: 15 },
      (_, at): PredictionRow => ({
        id: `r${at}`,
        case: `c${at}`,
        task: "report",
        target: "x",
        prediction: "y",
      }),
    );
    const measured = (score: number) =>
      new Map([
        [
          "report/meteor",
          {
            signature: `nltk@${score}`,
            scores: new Map(reports.map(({ id }, at) => [id, score + at / 100])),
          },
        ],
      ]);
    const [pair] = comparePaired(
      reports,
      reports,
      { ...options, tasks: { report: { metrics: ["meteor"] } }, measured: measured(0.2) },
      measured(0.5),
    );
    expect(pair?.difference).toBeCloseTo(0.3, 12);
    expect(pair?.signature).toContain("second:nltk@0.5");
    expect(
      thrownBy(() =>
        comparePaired(reports, reports, {
          ...options,
          tasks: { report: { metrics: ["meteor"] } },
          measured: measured(0.2),
        }),
      ),
    ).toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("refuses lists of different items, naming them", () => {
    const first = rowsOf(3, 1, () => true);
    const second = [
      ...first.slice(1).map((row) => (row.id === "q2-0" ? { ...row, target: "B" } : row)),
      { ...first[0], id: "q9-0", case: "c9" },
    ];
    expect(thrownBy(() => comparePaired(first, second, options))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message:
        '[DATA_PREDICTIONS] the two lists of predictions are not of the same items: 3 differ:\nclosed-vqa "q0-0" is in the first alone\n' +
        'closed-vqa "q9-0" is in the second alone\nclosed-vqa "q2-0" has another case, subject, type, choices or target in the second',
    });
  });

  it("says which list a bad row is in", () => {
    const rows = rowsOf(2, 1, () => true);
    expect(thrownBy(() => comparePaired(rows, [...rows, {}], options))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining("second, row 3: id: "),
    });
  });
});

describe("Holm's correction", () => {
  it("multiplies the least by their number, the next by one less, and never falls", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
