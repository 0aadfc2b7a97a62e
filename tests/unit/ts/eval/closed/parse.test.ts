import { optionsOf } from "../../../../../ts/eval/closed/options.ts";
import { readAnswer } from "../../../../../ts/eval/closed/parse.ts";
import type { PredictionRow } from "../../../../../ts/eval/index.ts";
import { judgeChoice, parseChoice } from "../../../../../ts/eval/index.ts";

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

it.each([" ", "\n"])("a run of 100,000 blanks (%j) behind a word that introduces takes no time", (blank) => {
  const run = blank.repeat(100_000);
  for (const said of [`answer${run}1 (B)`, `Answer is${run}:${run}1 (B)`, `option${run}zz B`])
    expect(parseChoice(said, choices, "lenient")).toBe(1);
  expect(parseChoice(`Answer${run}is${run}:${run}B`, choices, "lenient")).toBe(1);
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

  it("reads nothing in an answer that lists them all", () => {
    expect(parseChoice("A. liver B. left kidney", choices)).toBeNull();
    expect(parseChoice("B. left kidney (not A)", choices)).toBeNull();
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

describe("the lenient parser", () => {
  const organs = ["liver", "left kidney", "heart", "kidney", "NA"];

  it.each([
    ["B", 1],
    ["Answer is B", 1],
    ["The correct option: **B**", 1],
    ["[C]", 2],
    ["the answer is (A).", 0],
    ["b", 1],
    ["It is the heart.", 2],
    ["a cyst in the left kidney", 1],
    ["kidney", 3],
    ["right kidney", 3],
    ["LEFT-KIDNEY", 1],
    ["C. because of the liver", 2],
  ])("reads %j as option %d", (answer, index) => {
    expect(parseChoice(answer, organs, "lenient")).toBe(index);
  });

  it.each([
    ["A or B"],
    ["B. or C."],
    ["no liver seen"],
    ["It isn't the heart"],
    ["not the heart"],
    ["liver and heart"],
    ["livers"],
    ["E"],
    ["NA"],
    [""],
    ["A mass"],
  ])("reads nothing in %j", (answer) => {
    expect(parseChoice(answer, organs, "lenient")).toBeNull();
  });

  it("reads all that the strict one does", () => {
    for (const answer of ["B", "b.", "(B)", "B. x", "B) x", "Left Kidney.", "Answer: B"])
      expect(parseChoice(answer, organs, "lenient")).toBe(parseChoice(answer, organs));
  });
});

describe("an answer that says more than one thing", () => {
  const organs = optionsOf(["liver", "left kidney", "heart", "lung"]);

  it.each([
    ["A. liver B. left kidney", true, false],
    ["B. or C.", true, false],
    ["B/C", true, false],
    ["b. not C", true, false],
    ["B. liver", false, true],
    ["B) Liver.", false, true],
    ["**B** liver", false, true],
    ["Answer: B. liver", false, true],
    ["B: heart", false, true],
    ["B. left kidney", false, false],
    ["B", false, false],
    ["liver", false, false],
    ["B because of the liver", false, false],
    ["", false, false],
  ])("%j is hedged: %s, contradicted: %s", (answer, isHedged, isContradicted) => {
    expect(readAnswer(answer, organs)).toMatchObject({ isHedged, isContradicted });
  });

  it("is not hedged where it is an option's whole text", () => {
    expect(readAnswer("C/D ratio", optionsOf(["A/B ratio", "C/D ratio", "x", "y"])).isHedged).toBe(false);
  });
});
