import { optionsOf } from "../../../../../ts/eval/closed/options.ts";
import { targetIndex, targetProblem } from "../../../../../ts/eval/closed/target.ts";

const organs = ["liver", "left kidney", "C. difficile colitis", "NA"];
const blood = ["B", "A", "AB", "O"];

describe("a target", () => {
  it.each([
    ["A", organs, 0],
    ["b", organs, 1],
    ["(B)", organs, 1],
    ["B.", organs, 1],
    ["liver", organs, 0],
    [" Left  Kidney. ", organs, 1],
    ["B. left kidney", organs, 1],
    ["(B) Left kidney", organs, 1],
    ["C. difficile colitis", organs, 2],
    ["C. C. difficile colitis", organs, 2],
    ["O", blood, 3],
    ["D. O", blood, 3],
    ["A. B", blood, 0],
    ["AB", blood, 2],
    ["A", ["A", "B", "C"], 0],
    ["A", ["cyst", "Cyst", "none"], 0],
  ])("%j names its option among %j", (target, choices, index) => {
    expect(targetProblem(target, choices)).toBeUndefined();
    expect(targetIndex(target, optionsOf(choices))).toBe(index);
  });

  it.each([
    ["A", blood, /is the text of option B and the letter of another/],
    ["B", blood, /is the text of option A and the letter of another/],
    ["b", blood, /the letter of another/],
    ["B. liver", organs, /letter and text disagree/],
    ["A. B. left kidney", organs, /letter and text disagree/],
    ["D", organs, /is not one of "liver", "left kidney", "C. difficile colitis"/],
    ["D. NA", organs, /is not one of/],
    ["NA", organs, /is not one of/],
    ["-", ["a", "b", "-"], /is not one of "a", "b"/],
    ["E", organs, /is not one of/],
    ["spleen", organs, /is not one of/],
  ])("%j is refused among %j", (target, choices, problem) => {
    expect(targetProblem(target, choices)).toMatch(problem);
    expect(targetIndex(target, optionsOf(choices))).toBe(-1);
  });

  it("of a row without choices is a letter A to D", () => {
    for (const target of ["A", "(d)", "B. liver"]) expect(targetProblem(target, undefined)).toBeUndefined();
    for (const target of ["E", "liver", "AB"])
      expect(targetProblem(target, undefined)).toContain(
        "is not a letter A to D, and the row has no choices",
      );
  });
});
