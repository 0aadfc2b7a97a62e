import {
  count,
  countOrNone,
  lowerWords,
  notNegative,
  positive,
  rangeWords,
  seed,
  share,
  upperWords,
  wholeLimit,
} from "../../../../../ts/schema/options/ranges.ts";

describe("how a range is said", () => {
  it.each([
    [count, "a whole number of at least 1"],
    [countOrNone, "a whole number of at least 0"],
    [positive, "a number above 0"],
    [notNegative, "a number of at least 0"],
    [share, "a number of at least 0, at most 1"],
    [{ kind: "number", min: 0, below: 1 } as const, "a number of at least 0, below 1"],
    [{ kind: "number" } as const, "a number"],
    [{ ...count, notAbove: "tokenExperts" }, "a whole number of at least 1, at most tokenExperts"],
  ])("%j is %s", (range, words) => {
    expect(rangeWords(range)).toBe(words);
  });

  it("leaves out that whole numbers have 32 bits, which a refusal says", () => {
    expect(upperWords(count)).toBe(`at most ${wholeLimit}`);
    expect(rangeWords(count)).not.toContain(String(wholeLimit));
  });

  it("has a lower part for every range and an upper one where there is a bound", () => {
    expect(lowerWords(seed)).toBe("a whole number of at least 0");
    expect(upperWords(positive)).toBeUndefined();
  });
});
