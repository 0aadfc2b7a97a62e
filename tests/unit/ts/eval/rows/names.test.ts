import { hasControl, looksLike, Names, withoutUnseen } from "../../../../../ts/eval/rows/names.ts";

describe("names as they look", () => {
  it.each([
    ["q1", "q1"],
    [" q1\u00a0", "q1"],
    ["q\u200b1", "q1"],
    ["\u202eq1", "q1"],
    ["q  1", "q 1"],
    ["q\u20031", "q 1"],
    ["e\u0301", "\u00e9"],
    ["Q1", "Q1"],
  ])("%j looks like %j", (name, look) => {
    expect(looksLike(name)).toBe(look);
  });

  it("have characters that nobody sees, and others that no terminal may see", () => {
    expect(withoutUnseen("a\u00ad\u200b\ufeffb")).toBe("ab");
    expect(["a\tb", "a\u007f", "\u009b", "a b", "\u00e9"].map(hasControl)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("are told where two of them look equal, each with the place of the first", () => {
    const told: string[] = [];
    const names = new Names("case", looksLike);
    for (const [at, name] of ["c 1", "c 2", "c  1", "c 1"].entries())
      names.see(
        name,
        () => `line ${at + 1}`,
        (problem) => told.push(problem),
      );
    expect(told).toEqual(['line 3: case "c  1" looks like "c 1" of line 1: write one name one way']);
    expect(names.written.size).toBe(2);
  });
});
