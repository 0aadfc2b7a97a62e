import fc from "fast-check";
import { canonicalJson } from "../../../../../ts/schema/digest.ts";
import {
  decodeGrid,
  gridsOf,
  gridText,
  type MetricGrid,
  type MetricRecord,
} from "../../../../../ts/track/record/metric-grid.ts";
import { failureOf } from "../fixtures.ts";

const point = (step: number, name: string, change: Partial<MetricRecord> = {}): MetricRecord => ({
  stage: "shared",
  step,
  name,
  value: step + name.length / 8,
  wallSeconds: step / 8,
  ...change,
});

/** The records of grids, row by row, as they were given. */
function recordsOf(grids: readonly MetricGrid[]): readonly MetricRecord[] {
  return grids.flatMap(({ stage, names, measured, steps, wallSeconds, values }) =>
    steps.flatMap((step, row) =>
      names.map((name, column) => ({
        stage,
        step,
        name,
        value: values[column]?.[row] ?? Number.NaN,
        wallSeconds: wallSeconds[row] ?? -1,
        ...(measured.includes(column) ? { measured: true } : {}),
      })),
    ),
  );
}

const back = (grid: MetricGrid): MetricGrid | undefined =>
  decodeGrid(JSON.parse(gridText(grid)) as Record<string, unknown>, 0, "metrics");

describe("a grid of metrics", () => {
  it("is one for the names of one step, and one for as many steps as have the same names", () => {
    const step = ["loss", "gradientNorm", "loss.language"].map((name) => point(4, name));
    expect(gridsOf(step, 2)).toEqual([
      {
        attempt: 2,
        stage: "shared",
        names: ["loss", "gradientNorm", "loss.language"],
        measured: [],
        steps: [4],
        wallSeconds: [0.5],
        values: [[4.5], [5.5], [5.625]],
      },
    ]);
    const steps = [0, 1, 2, 7].flatMap((at) => ["loss", "seconds"].map((name) => point(at, name)));
    const [grid, ...others] = gridsOf(steps, 1);
    expect(others).toEqual([]);
    expect(grid).toMatchObject({ names: ["loss", "seconds"], steps: [0, 1, 2, 7] });
    expect(grid?.values.map(({ length }) => length)).toEqual([4, 4]);
    expect(gridsOf([], 1)).toEqual([]);
  });

  it("is one for a whole series, and ends where stage, names or what is measured change", () => {
    const series = (name: string, change: Partial<MetricRecord> = {}) =>
      Array.from({ length: 5 }, (_, step) => point(step, name, change));
    const grids = gridsOf(
      [...series("loss"), ...series("norm"), ...series("norm", { stage: "specific" })],
      1,
    );
    expect(grids.map(({ stage, names, steps }) => [stage, names, steps.length])).toEqual([
      ["shared", ["loss"], 5],
      ["shared", ["norm"], 5],
      ["specific", ["norm"], 5],
    ]);
    const mixed = [point(0, "a"), point(0, "s", { measured: true }), point(1, "a"), point(1, "s")];
    expect(gridsOf(mixed, 1).map(({ measured, steps }) => [measured, steps])).toEqual([
      [[1], [0]],
      [[], [1]],
    ]);
  });

  it("holds at most 65,536 points a line", () => {
    const long = Array.from({ length: 70_000 }, (_, step) => point(step, "loss"));
    expect(gridsOf(long, 1).map(({ steps }) => steps.length)).toEqual([65_536, 4464]);
    const wide = Array.from({ length: 70_000 }, (_, at) => point(3, `load.${at}`));
    expect(gridsOf(wide, 1).map(({ names }) => names.length)).toEqual([65_536, 4464]);
    const both = Array.from({ length: 30_000 }, (_, at) => ["a", "b", "c"].map((name) => point(at, name)));
    const grids = gridsOf(both.flat(), 1);
    expect(grids.map(({ steps, names }) => steps.length * names.length)).toEqual([65_535, 24_465]);
  });

  it("is canonical JSON, and steps that rise by one are told as where they begin", () => {
    const [grid] = gridsOf(
      [5, 6, 7].flatMap((step) => [point(step, "loss"), point(step, 'a"b')]),
      3,
    );
    if (grid === undefined) throw new Error("no grid");
    const text = gridText(grid);
    expect(text).toBe(canonicalJson(JSON.parse(text), "a grid"));
    expect(JSON.parse(text)).toEqual({
      attempt: 3,
      names: ["loss", 'a"b'],
      rows: 3,
      stage: "shared",
      step: 5,
      values: [
        [5.5, 6.5, 7.5],
        [5.375, 6.375, 7.375],
      ],
      wallSeconds: [0.625, 0.75, 0.875],
    });
    const [uneven] = gridsOf([point(5, "loss"), point(9, "loss")], 3);
    expect(uneven && JSON.parse(gridText(uneven)).step).toEqual([5, 9]);
  });

  it("gives every record back in its order, bit for bit, whatever comes in one call", () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    const record = fc.record({
      stage: fc.constantFrom("shared", "specific"),
      step: fc.nat({ max: 4 }),
      name: fc.constantFrom("loss", "norm", "loss\u00e9"),
      value,
      wallSeconds: fc.nat({ max: 3 }).map((eighths) => eighths / 8),
    });
    const any = fc.array(
      fc.oneof(
        record,
        record.map((one) => ({ ...one, measured: true })),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(any, fc.nat({ max: 9 }), (records, attempt) => {
        const grids = gridsOf(records, attempt);
        const read = recordsOf(grids.map((grid) => back(grid) ?? grid));
        expect(read).toEqual(records);
        for (const [at, one] of records.entries()) expect(Object.is(read[at]?.value, one.value)).toBe(true);
        for (const grid of grids) expect(back(grid)?.attempt).toBe(attempt);
      }),
      { seed: 20261129, numRuns: 200 },
    );
  });

  it("tells moments to the microsecond", () => {
    const [grid] = gridsOf([point(0, "loss", { wallSeconds: 1.23456789 })], 1);
    expect(grid?.wallSeconds).toEqual([1.234568]);
  });

  const good = {
    attempt: 1,
    names: ["loss"],
    rows: 2,
    stage: "shared",
    step: 0,
    values: [[1, 2]],
    wallSeconds: [0, 0],
  };

  it.each<[string, Record<string, unknown>]>([
    ["no attempt", { attempt: null }],
    ["a stage that is a number", { stage: 3 }],
    ["no column", { names: [], values: [] }],
    ["a name that is a number", { names: [3] }],
    ["names in a word", { names: "loss" }],
    ["more names than columns", { names: ["loss", "norm"] }],
    ["a column that is short", { values: [[1]] }],
    ["a value that is a word", { values: [[1, "high"]] }],
    ["a value in words that JSON could hold", { values: [[1, "2"]] }],
    ["no rows", { rows: 0 }],
    ["half a row", { rows: 1.5 }],
    ["fewer steps than rows", { step: [0] }],
    ["steps in a word", { step: "0" }],
    ["a moment too few", { wallSeconds: [0] }],
    ["measured columns in a word", { measured: "loss" }],
  ])("is refused with %s", async (_what, change) => {
    const refused = await failureOf(() => decodeGrid({ ...good, ...change }, 7, "metrics"));
    expect([refused.code, refused.exitCode, refused.details.record]).toEqual(["RECORD_INVALID", 65, 7]);
    expect(refused.message).toContain("record 7 is not a grid of metrics");
  });

  it("is told from the line of one point by its names", () => {
    expect(
      decodeGrid({ attempt: 1, stage: "shared", step: 0, name: "loss", value: 1 }, 0, "metrics"),
    ).toBeUndefined();
    expect(decodeGrid(good, 0, "metrics")).toMatchObject({ steps: [0, 1], values: [[1, 2]] });
  });
});
