import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SpaceWaiter } from "../../files/index.ts";
import { keepMetricIndex, MetricLog } from "../../track/index.ts";
import { type MetricRecord, SeriesReader } from "../../track/read/index.ts";
import { type BenchRow, median, type Target } from "../rows.ts";

/** What is recorded and asked. */
export interface TrackerSize {
  readonly points: number;
  readonly series: number;
  /** Points of one call, on the disk before the next. */
  readonly batch: number;
  readonly buckets: number;
  readonly rounds: number;
}

const usual: TrackerSize = { points: 1_000_000, series: 10, batch: 50_000, buckets: 1000, rounds: 5 };
/** What has to be reached: a million points a second, 50 bytes a point, an answer within 5 ms. */
const floors = { pointsASecond: 1_000_000, bytesAPoint: 50, queryMs: 5 } as const;
const targets: readonly Target[] = [
  { against: "peer", atLeast: 1 },
  { against: "floor", atLeast: 1 },
];

/** Batches of points with values of full precision, step by step. */
export function batchesOf({ points, series, batch }: TrackerSize): readonly MetricRecord[][] {
  const names = Array.from({ length: series }, (_, at) => `loss.${at}`);
  const all = Array.from({ length: points }, (_, at): MetricRecord => {
    const step = Math.floor(at / series);
    const value = Math.sin(at * 12.9898) * 43_758.5453;
    return { stage: "shared", step, name: names[at % series] ?? "", value, wallSeconds: step * 0.0123 };
  });
  return Array.from({ length: Math.ceil(points / batch) }, (_, at) =>
    all.slice(at * batch, (at + 1) * batch),
  );
}

async function clocked(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function record(folder: string, batches: readonly MetricRecord[][]): Promise<number> {
  const space = new SpaceWaiter({ timeoutMs: 1000, pollMs: 100 }, () => undefined);
  const guard = async (): Promise<void> => undefined;
  const log = await MetricLog.open({ folder, guard, notice: () => undefined, space }, () => 1);
  const took = await clocked(async () => {
    for (const batch of batches) await log.append(batch);
  });
  await log.close();
  return took;
}

/** The rival: a table in SQLite, a transaction a batch, flushed before it is acknowledged. */
async function sqlite(
  path: string,
  batches: readonly MetricRecord[][],
): Promise<readonly [DatabaseSync, number]> {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const key = "PRIMARY KEY (stage, name, step)) WITHOUT ROWID";
  database.exec(`CREATE TABLE metrics (stage TEXT, name TEXT, step INTEGER, value REAL, wall REAL, ${key}`);
  const insert = database.prepare("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)");
  const took = await clocked(() => {
    for (const batch of batches) {
      database.exec("BEGIN");
      for (const one of batch) insert.run(one.stage, one.name, one.step, one.value, one.wallSeconds);
      database.exec("COMMIT");
    }
  });
  return [database, took];
}

/** The rival's question: least and greatest of ranges of so many steps. A bound number would be no whole one. */
export function rangesOf(database: DatabaseSync, width: number): () => readonly object[] {
  const columns = "min(step) AS fromStep, min(value) AS min, max(value) AS max";
  const of = "stage = 'shared' AND name = 'loss.0'";
  const query = database.prepare(`SELECT ${columns} FROM metrics WHERE ${of} GROUP BY step / ${width}`);
  return () => query.all();
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tomoe-tracker-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Note = (line: string) => void;

/**
 * Records a million points, in turns with SQLite. The floor is the time that a million points a second take; a record
 * of more than 50 bytes a point, its index counted, misses it.
 */
export async function benchTrackerIngest(
  note: Note,
  size: TrackerSize = usual,
): Promise<readonly BenchRow[]> {
  const batches = batchesOf(size);
  const ours: number[] = [],
    cpu: number[] = [],
    peer: number[] = [];
  let bytesAPoint = 0;
  for (let round = 1; round <= size.rounds; round += 1) {
    await inFolder(async (folder) => {
      const metrics = join(folder, "metrics");
      const before = process.cpuUsage();
      ours.push(await record(metrics, batches));
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000);
      await keepMetricIndex(metrics);
      bytesAPoint = (await bytesIn(metrics)) / size.points;
      const [database, took] = await sqlite(join(folder, "metrics.db"), batches);
      database.close();
      peer.push(took);
    });
    note(`tracker.ingest: round ${round} of ${size.rounds}`);
  }
  const budgetMs = (size.points / floors.pointsASecond) * 1000;
  const row = {
    name: "tracker.ingest",
    what: `${size.points} points, ${size.series} series, batches of ${size.batch}, flushed`,
    oursMs: median(ours),
    peerMs: median(peer),
    // A target against what is not there is missed.
    floorMs: bytesAPoint <= floors.bytesAPoint ? budgetMs : null,
    targets,
    details: { bytesAPoint, oursCpuMs: median(cpu), oursRoundsMs: ours, peerRoundsMs: peer },
  };
  return [row];
}

/**
 * Asks one series of a million points for a thousand buckets, in turns with SQLite; the floor is 5 ms. How long the
 * record takes to open with its index and without is in the details.
 */
export async function benchTrackerQuery(
  note: Note,
  size: TrackerSize = { ...usual, series: 1, rounds: 15 },
): Promise<readonly BenchRow[]> {
  const batches = batchesOf(size);
  return await inFolder(async (folder) => {
    const metrics = join(folder, "metrics");
    await record(metrics, batches);
    const openWithoutIndexMs = await clocked(() => SeriesReader.open(metrics));
    await keepMetricIndex(metrics);
    const openMs = await clocked(() => SeriesReader.open(metrics));
    const reader = await SeriesReader.open(metrics);
    const [database] = await sqlite(join(folder, "metrics.db"), batches);
    const ask = rangesOf(database, Math.ceil(size.points / size.series / size.buckets));
    const query = () => reader.query({ stage: "shared", name: "loss.0", buckets: size.buckets });
    const ours: number[] = [],
      peer: number[] = [];
    for (let round = 0; round < size.rounds; round += 1) {
      ours.push(await clocked(query));
      peer.push(await clocked(ask));
    }
    database.close();
    note(`tracker.query: ${size.rounds} rounds`);
    const row = {
      name: "tracker.query",
      what: `${size.points} points to ${size.buckets} buckets`,
      oursMs: median(ours),
      peerMs: median(peer),
      floorMs: floors.queryMs,
      targets,
      details: {
        buckets: query().length,
        openMs,
        openWithoutIndexMs,
        oursRoundsMs: ours,
        peerRoundsMs: peer,
      },
    };
    return [row];
  });
}
