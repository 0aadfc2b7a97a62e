import fc from "fast-check";
import { hiddenProblem } from "../../../../../ts/eval/rows/scan.ts";

describe("what JSON.parse takes without a word", () => {
  it.each([
    ['{"a":1,"a":2}', '"a" stands twice'],
    ['{"a":1,"\\u0061":2}', '"a" stands twice'],
    ['{"x":{"b":1, "b" :2}}', '"b" stands twice'],
    ['[{"a":1},{"c":1,"c":1}]', '"c" stands twice'],
    ['{"a":{"a":1},"b":[{"a":1}],"a":0}', '"a" stands twice'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__" stands twice'],
    ['{"a":"\\ud800"}', "half a surrogate pair"],
    ['{"\\udc00":1}', "half a surrogate pair"],
    ['["\\udc00\\ud800"]', "half a surrogate pair"],
    ["[".repeat(65) + "]".repeat(65), "more than 64 deep"],
    ["[".repeat(100_000) + "]".repeat(100_000), "more than 64 deep"],
    [`${'{"a":'.repeat(70)}1${"}".repeat(70)}`, "more than 64 deep"],
  ])("is named in %.40s", (text, problem) => {
    expect(hiddenProblem(text)).toContain(problem);
  });

  it.each([
    ['{"a":1,"b":{"a":2}}'],
    ['{"a":"a\\":1,\\"a"}'],
    ['{"a":"\\\\","b":"\\\\\\""}'],
    ['{"a":["a","a"],"b":"a"}'],
    ['{"a":"\\ud83d\\ude00"}'],
    ['{"A":1,"a":2}'],
    ["[".repeat(64) + "]".repeat(64)],
    ["3"],
    ['"{"'],
  ])("is not found in %.40s", (text) => {
    expect(hiddenProblem(text)).toBeUndefined();
  });

  it("is found in no text that JSON.stringify wrote of well-formed texts", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "grapheme" }), (value) => {
        expect(hiddenProblem(JSON.stringify(value))).toBeUndefined();
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});
