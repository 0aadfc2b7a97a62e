import type { CompareOptions, PairedEntry } from "../../../../../ts/eval/compare/compare.ts";
import type { System } from "../../../../../ts/eval/compare/pairs.ts";
import { atOnce, compareSystems, type PredictionRow, seededUniform } from "../../../../../ts/eval/index.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

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
        case: `c${String(scan).padStart(3, "0")}`,
        task: "closed-vqa",
        type: item % 2 === 0 ? "organ" : "plane",
        choices,
        target: "A",
        prediction: isRight(scan, item) ? "A" : "B",
      }),
    ),
  ).flat();

const system = (name: string, ...seeds: readonly (readonly PredictionRow[])[]): System => ({ name, seeds });
const compared = (systems: readonly System[], more: Partial<CompareOptions> = {}) =>
  atOnce(compareSystems(systems, { profile: "strict", ...more }));
const pairOf = (
  first: readonly PredictionRow[],
  second: readonly PredictionRow[],
  metric = "accuracy.micro",
): PairedEntry => named(compared([system("A", first), system("B", second)]).entries, metric);
const named = (entries: readonly PairedEntry[], metric: string): PairedEntry => {
  const found = entries.find((entry) => entry.metric === metric);
  if (found === undefined) throw new Error(`no ${metric}`);
  return found;
};

/** Which questions are hard is shared by systems; `luck` of a stream of its own decides the rest. */
const withLuck = (seed: number, bonus: number): ((scan: number, item: number) => boolean) => {
  const hard = seededUniform(77),
    own = seededUniform(seed);
  const table = Array.from({ length: 100 * 5 }, () => hard() + 0.15 * own() < 0.6 + bonus);
  return (scan, item) => table[scan * 5 + item] === true;
};

describe("a comparison", () => {
  it("of a system with itself is no difference: p is 1, and the verdict says so", () => {
    const rows = rowsOf(40, 3, (scan, item) => (scan + item) % 2 === 0);
    const pair = pairOf(rows, rows);
    expect(pair).toMatchObject({
      difference: 0,
      p: 1,
      pHolm: 1,
      verdict: "not separable",
      n: 120,
      clusters: 40,
    });
    expect(pair.ciLow).toBeLessThanOrEqual(0);
    expect(pair.ciHigh).toBeGreaterThanOrEqual(0);
  });

  it("finds a system that is right where the other is wrong in every tenth question", () => {
    const first = rowsOf(50, 5, withLuck(1, 0)),
      second = rowsOf(50, 5, withLuck(1, 0.1));
    const pair = pairOf(first, second);
    expect(pair.difference).toBeCloseTo(pair.second - pair.first, 12);
    expect(pair).toMatchObject({
      verdict: "second is higher",
      better: "higher",
      primary: true,
      perSeed: null,
    });
    expect(pair.ciLow).toBeGreaterThan(0);
    expect(pair.p).toBeLessThan(0.01);
    const back = pairOf(second, first);
    expect(back.verdict).toBe("second is lower");
    expect(back.difference).toBeCloseTo(-pair.difference, 12);
    expect(back.p).toBe(pair.p);
  });

  it("does not separate two systems that differ by luck alone, and says what it could have found", () => {
    const pair = pairOf(rowsOf(50, 5, withLuck(2, 0)), rowsOf(50, 5, withLuck(3, 0)));
    expect(pair.verdict).toBe("not separable");
    expect(pair.p).toBeGreaterThan(0.05);
    expect(pair.mde).toBeGreaterThan(0.01);
    expect(pair.mde).toBeLessThan(0.15);
  });

  it("does not depend on the order of rows in either list", () => {
    const first = rowsOf(30, 2, withLuck(6, 0)),
      second = rowsOf(30, 2, withLuck(7, 0.05));
    expect(compared([system("A", first.toReversed()), system("B", second)])).toEqual(
      compared([system("A", first), system("B", second.toReversed())]),
    );
  });

  it("tests a mean over types by one sign a patient over all of them", () => {
    const first = rowsOf(12, 4, () => false),
      second = rowsOf(12, 4, () => true);
    const pair = pairOf(first, second, "accuracy.macro");
    expect(pair.difference).toBe(1);
    expect(pair.p).toBeCloseTo(2 / 4096, 12);
    expect(pair).toMatchObject({ primary: false, pHolm: null, verdict: "not tested" });
  });

  it("tests a number over a corpus by exchanging patients", () => {
    const reports = (text: (at: number) => string): readonly PredictionRow[] =>
      Array.from({ length: 12 }, (_, at) => ({
        id: `r${at}`,
        case: `c${at}`,
        task: "report",
        target: "there is a cyst in the left lobe of the liver",
        prediction: text(at),
      }));
    const tasks = { report: { metrics: ["bleu4.corpus"] } };
    const good = reports((at) => `there is a cyst in the left lobe ${at}`),
      poor = reports((at) => `no cyst in the left lobe ${at}`);
    const { entries } = compared([system("poor", poor), system("good", good)], { tasks });
    const pair = named(entries, "bleu4.corpus");
    expect(pair.p).toBeCloseTo(2 / 4096, 12);
    expect(pair.verdict).toBe("second is higher");
    expect(pair.ciLow).toBeGreaterThan(0);
    expect(pair.signature).toContain("test:cluster-exchange(exact,patterns=4096)");
    const same = named(compared([system("a", good), system("b", good)], { tasks }).entries, "bleu4.corpus");
    expect(same).toMatchObject({ p: 1, verdict: "not separable" });
  });

  it("corrects over one family: a primary of each task, for all systems of the call", () => {
    const rows = rowsOf(12, 2, () => false);
    const better = rowsOf(12, 2, (scan) => scan < 8);
    const { entries, family } = compared([system("A", rows), system("B", better), system("C", rows)]);
    expect(family).toEqual({ primary: ["closed-vqa/accuracy.micro"], tests: 2 });
    const [b, c] = ["B", "C"].map((name) => entries.find((one) => one.b === name && one.primary));
    expect(b?.pHolm).toBeCloseTo(2 * (b?.p ?? Number.NaN), 12);
    expect(c?.pHolm).toBe(1);
    expect(entries.filter(({ primary }) => !primary).every(({ pHolm }) => pHolm === null)).toBe(true);
  });

  it("takes the primaries that are declared, and refuses one that there is not", () => {
    const rows = rowsOf(6, 2, () => true);
    const systems = [system("A", rows), system("B", rows)];
    expect(compared(systems, { primary: ["closed-vqa/type.organ"] }).family.primary).toEqual([
      "closed-vqa/type.organ",
    ]);
    expect(thrownBy(() => compared(systems, { primary: ["closed-vqa/acuracy.micro"] }))).toMatchObject({
      code: "USAGE_INVALID",
      message: expect.stringContaining('did you mean "closed-vqa/accuracy.micro"?'),
    });
  });

  it("knows that fewer unparsed answers are better", () => {
    const rows = rowsOf(6, 2, () => true);
    expect(pairOf(rows, rows, "unparsed").better).toBe("lower");
    expect(pairOf(rows, rows, "type.organ").better).toBe("higher");
  });

  it("of five patients says that so few cannot show a difference", () => {
    const { entries, warnings } = compared([
      system(
        "A",
        rowsOf(5, 4, () => false),
      ),
      system(
        "B",
        rowsOf(5, 4, () => true),
      ),
    ]);
    expect(named(entries, "accuracy.micro")).toMatchObject({
      ciLow: -1,
      ciHigh: 1,
      verdict: "not separable",
    });
    expect(warnings.map(({ code }) => code)).toEqual(["FEW_PATIENTS"]);
  });
});

describe("a comparison over seeds", () => {
  const seeds = (bonus: number, from: number) =>
    [0, 1, 2].map((at) => rowsOf(60, 5, withLuck(from + at, bonus)));

  it("holds where every seed agrees and patients and seeds together exclude none", () => {
    const { entries, warnings } = compared([system("A", ...seeds(0, 10)), system("B", ...seeds(0.15, 20))]);
    const pair = named(entries, "accuracy.micro");
    expect(pair.perSeed).toHaveLength(3);
    expect(pair.perSeed?.every((one) => one > 0)).toBe(true);
    expect(pair.difference).toBeCloseTo((pair.perSeed ?? []).reduce((sum, one) => sum + one, 0) / 3, 12);
    expect(pair.verdict).toBe("second is higher");
    expect(pair.signature).toContain("test:t(seeds-and-patients)");
    expect(warnings).toEqual([]);
  });

  it("does not hold where seeds disagree, however many patients there are", () => {
    const base = rowsOf(50, 5, withLuck(1, 0)),
      up = rowsOf(50, 5, withLuck(1, 0.2)),
      down = rowsOf(50, 5, withLuck(1, -0.1));
    const { entries, warnings } = compared([system("A", base), system("B", up, down)]);
    expect(named(entries, "accuracy.micro").verdict).toBe("not separable");
    expect(warnings.map(({ code }) => code)).toEqual(["FEW_SEEDS"]);
  });
});
