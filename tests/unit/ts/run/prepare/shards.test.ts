import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { casesOf, type Dataset, openDataset } from "../../../../../ts/data/dataset/index.ts";
import { openShard } from "../../../../../ts/data/index.ts";
import { writePhantomDataset, writeSliceDataset } from "../../../../../ts/data/phantom/index.ts";
import { defaultSpaceWait, type IoContext, SpaceWaiter } from "../../../../../ts/files/index.ts";
import { contractDigest, preprocessConfig } from "../../../../../ts/run/prepare/contract.ts";
import { type CacheJob, cacheCases, cachedRow } from "../../../../../ts/run/prepare/shards.ts";
import type { RunProgress } from "../../../../../ts/run/progress.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";

const resolved = resolvedWith();
let volumes: Dataset;
let slices: Dataset;

beforeAll(async () => {
  const folder = freshFolder();
  await writePhantomDataset(join(folder, "volumes"), {
    seed: 2,
    volumes: { train: 3, validation: 0, test: 1 },
    sizeDHW: [16, 24, 24],
  });
  await writeSliceDataset(join(folder, "slices"), {
    seed: 2,
    slices: { train: 4, validation: 0 },
    sizeHW: [24, 24],
    patchSize: 6,
  });
  volumes = await openDataset(join(folder, "volumes"));
  slices = await openDataset(join(folder, "slices"));
});

function jobOf(cacheDir: string, change: Partial<CacheJob> = {}) {
  const progress: RunProgress[] = [];
  const job: CacheJob = {
    dataset: volumes,
    cases: casesOf(volumes, "train"),
    config: preprocessConfig(resolved),
    preprocessDigest: contractDigest(resolved),
    cacheDir,
    huGate: "refuse",
    phase: "read volumes",
    signal: new AbortController().signal,
    onProgress: (event) => {
      progress.push(event);
    },
    space: new SpaceWaiter(defaultSpaceWait, () => undefined),
    ...change,
  };
  return { job, progress };
}

const single = { ...preprocessConfig(resolved), sizeDHW: [1, 24, 24] as const };

describe("cacheCases", () => {
  it("gives every case a row of one file, its digest and its receipt", async () => {
    const cacheDir = join(freshFolder(), "cache");
    const { job, progress } = jobOf(cacheDir);
    const rows = await cacheCases(job);
    expect([...rows.keys()]).toEqual(job.cases.map(({ row }) => row.case));
    expect([...rows.values()].map(({ row }) => row)).toEqual([0, 1, 2]);
    expect(new Set([...rows.values()].map(({ volumeId }) => volumeId)).size).toBe(3);
    const regions = [...rows.values()].map(({ tensor }) => (tensor.kind === "region" ? tensor.region : null));
    expect(new Set(regions.map((region) => JSON.stringify(region))).size).toBe(1);
    const [region] = regions;
    expect(region).toMatchObject({ root: "cache", offsetBytes: 0, generation: 0 });
    expect(statSync(join(cacheDir, region?.path ?? "")).size).toBe(region?.lengthBytes);
    expect([...rows.values()].every(({ receipt }) => receipt.format === "nifti")).toBe(true);
    expect(progress).toEqual([{ kind: "phase", phase: "read volumes", done: 3, total: 3 }]);
  });

  it("opens what is there: a second start makes no file anew and gives the same", async () => {
    const cacheDir = join(freshFolder(), "cache");
    const first = await cacheCases(jobOf(cacheDir).job);
    const stamps = (): readonly (readonly [string, number])[] =>
      readdirSync(cacheDir)
        .sort()
        .map((name) => [name, statSync(join(cacheDir, name)).mtimeMs] as const);
    const before = stamps();
    expect(await cacheCases(jobOf(cacheDir).job)).toEqual(first);
    expect(stamps()).toEqual(before);
  });

  it("builds a damaged shard again and says so", async () => {
    const cacheDir = join(freshFolder(), "cache");
    const first = await cacheCases(jobOf(cacheDir).job);
    const name = readdirSync(cacheDir).find((entry) => entry.endsWith(".arrow")) ?? "";
    const bytes = readFileSync(join(cacheDir, name));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    writeFileSync(join(cacheDir, name), bytes);
    const { job, progress } = jobOf(cacheDir);
    expect(await cacheCases(job)).toEqual(first);
    expect(progress[0]).toEqual({
      kind: "notice",
      text: expect.stringMatching(
        /^cache shard [0-9a-f]{12} is damaged \(its checksum differs\) and is built again$/,
      ) as string,
    });
  });

  it("gives slices a row each, with patch labels where the data has them", async () => {
    const cacheDir = join(freshFolder(), "cache");
    const { job } = jobOf(cacheDir, {
      dataset: slices,
      cases: casesOf(slices, "train"),
      config: single,
      huGate: "record",
      phase: "read slices",
    });
    const rows = await cacheCases(job);
    expect(rows.size).toBe(4);
    expect([...rows.values()].every(({ hasPatchLabels }) => hasPatchLabels)).toBe(true);
  });

  it("names the case whose scan cannot be read", async () => {
    const [first] = casesOf(volumes, "train");
    if (first === undefined) throw new RangeError("no cases");
    const gone = { ...first, row: { ...first.row, path: "volumes/gone.nii" } };
    const failure = await caught(() =>
      cacheCases(jobOf(join(freshFolder(), "cache"), { cases: [gone] }).job),
    );
    expect(failure.code).toBe("PATH_NOT_FOUND");
    expect(failure.what).toContain("gone.nii");
  });

  it("waits where the disk is full by what it was given for that, with the bytes that are needed", async () => {
    const asked: IoContext[] = [];
    const cacheDir = join(freshFolder(), "cache");
    const space = new SpaceWaiter(defaultSpaceWait, () => undefined);
    space.whenThereIsSpace = async (context, write) => {
      asked.push(context);
      return await write();
    };
    await cacheCases(jobOf(cacheDir, { space }).job);
    expect(asked.length).toBeGreaterThan(0);
    expect(Math.max(...asked.map(({ neededBytes = 0 }) => neededBytes))).toBeGreaterThan(
      3 * 16 * 24 * 24 * 2,
    );
  });

  it("makes nothing when it is stopped", async () => {
    const cacheDir = join(freshFolder(), "cache");
    const failure = await caught(() => cacheCases(jobOf(cacheDir, { signal: AbortSignal.abort() }).job));
    expect(failure.code).toBe("CANCELLED");
    expect(existsSync(cacheDir)).toBe(false);
  });
});

describe("cachedRow", () => {
  it("tells the path below the cache's root, and takes a row that is not there for a bug of ours", async () => {
    const cacheDir = join(freshFolder(), "cache");
    const [first] = casesOf(volumes, "train");
    const shard = await openShard({
      folder: cacheDir,
      cases: [{ path: join(volumes.folder, first?.row.path ?? "") }],
      config: preprocessConfig(resolved),
      preprocessDigest: contractDigest(resolved),
    });
    const { tensor } = cachedRow({ shard, cacheDir, row: 0 });
    expect(tensor.kind === "region" ? join(cacheDir, tensor.region.path) : "").toBe(shard.path);
    const failure = await caught(() => cachedRow({ shard, cacheDir, row: 1 }));
    expect([failure.code, failure.what]).toEqual(["INTERNAL", "a shard of 1 rows has no row 1"]);
    rmSync(cacheDir, { recursive: true });
  });
});
