import type { PredictionRow } from "../../../../ts/eval/index.ts";
import { judgeChoice, parseChoice } from "../../../../ts/eval/index.ts";

const choices = ["liver", "left kidney", "C. difficile colitis", "NA"];
const row = (
  target: string,
  prediction: string,
  options: readonly string[] | null = choices,
): PredictionRow => ({
  id: "q",
  case: "c",
  task: "closed-vqa",
  target,
  prediction,
  ...(options === null ? {} : { choices: [...options] }),
});

describe("the strict parser", () => {
  it.each([
    ["B", 1],
    ["b", 1],
    ["B.", 1],
    ["(B)", 1],
    ["[b]", 1],
    ["B:", 1],
    [" b) \n", 1],
    ["Answer: B", 1],
    ["answer = b", 1],
    ["B. left kidney", 1],
    ["B) because it is small", 1],
    ["(b) left kidney", 1],
    ["b. left kidney", 1],
    ["Answer: (B) left kidney", 1],
    ["left kidney", 1],
    ["Left  Kidney.", 1],
    ['"left kidney"', 1],
    ["C. difficile colitis", 2],
  ])("reads %j as option %d", (answer, index) => {
    expect(parseChoice(answer, choices)).toBe(index);
  });

  it.each([
    [""],
    ["  "],
    ["D"],
    ["D. NA"],
    ["E"],
    ["E. spleen"],
    ["A mass in the liver"],
    ["the answer is B"],
    ["kidney"],
    ["liver and left kidney"],
    ["NA"],
    ["I do not know."],
    ["B.left kidney"],
    ["?"],
    ["1"],
  ])("reads nothing in %j", (answer) => {
    expect(parseChoice(answer, choices)).toBeNull();
  });

  it("takes the first letter when an answer lists them all", () => {
    expect(parseChoice("A. liver B. left kidney", choices)).toBe(0);
  });
});

describe("a closed answer under the strict rules", () => {
  it.each([
    ["B", "B"],
    ["left kidney", "B. left kidney"],
    ["B. left kidney", "left kidney"],
  ])("with target %j is right when it says %j", (target, prediction) => {
    expect(judgeChoice(row(target, prediction), "strict")).toMatchObject({ correct: true, parsed: true });
  });

  it("is wrong and unparsed when empty", () => {
    expect(judgeChoice(row("B", ""), "strict")).toMatchObject({ correct: false, parsed: false });
  });

  it("is wrong but parsed when it names another option", () => {
    expect(judgeChoice(row("B", "A. liver"), "strict")).toMatchObject({ correct: false, parsed: true });
  });

  it("is right by either letter when two options have the same text", () => {
    const twice = ["cyst", "mass", "Cyst", "none"];
    expect(judgeChoice(row("A", "C", twice), "strict").correct).toBe(true);
    expect(judgeChoice(row("A", "cyst", twice), "strict").correct).toBe(true);
  });

  it("is judged by letters alone when the row has no options", () => {
    expect(judgeChoice(row("B", "B. left kidney", null), "strict").correct).toBe(true);
    expect(judgeChoice(row("B", "C", null), "strict").correct).toBe(false);
    expect(judgeChoice(row("B", "left kidney", null), "strict")).toMatchObject({
      correct: false,
      parsed: false,
    });
  });
});

describe("a closed answer under M3D's own rule", () => {
  it("is right when the target's letter and a full stop stand anywhere, also in a list of all options", () => {
    expect(judgeChoice(row("B", "it is B. left kidney"), "m3d-compat").correct).toBe(true);
    for (const target of ["A", "B", "left kidney"])
      expect(judgeChoice(row(target, "A. liver B. left kidney C. x D. y"), "m3d-compat").correct).toBe(true);
  });

  it("is wrong where only the letter or the text is said, and in lower case", () => {
    for (const prediction of ["B", "left kidney", "b. left kidney", "(B)"])
      expect(judgeChoice(row("B", prediction), "m3d-compat").correct).toBe(false);
  });

  it("is wrong and unparsed when empty", () => {
    expect(judgeChoice(row("B", ""), "m3d-compat")).toMatchObject({ correct: false, parsed: false });
  });

  it("cannot be an option that is missing", () => {
    for (const profile of ["strict", "m3d-compat"] as const)
      for (const prediction of ["D. NA", "D."])
        expect(judgeChoice(row("B", prediction), profile)).toEqual({
          correct: false,
          parsed: false,
          chance: 1 / 3,
        });
  });
});

describe("chance", () => {
  it.each([
    [["a", "b", "c", "d"], 1 / 4],
    [["Yes", "No", "NA", "NA"], 1 / 2],
    [["Yes", "No", "-", "-"], 1 / 2],
    [["x", "y", "z", "n/a"], 1 / 3],
    [["x", "y"], 1 / 2],
    [null, 1 / 4],
  ])("counts the options of %j that are there", (options, chance) => {
    expect(judgeChoice(row("A", "A", options), "strict").chance).toBeCloseTo(chance, 12);
  });
});
