import { judgeAll } from "../../../../../ts/eval/closed/judge.ts";
import { optionsOf } from "../../../../../ts/eval/closed/options.ts";
import { dottedOptions, parseChoice } from "../../../../../ts/eval/closed/parse.ts";
import { knownAnswers, knownChoices } from "../../../../support/known-answers.ts";

const letterOf = (index: number | null): string => (index === null ? "none" : ("ABCD"[index] ?? "?"));

describe("an answer whose option is known", () => {
  it.each(knownAnswers)("$answer", ({ answer, strict, lenient, dotted, isHedged, isContradicted }) => {
    expect(letterOf(parseChoice(answer, knownChoices, "strict"))).toBe(strict);
    expect(letterOf(parseChoice(answer, knownChoices, "lenient"))).toBe(lenient);
    const letters = dottedOptions(answer, optionsOf(knownChoices)).map(letterOf).join("");
    expect(letters === "" ? "none" : letters).toBe(dotted);
    const judged = judgeAll({ target: "A. liver", prediction: answer, choices: knownChoices });
    expect(judged.isHedged).toBe(isHedged);
    expect(judged.isContradicted).toBe(isContradicted);
    expect(judged.correct).toEqual({
      strict: strict === "A",
      lenient: lenient === "A",
      "m3d-compat": dotted.includes("A"),
    });
  });
});
