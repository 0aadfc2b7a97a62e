import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { encodeRecord, type JsonObject } from "../../../../../ts/track/record/frames.ts";
import {
  decodeMetric,
  encodeMetric,
  readGrids,
  readMetrics,
} from "../../../../../ts/track/record/metrics.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

function logOf(bodies: readonly JsonObject[]): string {
  const folder = fresh();
  mkdirSync(folder);
  writeFileSync(join(folder, "000000.jsonl"), bodies.map((body, seq) => encodeRecord(seq, body)).join(""));
  return folder;
}
const loss = { stage: "shared", step: 0, name: "loss", value: 2.5, wallSeconds: 0.25 };

describe("a metric on disk", () => {
  it("is the metric, bit for bit, also where JSON has no such number", () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        value,
        fc.nat(),
        fc.option(fc.constant(true), { nil: undefined }),
        (number, step, measured) => {
          const record = { ...loss, step, value: number, ...(measured === undefined ? {} : { measured }) };
          const body = JSON.parse(JSON.stringify(encodeMetric(record, 3))) as JsonObject;
          const back = decodeMetric({ seq: 9, body }, "metrics");
          expect(back).toEqual({ ...record, seq: 9, attempt: 3 });
          expect(Object.is(back.value, number)).toBe(true);
        },
      ),
      { seed: 20261128 },
    );
  });

  it.each<[string, JsonObject]>([
    ["a stage that is a number", { stage: 1 }],
    ["no step", { step: null }],
    ["a value that is a word", { value: "high" }],
    ["a value in words that JSON could hold", { value: "2.5" }],
    ["no attempt", { attempt: null }],
    ["no name", { name: null }],
    ["seconds in words", { wallSeconds: "1" }],
  ])("is refused with %s", async (_, change) => {
    const body = { ...encodeMetric(loss, 1), ...change };
    const refused = await failureOf(readMetrics(logOf([body])));
    expect([refused.code, refused.exitCode, refused.details.record]).toEqual(["RECORD_INVALID", 65, 0]);
    expect(refused.message).toContain("record 0 is not a metric");
  });
});

describe("reading metrics", () => {
  const folder = (): string =>
    logOf([
      encodeMetric(loss, 1),
      encodeMetric({ ...loss, name: "seconds", measured: true }, 1),
      encodeMetric({ ...loss, stage: "specific", step: 1 }, 2),
    ]);

  it("gives all of them in the order they were written, or those of a stage or a name", async () => {
    const at = folder();
    expect((await readMetrics(at)).map(({ seq, stage, name }) => [seq, stage, name])).toEqual([
      [0, "shared", "loss"],
      [1, "shared", "seconds"],
      [2, "specific", "loss"],
    ]);
    expect((await readMetrics(at, { name: "loss" })).map(({ seq }) => seq)).toEqual([0, 2]);
    expect(
      (await readMetrics(at, { stage: "shared", name: "seconds" })).map(({ measured }) => measured),
    ).toEqual([true]);
    expect(await readMetrics(at, { stage: "none" })).toEqual([]);
  });

  it("gives them grid by grid, what was recorded alone as a grid of one point", async () => {
    const grids: unknown[] = [];
    await readGrids(folder(), (grid) => grids.push(grid));
    expect(grids).toHaveLength(3);
    expect(grids[1]).toEqual({
      attempt: 1,
      stage: "shared",
      names: ["seconds"],
      measured: [0],
      steps: [0],
      wallSeconds: [0.25],
      values: [[2.5]],
    });
  });

  it("counts points, not lines, and filters the columns of a line", async () => {
    const grid = { attempt: 1, names: ["loss", "norm"], rows: 2, stage: "shared", step: 3 };
    const at = logOf([
      encodeMetric(loss, 1),
      {
        ...grid,
        values: [
          [1, "NaN"],
          ["-0", 4],
        ],
        wallSeconds: [1, 2],
      },
      encodeMetric({ ...loss, step: 9 }, 1),
    ]);
    const read = await readMetrics(at);
    expect(read.map(({ seq, step, name }) => [seq, step, name])).toEqual([
      [0, 0, "loss"],
      [1, 3, "loss"],
      [2, 3, "norm"],
      [3, 4, "loss"],
      [4, 4, "norm"],
      [5, 9, "loss"],
    ]);
    expect(read.map(({ value }) => value)).toEqual([2.5, 1, -0, Number.NaN, 4, 2.5]);
    expect(
      (await readMetrics(at, { name: "norm" })).map(({ seq, wallSeconds }) => [seq, wallSeconds]),
    ).toEqual([
      [2, 1],
      [4, 2],
    ]);
  });

  it("of a run that recorded none gives none", async () => {
    expect(await readMetrics(join(scratch.path, "none"))).toEqual([]);
  });
});
