import { escaped, Problems, shown } from "../../../../../ts/eval/rows/problems.ts";

describe("a text that a message quotes", () => {
  it.each([
    ["liver", '"liver"'],
    ['say "x"', '"say \\"x\\""'],
    ["a\nb\tc", '"a\\nb\\tc"'],
    ["\u001b[31mred", '"\\u001b[31mred"'],
    ["\u009b2J", '"\\u009b2J"'],
    ["abc\u202edef", '"abc\\u202edef"'],
    ["\ud800x", '"\ufffdx"'],
    ["x".repeat(81), `"${"x".repeat(80)}..."`],
  ])("%j is shown as %s", (text, said) => {
    expect(shown(text)).toBe(said);
  });

  it("holds nothing that a terminal obeys", () => {
    expect(escaped("\u0007\u007f\u2028")).toBe("\\u0007\\u007f\\u2028");
  });
});

describe("the problems of a file", () => {
  it("are all counted, however many there are, and twenty are told", () => {
    const problems = new Problems();
    for (let at = 0; at < 300_000; at += 1) problems.add(`line ${at}`);
    expect(problems.count).toBe(300_000);
    expect(problems.first).toHaveLength(20);
    const error = problems.refusal(300_000);
    expect(error).toMatchObject({ code: "DATA_PREDICTIONS", exitCode: 65, details: { count: 300_000 } });
    expect(error.message).toMatch(/\.\.\. and 299980 more$/);
  });

  it("are told in the singular when there is one", () => {
    const problems = new Problems();
    problems.add("line 3: x");
    expect(problems.refusal(1).message).toBe("[DATA_PREDICTIONS] 1 problem in 1 prediction row:\nline 3: x");
  });
});
