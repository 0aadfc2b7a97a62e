import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import type { MetricRecord } from "../../../../../ts/track/record/metric-grid.ts";
import { MetricLog } from "../../../../../ts/track/record/metric-log.ts";
import { keepMetricIndex } from "../../../../../ts/track/series/keep-index.ts";
import { type Bucket, findSegments, SeriesReader } from "../../../../../ts/track/series/read-series.ts";
import { failureOf, notice, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

const point = (step: number, value: number, change: Partial<MetricRecord> = {}): MetricRecord => ({
  stage: "shared",
  step,
  name: "loss",
  value,
  wallSeconds: 0,
  ...change,
});

/** A record of metrics with a call for each list, in segments of so many bytes. */
async function recordOf(
  calls: readonly (readonly MetricRecord[])[],
  { segmentBytes = 4000, attempt = 1, folder = fresh() } = {},
): Promise<string> {
  const space = new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, notice);
  const guard = async (): Promise<void> => undefined;
  const log = await MetricLog.open({ folder, guard, notice, space, segmentBytes }, () => attempt);
  for (const call of calls) await log.append(call);
  await log.close();
  return folder;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
const noise = (at: number): number => Math.sin(at * 12.9898) * 100;
const indexesIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".index"));
const asked = { stage: "shared", name: "loss" };

/** What the buckets say, without the borders. */
const total = (buckets: readonly Bucket[]): number => buckets.reduce((sum, { points }) => sum + points, 0);

describe("the series of a run", () => {
  it("have a last value each, with or without an index, over any number of segments", async () => {
    const calls = range(300).map((step) => [point(step, noise(step)), point(step, -step, { name: "norm" })]);
    const folder = await recordOf([...calls, [point(5, 7, { stage: "specific" })]]);
    expect(readdirSync(folder).length).toBeGreaterThan(4);
    const expected = [
      { stage: "shared", name: "loss", step: 299, value: noise(299), records: 300 },
      { stage: "shared", name: "norm", step: 299, value: -299, records: 300 },
      { stage: "specific", name: "loss", step: 5, value: 7, records: 1 },
    ];
    expect((await SeriesReader.open(folder)).last()).toEqual(expected);
    const segments = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
    const kept = await keepMetricIndex(folder);
    expect(kept.length).toBeGreaterThanOrEqual(segments.length - 1);
    expect((await SeriesReader.open(folder)).last()).toEqual(expected);
    expect((await findSegments(folder)).filter(({ isIndexed }) => isIndexed)).toHaveLength(kept.length);
  });

  it("have the value at the highest step as their last, of one step the later recorded", async () => {
    const folder = await recordOf([[point(8, 1), point(2, 2)], [point(5, 3)]]);
    const measured = { name: "seconds", measured: true } as const;
    await recordOf([[point(8, 4, measured)]], { folder, attempt: 1 });
    await recordOf([[point(8, 5, measured)]], { folder, attempt: 2 });
    expect((await SeriesReader.open(folder)).last()).toEqual([
      { stage: "shared", name: "loss", step: 8, value: 1, records: 3 },
      { stage: "shared", name: "seconds", step: 8, value: 5, records: 2 },
    ]);
  });

  it("are none where nothing was recorded", async () => {
    const reader = await SeriesReader.open(join(scratch.path, "none"));
    expect([reader.last(), reader.query({ ...asked, buckets: 10 })]).toEqual([[], []]);
    const empty = await SeriesReader.open(await recordOf([]));
    expect(empty.last()).toEqual([]);
  });

  it("are read anew where a segment grew, was exchanged, or its index is damaged or gone", async () => {
    const folder = await recordOf([range(200).map((step) => point(step, step))]);
    await keepMetricIndex(folder);
    await recordOf([[point(200, 4)]], { folder });
    expect((await SeriesReader.open(folder)).last()).toMatchObject([{ step: 200, value: 4, records: 201 }]);
    await keepMetricIndex(folder);
    const [index = ""] = indexesIn(folder);
    writeFileSync(join(folder, index), readFileSync(join(folder, index)).fill(7, 60, 70));
    expect((await SeriesReader.open(folder)).last()).toMatchObject([{ step: 200, records: 201 }]);
    for (const name of indexesIn(folder)) rmSync(join(folder, name));
    expect((await SeriesReader.open(folder)).last()).toMatchObject([{ step: 200, records: 201 }]);
    expect((await keepMetricIndex(folder)).length).toBeGreaterThan(0);
    expect(indexesIn(folder).length).toBeGreaterThan(0);
  });

  it("of a damaged segment are refused, naming it, and so is a segment that is missing", async () => {
    const folder = await recordOf(range(120).map((step) => [point(step, step)]));
    const [first = "", second = ""] = readdirSync(folder).sort();
    const whole = readFileSync(join(folder, first));
    writeFileSync(join(folder, first), Buffer.from(whole).fill(0x41, 50, 55));
    expect((await failureOf(SeriesReader.open(folder))).code).toBe("RECORD_INVALID");
    writeFileSync(join(folder, first), whole);
    expect((await SeriesReader.open(folder)).last()).toHaveLength(1);
    rmSync(join(folder, second));
    expect((await failureOf(SeriesReader.open(folder))).message).toContain(`${second} is missing before it`);
  });
});

describe("a query of a series", () => {
  it("gives at most so many ranges of steps, in order, that hold every point and its least and greatest", async () => {
    const sizes = [1, 2, 7, 100, 255, 256, 257, 1000, 5000];
    for (const size of sizes) {
      const calls = range(Math.ceil(size / 900)).map((at) =>
        range(900)
          .map((of) => at * 900 + of)
          .filter((step) => step < size)
          .map((step) => point(step, noise(step))),
      );
      const folder = await recordOf(calls);
      await keepMetricIndex(folder);
      const reader = await SeriesReader.open(folder);
      for (const buckets of [1, 3, 10, 1000, 100_000]) {
        const found = reader.query({ ...asked, buckets });
        expect(found.length).toBeLessThanOrEqual(buckets);
        expect(total(found)).toBe(size);
        for (const [at, { fromStep, toStep, min, max, points }] of found.entries()) {
          expect(fromStep).toBe(at === 0 ? 0 : (found[at - 1]?.toStep ?? -9) + 1);
          expect(toStep - fromStep + 1).toBe(points);
          const values = range(points).map((of) => noise(fromStep + of));
          expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
        }
      }
    }
  });

  it("leaves NaN out of least and greatest, and says NaN where nothing else is", async () => {
    const values = [Number.NaN, 2, Number.NaN, Number.NaN, -1, Number.NaN];
    const folder = await recordOf([values.map((value, step) => point(step, value))]);
    const reader = await SeriesReader.open(folder);
    expect(reader.query({ ...asked, buckets: 3 })).toEqual([
      { fromStep: 0, toStep: 1, points: 2, min: 2, max: 2 },
      { fromStep: 2, toStep: 3, points: 2, min: Number.NaN, max: Number.NaN },
      { fromStep: 4, toStep: 5, points: 2, min: -1, max: -1 },
    ]);
  });

  it("is in the order of steps however they were recorded", async () => {
    const order = [8, 2, 5, 0, 9, 1];
    const folder = await recordOf([order.map((step) => point(step, step * 10))]);
    await keepMetricIndex(folder);
    const reader = await SeriesReader.open(folder);
    expect(
      reader
        .query({ ...asked, buckets: 3 })
        .map(({ fromStep, toStep, min, max }) => [fromStep, toStep, min, max]),
    ).toEqual([
      [0, 1, 0, 10],
      [2, 5, 20, 50],
      [8, 9, 80, 90],
    ]);
  });

  it("of what is not there is empty, and so is one for no bucket", async () => {
    const reader = await SeriesReader.open(await recordOf([[point(0, 1)]]));
    expect(reader.query({ stage: "shared", name: "lost", buckets: 5 })).toEqual([]);
    expect(reader.query({ stage: "other", name: "loss", buckets: 5 })).toEqual([]);
    expect(reader.query({ ...asked, buckets: 0 })).toEqual([]);
  });

  it("says the same of a record whatever its segments and calls were", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 200, max: 3000 }),
        fc.integer({ min: 1, max: 20 }),
        async (values, each, segmentBytes, buckets) => {
          const points = values.map((value, step) => point(step, value));
          const calls = range(Math.ceil(points.length / each)).map((at) =>
            points.slice(at * each, (at + 1) * each),
          );
          const one = await SeriesReader.open(await recordOf(calls, { segmentBytes }));
          const other = await SeriesReader.open(await recordOf([points]));
          expect(one.query({ ...asked, buckets })).toEqual(other.query({ ...asked, buckets }));
          expect(one.last()).toEqual(other.last());
        },
      ),
      { seed: 20261129, numRuns: 15 },
    );
  });
});

describe("a long series", () => {
  /** One series of many points, recorded in few calls. */
  const long = async (count: number): Promise<string> => {
    const folder = await recordOf([range(count).map((step) => point(step, noise(step)))], {
      segmentBytes: 200_000,
    });
    await keepMetricIndex(folder);
    return folder;
  };

  it("is answered from its summaries: borders between blocks of 256 points, least and greatest exact", async () => {
    const count = 40_000;
    const reader = await SeriesReader.open(await long(count));
    const found = reader.query({ ...asked, buckets: 20 });
    expect(found).toHaveLength(20);
    expect(total(found)).toBe(count);
    for (const [at, { fromStep, toStep, min, max, points }] of found.entries()) {
      expect(fromStep).toBe(at === 0 ? 0 : (found[at - 1]?.toStep ?? -9) + 1);
      expect(toStep - fromStep + 1).toBe(points);
      const values = range(points).map((of) => noise(fromStep + of));
      expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
    }
    const sizes = found.slice(0, -1).map(({ points }) => points);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(512);
  });

  it("has the same least and greatest over all however many buckets are asked for", async () => {
    const reader = await SeriesReader.open(await long(12_345));
    const ends = [1, 7, 23, 24, 48, 49, 1000].map((buckets) => {
      const found = reader.query({ ...asked, buckets });
      return [
        Math.min(...found.map(({ min }) => min)),
        Math.max(...found.map(({ max }) => max)),
        total(found),
        found.at(-1)?.toStep,
      ];
    });
    for (const end of ends) expect(end).toEqual(ends[0]);
    expect(ends[0]?.slice(2)).toEqual([12_345, 12_344]);
  });
});
