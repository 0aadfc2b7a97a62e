import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { casesOf, type Dataset, openDataset } from "../../../../../ts/data/dataset/index.ts";
import { openShard } from "../../../../../ts/data/index.ts";
import { writePhantomDataset, writeSliceDataset } from "../../../../../ts/data/phantom/index.ts";
import { defaultSpaceWait, type IoContext, SpaceWaiter } from "../../../../../ts/files/index.ts";
import { beginUse, knownUses } from "../../../../../ts/run/prepare/cache-use.ts";
import { contractDigest, preprocessConfig } from "../../../../../ts/run/prepare/contract.ts";
import {
  type CachedRow,
  type CacheJob,
  cacheCases,
  cachedRow,
} from "../../../../../ts/run/prepare/shards.ts";
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

/** What a worker is told of cached rows. */
const plain = (rows: ReadonlyMap<string, CachedRow>) =>
  [...rows].map(([id, { volumeId, row, sourceDigest, tensor }]) => ({
    id,
    volumeId,
    row,
    sourceDigest,
    tensor,
  }));

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
    for (const row of rows.values())
      expect(await row.receipt()).toMatchObject({ format: "nifti", sourceDigest: row.sourceDigest });
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
    expect(plain(await cacheCases(jobOf(cacheDir).job))).toEqual(plain(first));
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
    expect(plain(await cacheCases(job))).toEqual(plain(first));
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

describe("cacheCases in the cache of the project", () => {
  const shared = async (folder: string, change: Partial<CacheJob> = {}) => {
    const cacheDir = join(freshFolder(), "cache");
    const { job, progress } = jobOf(cacheDir, change);
    const { space, signal } = job;
    const use = await beginUse({ folder, kind: "run", of: cacheDir, space, signal, notice: () => undefined });
    try {
      return { rows: await cacheCases({ ...job, use }), progress, cacheDir };
    } finally {
      await use.release();
    }
  };

  it("gives every case a row of its own, of the same id and receipt as a shard has, and names them as needed", async () => {
    const folder = freshFolder();
    const { rows, progress } = await shared(folder);
    const shards = await cacheCases(jobOf(join(freshFolder(), "cache")).job);
    const ids = (of: typeof rows) =>
      [...of].map(([id, { volumeId, sourceDigest }]) => [id, volumeId, sourceDigest]);
    expect(ids(rows)).toEqual(ids(shards));
    for (const [id, row] of rows) {
      expect(await row.receipt()).toEqual(await shards.get(id)?.receipt());
      const { region } = row.tensor as Extract<CachedRow["tensor"], { readonly kind: "region" }>;
      expect(region.root).toBe("rows");
      expect(statSync(join(folder, "rows", region.path)).size).toBeGreaterThan(region.lengthBytes);
    }
    expect(progress.at(-1)).toEqual({ kind: "phase", phase: "read volumes", done: 3, total: 3 });
    expect((await knownUses(folder)).map(({ keys }) => keys.length)).toEqual([3]);
  });

  it("has them for another run, which keeps no shard of its own", async () => {
    const folder = freshFolder();
    expect([...(await shared(folder)).rows.values()].some(({ isReused }) => isReused)).toBe(false);
    const { rows, cacheDir } = await shared(folder);
    expect([...rows.values()].every(({ isReused }) => isReused)).toBe(true);
    expect(existsSync(cacheDir)).toBe(false);
  });

  it("names all cases that are refused in one error, when the others are made", async () => {
    const folder = freshFolder();
    const cases = casesOf(volumes, "train").map((entry, at) =>
      at === 1 ? entry : { ...entry, row: { ...entry.row, path: `volumes/gone-${at}.nii` } },
    );
    const failure = await caught(() => shared(folder, { cases }));
    expect(failure.code).toBe("PATH_NOT_FOUND");
    expect(failure.what).toMatch(
      /^2 of 3 cases are refused: train-00000, train-00002; the first: case train-00000: /,
    );
    expect(failure.details.refused).toMatchObject([{ cases: ["train-00000"] }, { cases: ["train-00002"] }]);
    const alone = await caught(() => shared(folder, { cases: cases.slice(0, 2) }));
    expect([alone.code, alone.details.case]).toEqual(["PATH_NOT_FOUND", "train-00000"]);
    const { rows } = await shared(folder, { cases: cases.slice(1, 2) });
    expect([...rows.values()].map(({ isReused }) => isReused)).toEqual([true]);
  });
});
