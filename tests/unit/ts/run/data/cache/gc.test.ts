import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { rowsFolder } from "../../../../../../ts/data/index.ts";
import { collectRows, type GcOptions } from "../../../../../../ts/run/data/cache/gc.ts";
import { beginUse, knownUses, type UseKind } from "../../../../../../ts/run/prepare/cache-use.ts";
import { acquireLock } from "../../../../../../ts/track/index.ts";
import { caught } from "../../../../../support/caught.ts";
import { noSpace } from "../../eval/parts.ts";
import { freshFolder } from "../../fixtures.ts";

const { signal } = new AbortController();
const nothing = (): void => undefined;

/** A project with a cache whose rows are named by letters, 100 bytes each. */
function project(letters: string) {
  const folder = freshFolder();
  const cache = join(folder, "cache"),
    runsDir = join(folder, "runs"),
    evalsDir = join(folder, "evals");
  const key = (letter: string): string => letter.repeat(64);
  const path = (letter: string): string =>
    join(rowsFolder(cache), letter.repeat(2), `${letter.repeat(62)}.arrow`);
  for (const letter of letters) {
    mkdirSync(dirname(path(letter)), { recursive: true });
    writeFileSync(path(letter), Buffer.alloc(100));
  }
  const use = async (kind: UseKind, of: string, rows: string) => {
    const begun = await beginUse({ folder: cache, kind, of, space: noSpace, signal, notice: nothing });
    await begun.note([...rows].map(key));
    return begun;
  };
  /** A run or evaluation that is there, or was there. */
  const needs = async (kind: "run" | "eval", name: string, rows: string, isThere = true): Promise<void> => {
    const dir = join(kind === "run" ? runsDir : evalsDir, name);
    if (isThere) mkdirSync(dir, { recursive: true });
    await (await use(kind, dir, rows)).release();
  };
  const gc = async (change: Partial<GcOptions> = {}) =>
    await collectRows({ cache, indexes: null, runsDir, evalsDir, dryRun: false, signal, ...change });
  const left = (): string => [...letters].filter((letter) => existsSync(path(letter))).join("");
  return { cache, runsDir, use, needs, gc, left, path };
}

/** Says that a use was of so many days ago, or of another project. */
async function change(
  cache: string,
  what: (use: Record<string, unknown>) => void,
  of?: UseKind,
): Promise<void> {
  for (const { dir, kind } of await knownUses(cache)) {
    if (of !== undefined && kind !== of) continue;
    const path = join(dir, "use.json");
    const use = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    what(use);
    writeFileSync(path, JSON.stringify(use));
  }
}
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

describe("collectRows", () => {
  it("removes what no run, evaluation or build needs, and says what does", async () => {
    const { needs, use, gc, left, cache } = project("abcdef");
    await needs("run", "here", "ab");
    await needs("run", "gone", "bc", false);
    await needs("eval", "asked", "d");
    await (await use("build", "of a recipe", "e")).release();
    const document = await gc();
    expect(document).toEqual({
      ok: true,
      dryRun: false,
      cache,
      rows: { total: 6, removed: 2 },
      indexes: { total: 0, removed: 0 },
      needed: { runs: 1, evals: 1, builds: 1, others: 0, working: 0 },
      bytes: 200,
      left: 400,
    });
    expect(left()).toBe("abde");
    // What is forgotten is forgotten for good, and a second call has nothing to do.
    expect(await knownUses(cache)).toHaveLength(3);
    expect(await gc()).toMatchObject({ rows: { total: 4, removed: 0 }, bytes: 0 });
  });

  it("removes nothing when it is only asked, and tells the same", async () => {
    const { needs, gc, left, cache } = project("abc");
    await needs("run", "here", "a");
    const asked = await gc({ dryRun: true });
    expect([left(), asked.dryRun, asked.rows.removed]).toEqual(["abc", true, 2]);
    expect(await gc()).toEqual({ ...asked, dryRun: false });
    expect([left(), (await knownUses(cache)).length]).toEqual(["a", 1]);
  });

  it("keeps what a run in the trash needs: it may be brought back", async () => {
    const { needs, gc, left, runsDir } = project("ab");
    await needs("run", "binned", "a", false);
    mkdirSync(join(runsDir, ".trash", "binned"), { recursive: true });
    await gc();
    expect(left()).toBe("a");
  });

  it("never removes rows that somebody works with, whatever the limits say", async () => {
    const { use, gc, left, cache } = project("ab");
    const working = await use("run", "/elsewhere/run", "a");
    await change(cache, (one) => {
      one.at = daysAgo(400);
    });
    expect(await gc({ olderThanDays: 1, mostBytes: 0 })).toMatchObject({ needed: { working: 1 } });
    expect(left()).toBe("a");
    await working.release();
    await gc();
    expect(left()).toBe("");
  });

  it("lets go of what nobody used for so many days", async () => {
    const { needs, gc, left, cache } = project("abc");
    await needs("run", "old", "ab");
    await change(cache, (one) => {
      one.at = daysAgo(31);
    });
    await needs("run", "new", "bc");
    await gc({ olderThanDays: 32 });
    expect(left()).toBe("abc");
    await gc({ olderThanDays: 30 });
    expect(left()).toBe("bc");
  });

  it("keeps within a size, and removes first what was used longest ago", async () => {
    const { needs, gc, left, cache } = project("abcd");
    await needs("run", "old", "ab");
    await change(cache, (one) => {
      one.at = daysAgo(2);
    });
    await needs("run", "new", "bcd");
    expect(await gc({ mostBytes: 399 })).toMatchObject({ bytes: 100, left: 300 });
    expect(left()).toBe("bcd");
    expect(await gc({ mostBytes: 150 })).toMatchObject({ bytes: 200, left: 100 });
  });

  it("judges nothing of another project but by its age", async () => {
    const { needs, gc, left, cache } = project("a");
    await needs("run", "theirs", "a", false);
    await change(cache, (one) => {
      one.project = "another";
    });
    expect(await gc()).toMatchObject({ needed: { runs: 0, others: 1 }, rows: { removed: 0 } });
    await change(cache, (one) => {
      one.at = daysAgo(9);
    });
    await gc({ olderThanDays: 8 });
    expect(left()).toBe("");
  });

  it("sweeps what killed processes left, but nothing that may still be written", async () => {
    const { gc, path, needs } = project("a");
    await needs("run", "here", "a");
    const [old = "", fresh = ""] = ["1", "2"].map((name) => join(dirname(path("a")), `.x.${name}.tmp`));
    for (const one of [old, fresh]) writeFileSync(one, "half");
    utimesSync(old, 1000, 1000);
    expect(await gc()).toMatchObject({ bytes: 4, left: 104, rows: { total: 1, removed: 0 } });
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
  });

  it("waits for nobody: who opens rows, or removes some, is named", async () => {
    const { cache, gc, left } = project("a");
    const opening = await beginUse({
      folder: cache,
      kind: "run",
      of: "r",
      space: noSpace,
      signal,
      notice: nothing,
    });
    const refused = await caught(() => gc());
    expect([refused.code, refused.exitCode]).toEqual(["LOCKED", 77]);
    expect(refused.message).toContain(`${process.pid}`);
    expect((await gc({ dryRun: true })).rows.total).toBe(1);
    await opening.release();
    const lock = await acquireLock(cache, nothing);
    expect((await caught(() => gc())).code).toBe("LOCKED");
    await lock.release();
    await gc();
    expect(left()).toBe("");
  });

  it("has nothing to do where there is no cache", async () => {
    const { gc } = project("");
    expect(await gc()).toMatchObject({ ok: true, rows: { total: 0, removed: 0 }, bytes: 0, left: 0 });
  });

  it("forgets rows that it removed and keeps what is known of sources", async () => {
    const { cache, gc } = project("a");
    const memo = join(cache, "memo.txt");
    writeFileSync(memo, "");
    const { CacheMemo } = await import("../../../../../../ts/data/cache/memo.ts");
    const known = await CacheMemo.open(cache);
    known.set("a".repeat(64), "facts");
    known.set("source", "digest");
    await known.flush();
    await gc();
    const after = await CacheMemo.open(cache);
    expect([after.get("a".repeat(64)), after.get("source")]).toEqual([undefined, "digest"]);
  });
});

describe("whoever needs what", () => {
  const letters = "0123456789abcdef";
  const rows = fc.uniqueArray(fc.constantFrom(...letters), { maxLength: 8 });
  const user = fc.record({
    isThere: fc.boolean(),
    isOld: fc.boolean(),
    rows,
    kind: fc.constantFrom("run", "eval"),
  });

  it("what is left is what somebody needs, no more and no less, and what was told is what is done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(user, { maxLength: 5 }), async (users) => {
        const { needs, gc, left, cache } = project(letters);
        for (const [at, one] of users.entries()) {
          await needs(one.kind as "run" | "eval", `u${at}`, one.rows.join(""), one.isThere);
          if (!one.isOld) continue;
          const [last] = (await knownUses(cache)).toSorted((a, b) => (a.at < b.at ? 1 : -1));
          const path = join(last?.dir ?? "", "use.json");
          writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), at: daysAgo(50) }));
        }
        const told = await gc({ dryRun: true, olderThanDays: 40 });
        const done = await gc({ olderThanDays: 40 });
        expect(done).toEqual({ ...told, dryRun: false });
        const needed = new Set(users.flatMap((one) => (one.isThere && !one.isOld ? one.rows : [])));
        expect(left()).toBe([...letters].filter((letter) => needed.has(letter)).join(""));
        expect(done.bytes + done.left).toBe(1600);
        expect(done.rows.total - done.rows.removed).toBe(needed.size);
      }),
      { numRuns: 12, seed: 20261130 },
    );
  });
});
