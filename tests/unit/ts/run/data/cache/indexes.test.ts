import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layoutRows } from "../../../../../../ts/data/sources/index.ts";
import { collectRows } from "../../../../../../ts/run/data/cache/gc.ts";
import { foundIndexes } from "../../../../../../ts/run/data/cache/indexes.ts";
import { caught } from "../../../../../support/caught.ts";
import { age, filesIn } from "../../../../../support/indexed.ts";
import { freshFolder } from "../../fixtures.ts";

const { signal } = new AbortController();
const abandonedMs = 3_600_000;

/** A data set of one's own, opened so that it has an index. */
async function kept(indexes: string, reports: readonly string[]) {
  const path = freshFolder();
  const open = async (): Promise<void> => {
    await layoutRows({
      layout: "table",
      path,
      open: {},
      reportRequest: "Report.",
      ignoresSplits: false,
      keepsLeaks: false,
      isTallied: false,
      index: { folder: indexes, notice: () => undefined },
    });
  };
  const rows = reports.map((report, at) => `c${at},${at}.nii,train,${report}\n`);
  reports.forEach((_, at) => {
    writeFileSync(join(path, `${at}.nii`), "");
  });
  const table = join(path, "t.csv");
  writeFileSync(table, `case,image,split,report\n${rows.join("")}`);
  age(path);
  const before = new Set(existsSync(indexes) ? filesIn(indexes) : []);
  await open();
  const index = filesIn(indexes).find((one) => !before.has(one)) ?? "";
  return { path, table, index, open };
}

const daysAgo = (path: string, days: number): void => {
  const at = Date.now() / 1000 - 86_400 * days;
  utimesSync(path, at, at);
};

describe("indexes of data sets", () => {
  it("stay while an opening would believe them", async () => {
    const indexes = join(freshFolder(), "tables");
    const [one, changed, gone] = [
      await kept(indexes, ["a"]),
      await kept(indexes, ["b", "c"]),
      await kept(indexes, ["d"]),
    ];
    utimesSync(changed.table, 1e9, 1e9);
    rmSync(gone.path, { recursive: true });
    const damaged = await kept(indexes, ["e"]);
    writeFileSync(damaged.index, readFileSync(damaged.index).subarray(0, 200));
    const found = await foundIndexes(indexes, { abandonedMs }, signal);
    expect(found).toHaveLength(4);
    for (const { path, isGone, isIndex, bytes } of found) {
      expect([isIndex, bytes > 0]).toEqual([true, true]);
      expect([path, isGone]).toEqual([path, path !== one.index]);
    }
  });

  it("go once nobody used them for so long, and an opening uses them", async () => {
    const indexes = join(freshFolder(), "tables");
    const [one, other] = [await kept(indexes, ["a"]), await kept(indexes, ["b"])];
    for (const { index } of [one, other]) daysAgo(index, 40);
    await one.open();
    const goneAfter = async (days: number) =>
      (await foundIndexes(indexes, { abandonedMs, unusedMs: 86_400_000 * days }, signal)).flatMap(
        ({ path, isGone }) => (isGone ? [path] : []),
      );
    expect(await goneAfter(30)).toEqual([other.index]);
    expect(await goneAfter(50)).toEqual([]);
  });

  it("are known from what is left of one that was being written", async () => {
    const indexes = join(freshFolder(), "tables");
    mkdirSync(indexes);
    mkdirSync(join(indexes, "folder"));
    const [old, fresh] = [join(indexes, ".a.rows.1.tmp"), join(indexes, ".b.rows.2.tmp")];
    for (const path of [old, fresh]) writeFileSync(path, "half");
    daysAgo(old, 1);
    const found = await foundIndexes(indexes, { abandonedMs }, signal);
    expect(found).toEqual([
      { path: old, isIndex: false, bytes: 4, isGone: true },
      { path: fresh, isIndex: false, bytes: 4, isGone: false },
    ]);
  });

  it("are none where there is no folder of them", async () => {
    expect(await foundIndexes(null, { abandonedMs }, signal)).toEqual([]);
    expect(await foundIndexes(join(freshFolder(), "none"), { abandonedMs }, signal)).toEqual([]);
  });

  it("are removed by who tidies the cache, told with what they free, and stay in a dry run", async () => {
    const folder = freshFolder(),
      indexes = join(folder, "tables");
    const [one, gone] = [await kept(indexes, ["a"]), await kept(indexes, ["b"])];
    rmSync(gone.path, { recursive: true });
    const bytes = readFileSync(gone.index).length;
    const gc = async (change: object = {}) =>
      await collectRows({
        cache: join(folder, "cache"),
        indexes,
        runsDir: join(folder, "runs"),
        evalsDir: join(folder, "evals"),
        dryRun: false,
        signal,
        ...change,
      });
    const asked = await gc({ dryRun: true });
    expect(asked).toMatchObject({
      dryRun: true,
      indexes: { total: 2, removed: 1 },
      bytes,
      rows: { total: 0 },
    });
    expect(filesIn(indexes)).toHaveLength(2);
    expect(await gc()).toEqual({ ...asked, dryRun: false });
    expect(filesIn(indexes)).toEqual([one.index]);
    const { left } = await gc();
    expect(left).toBe(readFileSync(one.index).length);
    daysAgo(one.index, 8);
    expect(await gc({ olderThanDays: 7 })).toMatchObject({ indexes: { total: 1, removed: 1 }, left: 0 });
    expect(filesIn(indexes)).toEqual([]);
  });

  it("are looked at no longer once somebody stops it", async () => {
    const indexes = join(freshFolder(), "tables");
    const many = await kept(
      indexes,
      Array.from({ length: 3 }, (_, at) => `r${at}`),
    );
    const stopped = await caught(() =>
      collectRows({
        cache: join(many.path, "cache"),
        indexes,
        runsDir: "runs",
        evalsDir: "evals",
        dryRun: false,
        olderThanDays: -1,
        signal: AbortSignal.abort(),
      }),
    ).catch((error: unknown) => error);
    expect(String(stopped)).toMatch(/abort|cancel/i);
    expect(existsSync(many.index)).toBe(true);
  });
});
