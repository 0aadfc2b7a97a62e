// The cache of prepared volumes under real runs and real faults: equal numbers whatever lies in it, kills and a full disk
// in the middle of a build, two who build at once, rows that are removed under a project.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CliOptions, type CliResult, repository, startTomoe, tomoe } from "../support/cli.ts";
import { layScans } from "../support/layouts/scans.ts";
import { cleanFolder, writeRows } from "../support/own-folder.ts";
import { numbersOf, type RunNumbers } from "../support/run-numbers.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { documentOf } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

const root = temporaryFolder();
const recipe = join(repository, "tests/fixtures/recipes/layout.ts");
const grid = ["--size", "8,24,24", "--window", "-1000,1000"];

/** Scans that were written long ago: what was written a moment ago is digested again. */
function aged(folder: string): string {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    utimesSync(join(folder, name), 1000, 1000);
  return folder;
}

/** So many patients with a scan and a report each. */
async function cohort(folder: string, patients: number): Promise<string> {
  const names = Array.from({ length: patients }, (_, at) => `scans/${at}.nii.gz`);
  await layScans(folder, names);
  writeRows(folder, "rows.csv", [
    "case,patient,image,split,report",
    ...names.map(
      (path, at) => `c${at},p${at},${path},${at % 2 === 0 ? "train" : "test"},Report number ${at}.`,
    ),
  ]);
  return aged(folder);
}

/** Bytes of every row, by its name. */
function rowsIn(cache: string): ReadonlyMap<string, Buffer> {
  const folder = join(cache, "rows");
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const rows = names.filter((name) => name.endsWith(".arrow")).sort();
  return new Map(rows.map((name) => [name, readFileSync(join(folder, name))]));
}
const halves = (cache: string): readonly string[] =>
  readdirSync(join(cache, "rows"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".tmp"),
  );

const inCache = (cache: string, cwd = root): CliOptions => ({
  cwd,
  env: { TOMOE_CACHE: cache, TOMOE_E2E: cwd },
});

function failureOf({ stdout, stderr }: CliResult): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  try {
    return (JSON.parse(stdout) as { readonly error: { code: string; message: string; hint: string } }).error;
  } catch {
    throw new Error(`no failure document:\n${stdout}\n${stderr}`);
  }
}

describe("a run on scans of one's own", () => {
  const folder = mkdtempSync(join(root, "runs-"));
  let words: readonly string[] = [];
  let without: RunNumbers;
  const run = async (cache: string, ...more: readonly string[]) => {
    const result = await tomoe([...words, ...more, "--json"], inCache(cache, folder));
    if (result.code !== 0) throw new Error(`${result.code}: ${result.stderr}\n${result.stdout}`);
    return { numbers: await numbersOf(documentOf(result.stdout).dir), stderr: result.stderr };
  };
  beforeAll(async () => {
    const path = aged(await cleanFolder(join(folder, "own")));
    const window = { low: -1000, high: 1000 };
    const data = { kind: "layout", layout: "table", path, sizeDHW: [8, 24, 24], windowHu: window };
    const set = [`data=${JSON.stringify(data)}`, 'evaluation.split="test"'];
    words = ["run", recipe, ...set.flatMap((one) => ["--set", one])];
    without = (await run("off")).numbers;
  });

  it("comes to the same numbers with an empty cache, a full one, and beside one that it is told to leave alone", async () => {
    const cache = join(folder, "cache");
    expect((await run(cache, "--no-cache")).numbers).toEqual(without);
    expect(rowsIn(cache).size).toBe(0);
    expect((await run(cache)).numbers).toEqual(without);
    const filled = rowsIn(cache);
    expect(filled.size).toBe(4);
    expect((await run(cache)).numbers).toEqual(without);
    expect(rowsIn(cache)).toEqual(filled);
  });

  it("reads what was built ahead of it", async () => {
    const cache = join(folder, "ahead");
    const set = words.slice(2);
    const built = await tomoe(["data", "build", recipe, ...set, "--json"], inCache(cache, folder));
    expect(JSON.parse(built.stdout)).toMatchObject({ ok: true, rows: { total: 4, built: 4 } });
    const rows = rowsIn(cache);
    expect((await run(cache)).numbers).toEqual(without);
    expect(rowsIn(cache)).toEqual(rows);
  });

  it("is not led astray by a bit that the disk turns without a trace: the worker finds it, and all goes on", async () => {
    const cache = join(folder, "cache");
    for (const name of rowsIn(cache).keys()) utimesSync(join(cache, "rows", name), 1000, 1000);
    // Compared whole once more, and known from then on.
    await run(cache);
    const whole = rowsIn(cache);
    for (const [name, bytes] of whole) {
      const path = join(cache, "rows", name);
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(2000) ^ 1, 2000);
      writeFileSync(path, other);
      utimesSync(path, 1000, 1000);
    }
    const { numbers, stderr } = await run(cache);
    expect(numbers).toEqual(without);
    expect(stderr).toContain("4 rows of the cache were built again, going on");
    expect(rowsIn(cache)).toEqual(whole);
  });

  it("is told of rows that were cut off, and builds them again before its first step", async () => {
    const cache = join(folder, "cut");
    cpSync(join(folder, "cache"), cache, { recursive: true });
    const whole = rowsIn(cache);
    const [name = ""] = whole.keys();
    writeFileSync(join(cache, "rows", name), (whole.get(name) ?? Buffer.alloc(0)).subarray(0, 999));
    const { numbers, stderr } = await run(cache);
    expect(numbers).toEqual(without);
    expect(stderr).toMatch(
      /row [0-9a-f]{12} of the cache is damaged \(its end is missing\) and is built again/,
    );
    expect(rowsIn(cache)).toEqual(whole);
  });
});

describe("tomoe data build", () => {
  let path = "";
  let whole: ReadonlyMap<string, Buffer>;
  const build = (source: string, ...more: readonly string[]) => [
    "data",
    "build",
    source,
    ...grid,
    ...more,
    "--json",
  ];
  beforeAll(async () => {
    path = await cohort(join(root, "cohort"), 40);
    const cache = join(root, "undisturbed");
    const result = await tomoe(build(path), inCache(cache));
    expect(JSON.parse(result.stdout)).toMatchObject({ rows: { total: 40, built: 40 } });
    whole = rowsIn(cache);
  });

  it.each([1, 2])(
    "killed again and again with %d threads comes to the same rows, and to no other file",
    async (jobs) => {
      const cache = join(root, `killed-${jobs}`);
      let before = 0;
      for (let round = 0; round < 4; round += 1) {
        const call = startTomoe(build(path, "--jobs", String(jobs)), inCache(cache));
        await until(() => rowsIn(cache).size > before || call.child.exitCode !== null);
        await sleep(20 * round);
        call.child.kill("SIGKILL");
        await call.done;
        const rows = rowsIn(cache);
        for (const [name, bytes] of rows) expect(bytes.equals(whole.get(name) ?? Buffer.alloc(0))).toBe(true);
        expect(rows.size).toBeGreaterThanOrEqual(before);
        before = rows.size;
      }
      const ended = await tomoe(build(path, "--jobs", String(jobs)), inCache(cache));
      expect(JSON.parse(ended.stdout)).toMatchObject({
        rows: { total: 40, reused: before, built: 40 - before },
      });
      expect(rowsIn(cache)).toEqual(whole);
      // What a killed write left half is swept once nobody can be writing it.
      for (const name of halves(cache)) utimesSync(join(cache, "rows", name), 1000, 1000);
      const swept = await tomoe(["data", "gc", "--json"], inCache(cache));
      expect(JSON.parse(swept.stdout)).toMatchObject({ rows: { total: 40, removed: 0 } });
      expect(halves(cache)).toEqual([]);
    },
  );

  it("stopped by Ctrl-C says so, and the same command goes on", async () => {
    const cache = join(root, "stopped");
    const call = startTomoe(build(path, "--jobs", "1"), inCache(cache));
    await until(() => rowsIn(cache).size > 2 || call.child.exitCode !== null);
    call.child.kill("SIGINT");
    const stopped = await call.done;
    expect([stopped.code, failureOf(stopped).code]).toEqual([130, "CANCELLED"]);
    const there = rowsIn(cache).size;
    const ended = await tomoe(build(path), inCache(cache));
    expect(JSON.parse(ended.stdout)).toMatchObject({ rows: { reused: there, built: 40 - there } });
  });

  it("of the same by two at once is done by one, and named by the other", async () => {
    const cache = join(root, "twice");
    const first = startTomoe(build(path, "--jobs", "1"), inCache(cache));
    await until(() => rowsIn(cache).size > 0 || first.child.exitCode !== null);
    const second = await tomoe(build(path), inCache(cache));
    const { code, message } = failureOf(second);
    expect([second.code, code, message.includes(String(first.child.pid))]).toEqual([77, "LOCKED", true]);
    // Nothing is removed under it either.
    const gc = await tomoe(["data", "gc", "--json"], inCache(cache));
    expect([gc.code, failureOf(gc).code]).toEqual([77, "LOCKED"]);
    expect((await first.done).code).toBe(0);
    expect(rowsIn(cache)).toEqual(whole);
  });

  it("of other grids at once shares nothing but the folder", async () => {
    const cache = join(root, "grids");
    const other = ["data", "build", path, "--size", "8,20,20", "--window", "-1000,1000", "--json"];
    const both = await Promise.all([tomoe(build(path), inCache(cache)), tomoe(other, inCache(cache))]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(rowsIn(cache).size).toBe(80);
    for (const [name, bytes] of whole) expect(rowsIn(cache).get(name)?.equals(bytes)).toBe(true);
  });

  const diskless = noSmallDisk();
  if (diskless !== undefined) console.warn(`skipped: ${diskless}`);
  const withDisk = diskless === undefined ? it : it.skip;

  withDisk("on a full disk waits, says how much is needed, and goes on once there is space", async () => {
    const above = join(root, "full");
    mkdirSync(above);
    const disk = await smallDisk(above, 8);
    try {
      const options = { ...inCache(join(disk.folder, "cache")), under: disk.under };
      const cache = join(disk.seen, "cache");
      const call = startTomoe(build(path, "--jobs", "1"), options);
      await until(() => rowsIn(cache).size > 2 || call.child.exitCode !== null);
      disk.fill();
      await call.line(/the disk is full: paused, needs \d+ bytes/);
      disk.free();
      const ended = await call.done;
      expect(ended.code).toBe(0);
      expect(rowsIn(cache)).toEqual(whole);
    } finally {
      disk.close();
    }
  });

  withDisk(
    "on a disk that turned read-only ends with what was made, and goes on when it is mended",
    async () => {
      const above = join(root, "read-only");
      mkdirSync(above);
      const disk = await smallDisk(above, 8);
      try {
        const options = { ...inCache(join(disk.folder, "cache")), under: disk.under };
        const cache = join(disk.seen, "cache");
        const call = startTomoe(build(path, "--jobs", "1"), options);
        await until(() => rowsIn(cache).size > 2 || call.child.exitCode !== null);
        // Busy while a row is open for writing: between two of them it turns.
        let turned = false;
        await until(() => {
          turned ||= disk.remount("ro");
          return turned || call.child.exitCode !== null;
        });
        const ended = await call.done;
        disk.remount("rw");
        expect(turned ? [74, 77] : [0]).toContain(ended.code);
        const again = await tomoe(build(path), options);
        expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, rows: { total: 40, refused: 0 } });
        expect(rowsIn(cache)).toEqual(whole);
      } finally {
        disk.close();
      }
    },
  );
});
