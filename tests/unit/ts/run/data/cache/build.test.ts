import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type BuildOf, type BuildOptions, buildRows } from "../../../../../../ts/run/data/cache/build.ts";
import { beginUse, knownUses } from "../../../../../../ts/run/prepare/cache-use.ts";
import { prepareCorpus } from "../../../../../../ts/run/prepare/prepare.ts";
import type { RunProgress } from "../../../../../../ts/run/progress.ts";
import { caught } from "../../../../../support/caught.ts";
import { cleanFolder, faultyFolder } from "../../../../../support/own-folder.ts";
import { noSpace } from "../../eval/parts.ts";
import { experiment, freshFolder, resolvedWith } from "../../fixtures.ts";

const config = { sizeDHW: [16, 24, 24], windowHu: { low: -1000, high: 1000 }, stack: "acquired" } as const;
const { signal } = new AbortController();

/** Scans that were written long ago: what was written a moment ago is digested again. */
function aged(folder: string): string {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    utimesSync(join(folder, name), 1000, 1000);
  return folder;
}
const clean = async (): Promise<string> => aged(await cleanFolder(join(freshFolder(), "own")));
const source = (path: string): BuildOf => ({ kind: "source", path, open: {}, config });
function recipe(path: string, ...more: readonly string[]): BuildOf {
  const data = { kind: "layout", layout: "table", path, ...config };
  const tasks = 'tasks={"closed-vqa":{"metrics":["accuracy"]}}';
  const set = [`data=${JSON.stringify(data)}`, tasks, "model.base.pretrain=[]", ...more];
  return { kind: "recipe", experiment, set, runsDir: freshFolder(), device: "cpu" };
}

function options(of: BuildOf, cache: string, change: Partial<BuildOptions> = {}) {
  const progress: RunProgress[] = [];
  const whole: BuildOptions = {
    of,
    cache,
    lanes: 1,
    signal,
    onProgress: (event) => {
      progress.push(event);
    },
    ...change,
  };
  return { whole, progress };
}
const build = async (of: BuildOf, cache: string) => await buildRows(options(of, cache).whole);

describe("rows that are built of a data set", () => {
  it("are of all of its cases, once: the second call reads no scan", async () => {
    const [path, cache] = [await clean(), freshFolder()];
    const { whole, progress } = options(source(path), cache);
    const first = await buildRows(whole);
    expect(first).toMatchObject({
      ok: true,
      cache,
      rows: { total: 4, built: 4, reused: 0, refused: 0 },
      sources: { digested: 4 },
    });
    expect(first.bytes).toBeGreaterThan(4 * 16 * 24 * 24 * 2);
    expect(progress.at(-1)).toEqual({ kind: "phase", phase: "build volumes", done: 4, total: 4 });
    expect(await build(source(path), cache)).toMatchObject({
      rows: { total: 4, built: 0, reused: 4 },
      sources: { digested: 0 },
      bytes: first.bytes,
    });
    const uses = await knownUses(cache);
    expect(uses.map(({ kind, keys, owner }) => [kind, keys.length, owner])).toEqual([
      ["build", 4, undefined],
    ]);
  });

  it("are all that can be, and then the first scan that is refused is told, with the others", async () => {
    const [path, cache] = [aged(await faultyFolder(join(freshFolder(), "own"))), freshFolder()];
    const { whole, progress } = options(source(path), cache);
    const failure = await caught(() => buildRows(whole));
    expect(failure.exitCode).toBe(65);
    expect(failure.message).toMatch(/case torn: .*, and \d more scans; \d of \d+ rows are built/);
    const { rows, refused } = failure.details as unknown as {
      readonly rows: Readonly<Record<string, number>>;
      readonly refused: readonly { readonly code: string; readonly cases: readonly string[] }[];
    };
    expect(refused.flatMap(({ cases }) => cases).toSorted()).toEqual(["empty", "missing", "torn"]);
    expect(rows.total).toBe((rows.built ?? 0) + (rows.refused ?? 0));
    expect(rows.built).toBeGreaterThan(2);
    const notices = progress.flatMap((event) => (event.kind === "notice" ? [event.text] : []));
    expect(notices[0]).toMatch(
      /^\d+ rows have problems, which tomoe data verify tells; the others are built$/,
    );
    const again = await caught(() => build(source(path), cache));
    expect((again.details as { rows?: object }).rows).toMatchObject({ built: 0, reused: rows.built });
  });

  it("go on where a call was stopped", async () => {
    const [path, cache] = [await clean(), freshFolder()];
    const controller = new AbortController();
    const { whole } = options(source(path), cache, {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === "phase" && event.done === 2) controller.abort();
      },
    });
    expect((await caught(() => buildRows(whole))).code).toBe("CANCELLED");
    expect((await knownUses(cache))[0]?.owner).toBeUndefined();
    expect((await build(source(path), cache)).rows).toMatchObject({ built: 2, reused: 2 });
  });

  it("are built by one process at a time, and refused on a grid that cannot be", async () => {
    const [path, cache] = [await clean(), freshFolder()];
    const both = await Promise.allSettled([build(source(path), cache), build(source(path), cache)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const lost = both.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(lost.reason.code).toBe("LOCKED");
    const flat = { ...config, sizeDHW: [0, 24, 24] as const };
    const wrong = await caught(() => build({ kind: "source", path, open: {}, config: flat }, cache));
    expect(wrong.code).toBe("CONFIG_INVALID");
  });
});

describe("rows that are built of a recipe", () => {
  it("are those that its run reads, of every split that it looks at", async () => {
    const [path, cache] = [await clean(), freshFolder()];
    const of = recipe(path);
    expect((await build(of, cache)).rows).toEqual({ total: 4, built: 4, reused: 0, refused: 0 });
    const set = of.kind === "recipe" ? of.set : [];
    const use = await beginUse({
      folder: cache,
      kind: "run",
      of: "r",
      space: noSpace,
      signal,
      notice: () => undefined,
    });
    const cacheFiles = () => readdirSync(join(cache, "rows"), { recursive: true }).length;
    const before = cacheFiles();
    const corpus = await prepareCorpus({
      resolved: resolvedWith(...set),
      workDir: freshFolder(),
      use,
      signal,
      onProgress: () => undefined,
      space: noSpace,
    });
    await use.release();
    expect(corpus.cached.size).toBe(4);
    expect(cacheFiles()).toBe(before);
    const [built, run] = (await knownUses(cache)).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(run?.keys.toSorted()).toEqual(built?.keys.toSorted());
  });

  it("are shared with the data set alone, on the same grid", async () => {
    const [path, cache] = [await clean(), freshFolder()];
    await build(source(path), cache);
    expect((await build(recipe(path), cache)).rows).toMatchObject({ built: 0, reused: 4 });
  });

  it("are none of phantoms, which is said", async () => {
    const of: BuildOf = { kind: "recipe", experiment, set: [], runsDir: freshFolder(), device: "cpu" };
    const failure = await caught(() => build(of, freshFolder()));
    expect([failure.code, failure.what]).toEqual([
      "USAGE_INVALID",
      "the volumes of small are generated by each run for itself",
    ]);
  });
});
