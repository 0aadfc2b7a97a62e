import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lanesOf, makeInLanes, usualLanes } from "../../../../../ts/data/cache/lanes.ts";
import { openRows, type RowsWish, rowsFolder } from "../../../../../ts/data/cache/open.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const fresh = (): string => mkdtempSync(join(root, "cache-"));
const scans = Array.from({ length: 9 }, (_, seed) => {
  const path = join(root, `scan-${seed}.nii`);
  writeFileSync(path, niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, seed + 1) }));
  return path;
});
const wish = (cache: string, change: Partial<RowsWish> = {}): RowsWish => ({
  cache,
  cases: scans.map((path, at) => ({ path, id: `c${at}` })),
  config: { sizeDHW: [8, 10, 12], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
  preprocessDigest: "d".repeat(64),
  ...change,
});
const filesOf = (cache: string): readonly string[] =>
  readdirSync(rowsFolder(cache), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".arrow"))
    .sort();
const bytesOf = (cache: string) => filesOf(cache).map((name) => readFileSync(join(rowsFolder(cache), name)));

describe("cases in lanes", () => {
  const cases = (...names: string[]) => names.map((path) => ({ path }));

  it("are parts of about the same size, in their order", () => {
    const parts = lanesOf(cases("a", "b", "c", "d", "e"), 2);
    expect(parts.map((part) => part.map(({ path }) => path).join(""))).toEqual(["abc", "de"]);
    expect(lanesOf(cases("a", "b"), 5)).toHaveLength(2);
    expect(lanesOf([], 3)).toEqual([]);
    expect(usualLanes).toBeGreaterThanOrEqual(1);
  });

  it("end where a scan does: its slices are read once", () => {
    const parts = lanesOf(cases("a", "a", "a", "a", "b", "c"), 3);
    expect(parts.map((part) => part.map(({ path }) => path).join(""))).toEqual(["aaaa", "bc"]);
  });
});

describe("rows that several threads make", () => {
  it("are those that one makes, to the byte, and every case is told once", async () => {
    const [one, several] = [fresh(), fresh()];
    await openRows(wish(one, { lanes: 1 }));
    const progress: number[] = [];
    const { rows } = await openRows(wish(several, { lanes: 2, onProgress: (done) => progress.push(done) }));
    expect(bytesOf(several)).toEqual(bytesOf(one));
    expect(filesOf(several)).toEqual(filesOf(one));
    expect(rows.map((row) => row?.isReused)).toEqual(scans.map(() => false));
    expect(progress.at(-1)).toBe(9);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it("are told where a scan is refused, as one thread tells it", async () => {
    const flat = join(root, "flat.nii");
    writeFileSync(flat, niftiFile({ dims: [12, 10, 8], values: new Int16Array(960).fill(7) }));
    const cases = [...wish("").cases.slice(0, 8), { path: flat, id: "flat" }];
    const lost: (readonly number[])[] = [];
    const cache = fresh();
    const asked = wish(cache, { cases, lanes: 2, onFailure: (_, rows) => lost.push(rows) });
    expect((await openRows(asked)).rows.map((row) => row !== undefined)).toEqual([
      ...scans.slice(0, 8).map(() => true),
      false,
    ]);
    expect(lost).toEqual([[8]]);
  });

  it("are none where each thread would have too few, and none after a stop", async () => {
    const few = fresh();
    await makeInLanes(wish(few, { cases: wish("").cases.slice(0, 4) }), {
      lanes: 4,
      signal: undefined,
      onProgress: () => undefined,
    });
    expect(readdirSync(few)).toEqual([]);
    const stopped = fresh();
    await makeInLanes(wish(stopped), { lanes: 2, signal: AbortSignal.abort(), onProgress: () => undefined });
    expect(readdirSync(stopped)).toEqual([]);
  });

  it("are whole however many were made when they were stopped, and go on from there", async () => {
    const cache = fresh();
    const controller = new AbortController();
    const stopped = await caught(() =>
      openRows(
        wish(cache, {
          lanes: 2,
          signal: controller.signal,
          onProgress: (done) => {
            if (done >= 3) controller.abort();
          },
        }),
      ),
    );
    expect(stopped.code).toBe("CANCELLED");
    const there = filesOf(cache).length;
    expect(there).toBeGreaterThanOrEqual(3);
    const { rows } = await openRows(wish(cache, { lanes: 2 }));
    expect(rows.filter((row) => row?.isReused).length).toBe(there);
    const checked = await openRows(wish(cache, { isDoubted: true, lanes: 1 }));
    expect(checked.rows.every((row) => row?.isReused)).toBe(true);
  });

  it("leave the slices of one scan to one thread, which reads it once for all of them", async () => {
    const cache = fresh();
    const config = { ...wish("").config, sizeDHW: [1, 10, 12] as const };
    const cases = scans.slice(0, 3).flatMap((path) => [0, 1, 2, 3].map((slice) => ({ path, slice })));
    const several = await openRows(wish(cache, { cases, config, lanes: 3 }));
    const alone = fresh();
    await openRows(wish(alone, { cases, config, lanes: 1 }));
    expect(several.rows.every((row) => row !== undefined)).toBe(true);
    expect(bytesOf(cache)).toEqual(bytesOf(alone));
  });
});
