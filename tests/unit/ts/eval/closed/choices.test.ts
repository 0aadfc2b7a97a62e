import { choicesProblem } from "../../../../../ts/eval/closed/choices.ts";

describe("options of a question", () => {
  it.each([
    ["words", ["liver", "spleen"]],
    ["two of one text, which are one answer", ["left", "right", "LEFT "]],
    ["letters in their order", ["A. liver", "B. spleen", "C) heart", "(D) lung"]],
    ["letters in their order with one that is missing", ["A. liver", "NA", "C. heart"]],
    ["a name that begins like a letter", ["C. difficile", "E. coli", "none"]],
    ["names that all begin like letters, not those of the list", ["E. coli", "S. aureus"]],
    ["names that begin with one letter", ["B. fragilis", "B. cereus"]],
    ["texts that differ in a letter with a mark", ["resume", "r\u00e9sum\u00e9"]],
    ["compatible forms of one text", ["\u00e9", "e\u0301", "5 mm", "5\u00a0mm"]],
  ])("may be %s", (_what, choices) => {
    expect(choicesProblem(choices)).toBeUndefined();
  });

  it.each([
    [["B. liver", "A. spleen"], 'option A begins with the letter of another: "B. liver"'],
    [["(a) liver", "(c) spleen", "(b) heart"], 'option B begins with the letter of another: "(c) spleen"'],
    [["[B] liver", "[A] spleen", "NA"], "option A begins with the letter of another"],
    [["liver", "spleen", "liver\u200d"], "options A and C differ in characters that nobody sees alone"],
    [["\ufeffyes", "yes"], "options A and B differ in characters that nobody sees alone"],
    [["soft\u00adtissue", "softtissue"], "options A and B differ"],
  ])("that are %j are refused", (choices, problem) => {
    expect(choicesProblem(choices)).toContain(problem);
  });
});
