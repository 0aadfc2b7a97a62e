import { DatabaseSync } from "node:sqlite";
import { missedTargets } from "../../../../../ts/bench/index.ts";
import {
  batchesOf,
  benchTrackerIngest,
  benchTrackerQuery,
  rangesOf,
  type TrackerSize,
} from "../../../../../ts/bench/tracker/tracker.ts";

const small: TrackerSize = { points: 2000, series: 5, batch: 700, buckets: 40, rounds: 3 };
const quiet = (): void => undefined;

describe("what the tracker is given", () => {
  it("is so many points of so many series in batches, step by step, each point once", () => {
    const batches = batchesOf(small);
    expect(batches.map(({ length }) => length)).toEqual([700, 700, 600]);
    const all = batches.flat();
    expect(new Set(all.map(({ name }) => name)).size).toBe(5);
    expect(new Set(all.map(({ step, name }) => `${step} ${name}`)).size).toBe(2000);
    expect(all.map(({ step }) => step)).toEqual(all.map((_, at) => Math.floor(at / 5)));
    expect(all.filter(({ value }) => String(value).length > 12).length).toBeGreaterThan(1500);
  });

  it("is the same each time", () => {
    expect(batchesOf(small)).toEqual(batchesOf(small));
  });
});

describe("tracker.ingest", () => {
  it("measures ours and SQLite in turns against a million points a second, with the bytes of a point", async () => {
    const told: string[] = [];
    const [row, ...others] = await benchTrackerIngest((line) => told.push(line), small);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      name: "tracker.ingest",
      what: "2000 points, 5 series, batches of 700, flushed",
      floorMs: 2,
      targets: [{ against: "peer" }, { against: "floor" }],
    });
    expect(row?.details.oursRoundsMs).toHaveLength(3);
    expect(row?.details.peerRoundsMs).toHaveLength(3);
    expect(row?.details.bytesAPoint).toBeGreaterThan(20);
    expect(row?.details.bytesAPoint).toBeLessThan(50);
    expect(told).toEqual([1, 2, 3].map((round) => `tracker.ingest: round ${round} of 3`));
  });

  it("misses its floor where a point takes more than 50 bytes", async () => {
    // A call for each point: every one has a line of its own.
    const [row] = await benchTrackerIngest(quiet, { ...small, points: 60, batch: 1, rounds: 1 });
    expect(row?.details.bytesAPoint).toBeGreaterThan(50);
    expect(row?.floorMs).toBeNull();
    expect(row && missedTargets(row).map(({ against }) => against)).toContain("floor");
  });
});

describe("tracker.query", () => {
  it("measures ours and SQLite in turns against 5 ms, and how long the record takes to open", async () => {
    const [row] = await benchTrackerQuery(quiet, { ...small, series: 1 });
    expect(row).toMatchObject({ name: "tracker.query", what: "2000 points to 40 buckets", floorMs: 5 });
    expect(row?.details.buckets).toBe(40);
    expect(row?.details.oursRoundsMs).toHaveLength(3);
    expect(row?.details.openMs).toBeGreaterThan(0);
    expect(row?.details.openWithoutIndexMs).toBeGreaterThan(0);
  });

  it("asks the rival for the same: least and greatest of ranges of steps", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE metrics (stage TEXT, name TEXT, step INTEGER, value REAL)");
    const insert = database.prepare("INSERT INTO metrics VALUES (?, ?, ?, ?)");
    for (let step = 0; step < 10; step += 1) {
      insert.run("shared", "loss.0", step, step === 4 ? -1 : step);
      insert.run("shared", "loss.1", step, 1000);
    }
    expect(rangesOf(database, 5)().map((row) => ({ ...row }))).toEqual([
      { fromStep: 0, min: -1, max: 3 },
      { fromStep: 5, min: 5, max: 9 },
    ]);
    expect(rangesOf(database, 3)()).toHaveLength(4);
    database.close();
  });
});
