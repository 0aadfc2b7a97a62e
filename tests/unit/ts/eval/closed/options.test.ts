import { optionOfText, optionsOf, sameAnswer } from "../../../../../ts/eval/closed/options.ts";

describe("the options of a question", () => {
  it.each([
    [["a", "b", "c", "d"], "ABCD", 1 / 4],
    [["Yes", "No", "NA", "NA"], "AB", 1 / 2],
    [["Yes", "-", "No", ""], "AC", 1 / 2],
    [["x", "y", "z", " n/a "], "ABC", 1 / 3],
  ])("of %j that are there have their letters, and chance counts them", (choices, letters, chance) => {
    expect(optionsOf(choices)).toMatchObject({ letters, chance, count: choices.length });
  });

  it("of a row without choices are four letters without texts", () => {
    expect(optionsOf(undefined)).toMatchObject({ letters: "ABCD", hasTexts: false, texts: ["", "", "", ""] });
  });

  it("are remembered by what they say", () => {
    expect(optionsOf(["one", "two"])).toBe(optionsOf(["one", "two"]));
    expect(optionsOf(["one", "two"])).not.toBe(optionsOf(["one two", ""]));
  });

  it("of one text are one answer", () => {
    const options = optionsOf(["Cyst", "mass", "cyst.", "NA", "NA"]);
    expect(sameAnswer(options, 0, 2)).toBe(true);
    expect(sameAnswer(options, 0, 1)).toBe(false);
    expect(sameAnswer(options, 3, 4)).toBe(false);
    expect(optionOfText(options, "cyst")).toBe(0);
    expect(optionOfText(options, "")).toBe(-1);
    expect(optionOfText(options, "na")).toBe(-1);
  });
});
