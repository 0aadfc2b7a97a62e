import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { CacheMemo, compactMemo } from "../../../../../ts/data/cache/memo.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const fresh = (): string => mkdtempSync(join(root, "cache-"));

describe("the memo of a cache", () => {
  it("knows in the next process what was flushed, the last value of each name", async () => {
    const folder = fresh();
    const memo = await CacheMemo.open(folder);
    memo.set("a", "1");
    memo.set("b", "one two");
    memo.set("a", "2");
    expect((await CacheMemo.open(folder)).get("a")).toBeUndefined();
    await memo.flush();
    const again = await CacheMemo.open(folder);
    expect([again.get("a"), again.get("b"), again.get("c")]).toEqual(["2", "one two", undefined]);
    again.forget("a");
    expect(again.get("a")).toBeUndefined();
  });

  it("writes a value that it knows no second time", async () => {
    const folder = fresh();
    const memo = await CacheMemo.open(folder);
    memo.set("a", "1");
    await memo.flush();
    const before = readFileSync(join(folder, "memo.txt"), "utf8");
    memo.set("a", "1");
    await memo.flush();
    expect(readFileSync(join(folder, "memo.txt"), "utf8")).toBe(before);
  });

  it("reads past a torn line and a flipped bit, and goes on behind them", async () => {
    const folder = fresh();
    const memo = await CacheMemo.open(folder);
    for (const name of ["a", "b", "c"]) memo.set(name, `value of ${name}`);
    await memo.flush();
    const path = join(folder, "memo.txt");
    writeFileSync(path, readFileSync(path, "utf8").replace("value of b", "value of x"));
    // A process that was killed in the middle of its line.
    appendFileSync(path, "d half a li");
    const after = await CacheMemo.open(folder);
    expect(["a", "b", "c", "d"].map((name) => after.get(name))).toEqual([
      "value of a",
      undefined,
      "value of c",
      undefined,
    ]);
    after.set("e", "5");
    await after.flush();
    expect((await CacheMemo.open(folder)).get("e")).toBe("5");
  });

  it("takes the lines of two processes that append at once", async () => {
    const folder = fresh();
    const two = [await CacheMemo.open(folder), await CacheMemo.open(folder)];
    for (let at = 0; at < 40; at += 1) two[at % 2]?.set(`n${at}`, String(at));
    await Promise.all(two.map((memo) => memo.flush()));
    const memo = await CacheMemo.open(folder);
    for (let at = 0; at < 40; at += 1) expect(memo.get(`n${at}`)).toBe(String(at));
  });

  it("is written anew with what is kept", async () => {
    const folder = fresh();
    const memo = await CacheMemo.open(folder);
    memo.set("a", "1");
    memo.set("b", "2");
    await memo.flush();
    await memo.compact((name) => name === "b");
    const again = await CacheMemo.open(folder);
    expect([again.get("a"), again.get("b")]).toEqual([undefined, "2"]);
    expect(readFileSync(join(folder, "memo.txt"), "utf8")).toMatch(/^b 2 [0-9a-f]{8}\n$/);
  });

  it("reads a hundred thousand lines, and none that is empty", async () => {
    const folder = fresh();
    const memo = await CacheMemo.open(folder);
    for (let at = 0; at < 100_000; at += 1) memo.set(`n${at}`, `value ${at}`);
    await memo.flush();
    appendFileSync(join(folder, "memo.txt"), "\n\n \n");
    const again = await CacheMemo.open(folder);
    expect([again.get("n0"), again.get("n99999"), again.get("")]).toEqual([
      "value 0",
      "value 99999",
      undefined,
    ]);
  });

  it("goes without where nothing can be appended, and says so where it cannot be read", async () => {
    const folder = join(fresh(), "gone");
    const memo = await CacheMemo.open(folder);
    memo.set("a", "1");
    await memo.flush();
    expect(memo.get("a")).toBe("1");
    const other = fresh();
    mkdirSync(join(other, "memo.txt"));
    expect((await caught(() => CacheMemo.open(other))).code).toBe("IO_FAILED");
  });
});

describe("a memo that anything happened to", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{1,12}$/), { minLength: 1, maxLength: 12 });

  it("says the truth or nothing of every name, wherever it was cut and whichever byte turned", async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.nat(), fc.nat(), fc.nat({ max: 7 }), async (all, cut, turned, bit) => {
        const folder = fresh();
        const memo = await CacheMemo.open(folder);
        for (const name of all) memo.set(name, `value/of/${name}`);
        await memo.flush();
        const path = join(folder, "memo.txt");
        const bytes = readFileSync(path).subarray(0, 1 + (cut % statSync(path).size));
        const at = turned % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        writeFileSync(path, bytes);
        const after = await CacheMemo.open(folder);
        for (const name of all) expect([`value/of/${name}`, undefined]).toContain(after.get(name));
        // And what is told after that is known.
        after.set("later", "on");
        await after.flush();
        expect((await CacheMemo.open(folder)).get("later")).toBe("on");
      }),
      { numRuns: 60, seed: 20261130 },
    );
  });

  it("without a name that is not kept says nothing of it, and the same of the others", async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.func(fc.boolean()), async (all, keeps) => {
        const folder = fresh();
        const memo = await CacheMemo.open(folder);
        for (const name of all) memo.set(name, name);
        await memo.flush();
        await compactMemo(folder, (name) => keeps(name));
        const after = await CacheMemo.open(folder);
        for (const name of all) expect(after.get(name)).toBe(keeps(name) ? name : undefined);
      }),
      { numRuns: 30, seed: 20261130 },
    );
  });
});
