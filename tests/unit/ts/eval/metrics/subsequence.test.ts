import { seededUniform } from "../../../../../ts/eval/index.ts";
import { longestCommon, longestCommonSteps } from "../../../../../ts/eval/metrics/subsequence.ts";
import { paces } from "../../../../support/pace.ts";

/** The table of the textbook. */
function byTable(one: readonly string[], other: readonly string[]): number {
  let row = new Array<number>(other.length + 1).fill(0);
  for (const token of one) {
    const next = [0];
    for (const [at, mate] of other.entries())
      next.push(token === mate ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe("the longest common subsequence", () => {
  it.each([
    ["", "", 0],
    ["a", "", 0],
    ["a b c", "a b c", 3],
    ["a b c d", "b d a c", 2],
    ["a x b y c", "a b c", 3],
    ["the cyst the liver", "the liver the cyst", 2],
  ])("of %j and %j is %d", (one, other, length) => {
    const cut = (text: string): readonly string[] => text.split(" ").filter((token) => token !== "");
    expect(longestCommon(cut(one), cut(other))).toBe(length);
  });

  it("is that of the textbook's table, whatever the lengths and how often tokens repeat", () => {
    const uniform = seededUniform(3);
    for (let round = 0; round < 120; round += 1) {
      const kinds = 1 + Math.floor(uniform() * (round % 3 === 0 ? 3 : 40));
      const list = (): readonly string[] =>
        Array.from({ length: Math.floor(uniform() * 150) }, () => `w${Math.floor(uniform() * kinds)}`);
      const [one, other] = [list(), list()];
      expect(longestCommon(one, other)).toBe(byTable(one, other));
    }
  });

  it("counts what both begin and end with, and whole words of the vector", () => {
    const list = (length: number, word: string): readonly string[] => Array.from({ length }, () => word);
    for (const length of [29, 30, 31, 60, 90, 901])
      expect(longestCommon(["x", ...list(length, "a"), "b"], [...list(length, "a"), "y"])).toBe(length);
    expect(longestCommon(list(500_000, "a"), list(400_000, "a"))).toBe(400_000);
    expect(longestCommon(["a", "b", "c", "d"], ["a", "c", "b", "d"])).toBe(3);
  });

  it("of long texts leaves room for a signal in between, and comes to the same", () => {
    const one = Array.from({ length: 30_000 }, (_, at) => (at % 3 === 0 ? "b" : "a"));
    const other = Array.from({ length: 30_000 }, (_, at) => (at % 2 === 0 ? "a" : "b"));
    const steps = longestCommonSteps(one, other);
    let pauses = 0,
      last = steps.next();
    for (; last.done !== true; last = steps.next()) pauses += 1;
    expect(pauses).toBeGreaterThanOrEqual(3);
    expect(last.value).toBe(longestCommon(one, other));
    expect(longestCommonSteps(["a"], ["a"]).next()).toEqual({ done: true, value: 1 });
  });

  it("of texts of one word over and over takes no longer", () => {
    const one = Array.from({ length: 20_000 }, (_, at) => (at % 3 === 0 ? "b" : "a"));
    const other = Array.from({ length: 20_000 }, (_, at) => (at % 2 === 0 ? "a" : "b"));
    expect(paces(() => longestCommon(one, other), 2)).toBeLessThan(60);
  });

  it("of two texts of 20,000 words takes no time that grows with their product", () => {
    const uniform = seededUniform(4);
    const list = (): readonly string[] =>
      Array.from({ length: 20_000 }, () => `w${Math.floor(uniform() * 2000)}`);
    const [one, other] = [list(), list()];
    // The table has 4e8 cells, some 200 paces of two million.
    expect(paces(() => longestCommon(one, other), 2)).toBeLessThan(60);
  });
});
