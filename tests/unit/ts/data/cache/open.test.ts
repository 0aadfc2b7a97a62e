import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type OpenedRows, openRows, type RowsWish, rowsFolder } from "../../../../../ts/data/cache/open.ts";
import { openShard } from "../../../../../ts/data/shards/open.ts";
import type { TomoeError } from "../../../../../ts/errors.ts";
import type { VolumeWarning } from "../../../../../ts/schema/volume.ts";
import { decodeTensors } from "../../../../../ts/tensor/index.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { repository } from "../../../../support/cli.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { noSmallDisk, smallDisk } from "../../../../support/small-disk.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { until } from "../../../../support/until.ts";

const root = temporaryFolder();
/** A scan that was written long ago: what was written just now is digested again. */
function put(name: string, bytes: Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, bytes);
  utimesSync(path, 1000, 1000);
  return path;
}
const scans = [1, 2, 3].map((seed) =>
  put(`scan-${seed}.nii`, niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, seed) })),
);
const notHu = put("picture.nii", niftiFile({ dims: [12, 10, 8], values: new Int16Array(960).fill(7) }));
let folders = 0;
const wish = (change: Partial<RowsWish> = {}): RowsWish => ({
  cache: join(root, `cache-${folders++}`),
  cases: scans.map((path, at) => ({ path, id: `c${at}` })),
  config: { sizeDHW: [8, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
  preprocessDigest: "d".repeat(64),
  ...change,
});
const filesOf = (cache: string): readonly string[] =>
  readdirSync(rowsFolder(cache), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".arrow"))
    .sort();
const reused = ({ rows }: OpenedRows) => rows.map((row) => row?.isReused);
/** The path of a row that is known to be whole, written at a whole second. */
async function known(asked: RowsWish, { rows }: OpenedRows, at: number): Promise<string> {
  const path = join(rowsFolder(asked.cache), rows[at]?.path ?? "");
  utimesSync(path, 1000, 1000);
  await openRows(asked);
  return path;
}

/** A disk that turns a bit leaves no trace in the folder. */
function turnABit(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length - 30;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(path, bytes);
  utimesSync(path, 1000, 1000);
}

const voxelsIn = (path: string, lengthBytes: number, row: number): Int16Array => {
  const column = decodeTensors(readFileSync(path).subarray(0, lengthBytes)).find(
    ({ name }) => name === "volume",
  );
  if (column?.dtype !== "int16") throw new Error("no volumes");
  const length = column.data.length / column.rows;
  return column.data.slice(row * length, (row + 1) * length);
};

describe("openRows", () => {
  it("has the voxels, ids and receipts that a shard of the same cases has, to the bit", async () => {
    const asked = wish();
    const { rows } = await openRows(asked);
    const shard = await openShard({ ...asked, folder: join(root, "shards") });
    for (const [at, row] of rows.entries()) {
      if (row === undefined) throw new Error("a row is missing");
      const path = join(rowsFolder(asked.cache), row.path);
      expect(voxelsIn(path, row.lengthBytes, 0)).toEqual(voxelsIn(shard.path, shard.lengthBytes, at));
      expect(row.volumeId).toBe(shard.volumeIds[at]);
      expect(await row.receipt()).toEqual(shard.receipts[at]);
      expect(row.sourceDigest).toBe(shard.receipts[at]?.sourceDigest);
    }
    expect(statSync(asked.cache).mode & 0o777).toBe(0o700);
  });

  it("makes a row once, and reads neither source nor row again", async () => {
    const asked = wish();
    const first = await openRows(asked);
    expect([reused(first), first.digested]).toEqual([[false, false, false], 3]);
    // Bytes that are read would be noticed: they are others, at the same place, of the same size and time.
    turnABit(await known(asked, first, 0));
    const again = await openRows(asked);
    expect([reused(again), again.digested]).toEqual([[true, true, true], 0]);
    expect(again.rows.map((row) => row?.key)).toEqual(first.rows.map((row) => row?.key));
  });

  it("gives one row to equal bytes at other paths, and to recipes that differ in what the worker does alone", async () => {
    const asked = wish();
    const first = await openRows(asked);
    const moved = put("moved.nii", readFileSync(scans[0] ?? ""));
    const other = await openRows({ ...asked, cases: [{ path: moved }], preprocessDigest: "e".repeat(64) });
    expect(reused(other)).toEqual([true]);
    expect(other.rows[0]?.key).toBe(first.rows[0]?.key);
    expect(other.rows[0]?.volumeId).not.toBe(first.rows[0]?.volumeId);
    expect(filesOf(asked.cache)).toHaveLength(3);
  });

  it("makes another row of a scan that is another one under its name, or is asked for otherwise", async () => {
    const asked = wish();
    await openRows(asked);
    const path = put("changing.nii", readFileSync(scans[0] ?? ""));
    const change = { ...asked, cases: [{ path }] };
    expect(reused(await openRows(change))).toEqual([true]);
    put("changing.nii", niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, 9) }));
    // Of the same size and time: the inode tells it.
    renameSync(path, `${path}.old`);
    cpSync(`${path}.old`, path, { preserveTimestamps: true });
    expect(reused(await openRows(change))).toEqual([false]);
    const config = { ...asked.config, windowHu: { low: -500, high: 500 } };
    expect(reused(await openRows({ ...asked, config }))).toEqual([false, false, false]);
  });

  it("believes the digest of no file that was written a moment ago", async () => {
    const path = join(root, "fresh.nii");
    writeFileSync(path, readFileSync(scans[1] ?? ""));
    const asked = wish({ cases: [{ path }] });
    await openRows(asked);
    expect((await openRows(asked)).digested).toBe(1);
    utimesSync(path, 1000, 1000);
    await openRows(asked);
    expect((await openRows(asked)).digested).toBe(0);
  });

  it("reads a scan once for all of its slices, and keeps a row of each", async () => {
    const path = scans[0] ?? "";
    const cases = [2, 0, 5].map((slice) => ({ path, slice }));
    const config = { ...wish().config, sizeDHW: [1, 10, 12] as const };
    const asked = wish({ cases, config });
    const { rows, digested } = await openRows(asked);
    expect([digested, new Set(rows.map((row) => row?.key)).size]).toEqual([1, 3]);
    const shard = await openShard({ ...asked, folder: join(root, "slices") });
    for (const [at, row] of rows.entries())
      expect(voxelsIn(join(rowsFolder(asked.cache), row?.path ?? ""), row?.lengthBytes ?? 0, 0)).toEqual(
        voxelsIn(shard.path, shard.lengthBytes, at),
      );
    expect(reused(await openRows({ ...asked, cases: [...cases, { path, slice: 1 }] }))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it("names nothing of paths and cases, and keeps what it knows of sources under keyed ids", async () => {
    const asked = wish({
      cases: [{ path: put("doe-jane.nii", readFileSync(scans[0] ?? "")), id: "doe-jane" }],
    });
    await openRows(asked);
    const names = readdirSync(asked.cache, { recursive: true, encoding: "utf8" });
    const bytes = names
      .filter((name) => statSync(join(asked.cache, name)).isFile())
      .map((name) => `${name}\n${readFileSync(join(asked.cache, name), "latin1")}`);
    expect(bytes.join("\n")).not.toMatch(/doe|jane|tomoe-test-/);
    expect(readFileSync(join(asked.cache, "memo.txt"), "utf8")).toMatch(
      /^\s*[0-9a-f]{40} [0-9a-f]{64} [0-9a-f]{8}$/m,
    );
  });

  it("goes on where it was stopped, row by row", async () => {
    const controller = new AbortController();
    const asked = wish();
    const stopped = await caught(() =>
      openRows({
        ...asked,
        signal: controller.signal,
        onProgress: (done) => {
          if (done === 2) controller.abort();
        },
      }),
    );
    expect(stopped.code).toBe("CANCELLED");
    expect(filesOf(asked.cache)).toHaveLength(2);
    expect(reused(await openRows(asked))).toEqual([true, true, false]);
  });

  it("tells of a scan that is refused and makes the others; the first refusal ends it where nobody listens", async () => {
    const gone = join(root, "gone.nii");
    const cases = [
      { path: notHu, id: "a" },
      { path: scans[0] ?? "" },
      { path: gone, id: "b" },
      { path: scans[1] ?? "" },
    ];
    const told: [string, readonly number[]][] = [];
    const asked = wish({ cases, onFailure: (error, rows) => told.push([error.code, rows]) });
    const progress: number[] = [];
    const { rows } = await openRows({ ...asked, onProgress: (done) => progress.push(done) });
    expect(told).toEqual([
      ["PATH_NOT_FOUND", [2]],
      ["DATA_NOT_HU", [0]],
    ]);
    expect(rows.map((row) => row !== undefined)).toEqual([false, true, false, true]);
    expect(progress).toEqual([1, 2, 3, 4]);
    const first = await caught(() => openRows(wish({ cases: [{ path: notHu, id: "a" }] })));
    expect([first.code, first.details.case]).toEqual(["DATA_NOT_HU", "a"]);
    const missing = await caught(() => openRows(wish({ cases: [{ path: gone, id: "b" }] })));
    expect([missing.code, missing.details.case]).toEqual(["PATH_NOT_FOUND", "b"]);
  });
});

describe("a row that is not what it was", () => {
  const damage: Readonly<Record<string, (path: string, bytes: Buffer) => void>> = {
    "with a flipped bit": (path, bytes) => {
      bytes.writeUInt8(bytes.readUInt8(700) ^ 4, 700);
      writeFileSync(path, bytes);
    },
    "cut off": (path, bytes) => {
      writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    },
    empty: (path) => {
      writeFileSync(path, "");
    },
  };
  it.each(Object.entries(damage))("%s is told and built again", async (_, spoil) => {
    const warnings: VolumeWarning[] = [];
    const asked = wish({ onWarning: (warning) => warnings.push(warning) });
    const first = await openRows(asked);
    const row = first.rows[1];
    const path = join(rowsFolder(asked.cache), row?.path ?? "");
    const whole = readFileSync(path);
    spoil(path, Buffer.from(whole));
    const again = await openRows(asked);
    expect(reused(again)).toEqual([true, false, true]);
    expect(
      warnings.map(({ code, message }) => [code, message.includes(row?.key.slice(0, 12) ?? "-")]),
    ).toEqual([["SHARD_REBUILT", true]]);
    expect(readFileSync(path)).toEqual(whole);
  });

  it("is made again where it is gone, without a word", async () => {
    const warnings: VolumeWarning[] = [];
    const asked = wish({ onWarning: (warning) => warnings.push(warning) });
    const first = await openRows(asked);
    rmSync(join(rowsFolder(asked.cache), first.rows[2]?.path ?? ""));
    expect(reused(await openRows(asked))).toEqual([true, true, false]);
    expect(warnings).toEqual([]);
    rmSync(join(asked.cache, "memo.txt"));
    expect(reused(await openRows(asked))).toEqual([true, true, true]);
  });

  it("under the same size, time and inode is found by who doubts it, and its receipt is refused", async () => {
    const asked = wish();
    const first = await openRows(asked);
    const path = await known(asked, first, 0);
    const bytes = readFileSync(path);
    turnABit(path);
    expect(reused(await openRows(asked))).toEqual([true, true, true]);
    const damaged = await caught(async () => await first.rows[0]?.receipt());
    expect(damaged.code).toBe("DATA_SHARD_CHECKSUM");
    expect(reused(await openRows({ ...asked, isDoubted: true }))).toEqual([false, true, true]);
    expect(readFileSync(path)).toEqual(bytes);
  });
});

describe("a source that changes under the reader", () => {
  it("is refused, and no row is kept of it", async () => {
    const path = put("growing.nii", readFileSync(scans[0] ?? ""));
    const asked = wish({ cases: [{ path: scans[1] ?? "" }, { path }] });
    const error: TomoeError = await caught(() =>
      openRows({
        ...asked,
        onProgress: (done) => {
          if (done === 1) utimesSync(path, 2000, 2000);
        },
      }),
    );
    expect(error.code).toBe("DATA_TRUNCATED");
    expect(filesOf(asked.cache)).toHaveLength(1);
  });
});

describe("a process that is killed while it fills a cache", () => {
  it("loses the row in work alone, and leaves nothing that is taken for one", async () => {
    const asked = wish({
      cases: Array.from({ length: 40 }, (_, seed) => ({
        path: put(
          `many-${seed}.nii`,
          niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, seed + 20) }),
        ),
      })),
    });
    const script = `import { openRows } from "./ts/data/index.ts"; await openRows(${JSON.stringify(asked)});`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      cwd: repository,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until(() => existsSync(rowsFolder(asked.cache)) && filesOf(asked.cache).length > 3);
    child.kill("SIGKILL");
    await ended;
    const there = filesOf(asked.cache).length;
    const again = await openRows(asked);
    expect(again.rows.filter((row) => row?.isReused).length).toBe(there);
    expect(filesOf(asked.cache)).toHaveLength(40);
    expect(reused(await openRows({ ...asked, isDoubted: true })).every((one) => one)).toBe(true);
  });
});

const diskless = noSmallDisk();
if (diskless !== undefined) console.warn(`skipped: ${diskless}`);
const withDisk = diskless === undefined ? it : it.skip;

describe("a disk that is full while a cache is filled", () => {
  const script = (asked: RowsWish, waits: boolean): string => `
    import { openRows } from "./ts/data/index.ts";
    import { SpaceWaiter } from "./ts/files/index.ts";
    const wait = { timeoutMs: 60_000, pollMs: 20 };
    const space = ${waits} ? new SpaceWaiter(wait, (line) => console.log(line)) : undefined;
    await openRows({ ...${JSON.stringify(asked)}, space }).then(
      ({ rows }) => console.log("made", rows.filter((row) => row !== undefined && !row.isReused).length),
      ({ code }) => console.log("ended", code),
    );`;

  withDisk("ends it with what was made kept, and is waited for where somebody waits", async () => {
    const above = join(root, "disk-above");
    const disk = await smallDisk(above, 4);
    try {
      const asked = wish({ cache: join(disk.folder, "cache") });
      const run = (waits: boolean) =>
        spawn(disk.under[0] ?? "", [
          ...disk.under.slice(1),
          "sh",
          "-c",
          `cd "$1" && exec "$2" --input-type=module -e "$3"`,
          "sh",
          repository,
          process.execPath,
          script(asked, waits),
        ]);
      const said = async (child: ReturnType<typeof run>, hears: (text: string) => void = () => undefined) => {
        let text = "";
        child.stdout.on("data", (piece: Buffer) => {
          text += piece.toString();
          hears(text);
        });
        await new Promise((resolve) => child.once("close", resolve));
        return text;
      };
      // Room for a row or two.
      disk.fill(8192);
      expect(await said(run(false))).toBe("ended DISK_FULL\n");
      const seen = join(disk.seen, "cache", "rows");
      const kept = readdirSync(seen, { recursive: true, encoding: "utf8" });
      expect(kept.filter((name) => name.endsWith(".tmp"))).toEqual([]);
      const there = kept.filter((name) => name.endsWith(".arrow")).length;
      expect([0, 1, 2]).toContain(there);
      const waiting = await said(run(true), (text) => {
        if (text.includes("the disk is full")) disk.free();
      });
      expect(waiting).toContain("there is space again");
      expect(waiting).toContain(`made ${3 - there}\n`);
    } finally {
      disk.close();
    }
  });
});
