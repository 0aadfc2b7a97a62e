import { readFeatures } from "../../../../../ts/router/prompt/features.ts";
import { indexTexts } from "../../../../../ts/router/prompt/indexed-texts.ts";
import {
  firstGramColumn,
  fitPromptModel,
  modelStep,
  type PromptModel,
  scorePrompt,
} from "../../../../../ts/router/prompt/model.ts";
import {
  type PromptClass,
  type PromptExample,
  promptClasses,
} from "../../../../../ts/router/prompt/texts/examples.ts";

const options = { epochs: 30, learningRate: 0.4, decay: 1e-4, minFamilies: 2, calibrationEvery: 4 };
const subjects: Readonly<Record<PromptClass, string>> = {
  report: "describe",
  "closed-vqa": "choose",
  "open-vqa": "where",
  none: "cook",
};

/** Forty families a class; `noise` of them in a hundred have another class's word. */
function textsOf(noise: number): readonly PromptExample[] {
  return promptClasses.flatMap((label, k) =>
    Array.from({ length: 40 }, (_, at): PromptExample => {
      const wrong = (at * 37) % 100 < noise;
      const word = subjects[(wrong ? promptClasses[(k + 1) % 4] : label) ?? label];
      return { text: `${word} ${"abcdefghij"[at % 10]}${"klmno"[at % 5]}`, label, family: `${label} ${at}` };
    }),
  );
}

const best = (model: PromptModel, text: string): PromptClass => {
  const scores = [...scorePrompt(model, readFeatures({ text }))];
  return promptClasses[scores.indexOf(Math.max(...scores))] ?? "none";
};

describe("the prompt model", () => {
  const clean = fitPromptModel(indexTexts(textsOf(0), promptClasses), options);

  it("learns the word that each class has", () => {
    for (const [label, word] of Object.entries(subjects)) expect(best(clean, `${word} zz`)).toBe(label);
  });

  it("keeps the n-grams of enough families alone", () => {
    const strict = fitPromptModel(indexTexts(textsOf(0), promptClasses), { ...options, minFamilies: 30 });
    expect(strict.columns.size).toBeLessThan(clean.columns.size);
    expect(
      fitPromptModel(indexTexts(textsOf(0), promptClasses), { ...options, minFamilies: 1000 }).columns.size,
    ).toBe(0);
  });

  it("holds whole multiples of its step, so that a state restores it exactly", () => {
    for (const number of [...clean.weights, ...clean.evidence.values(), clean.temperature])
      expect(Number.isInteger(number / modelStep)).toBe(true);
  });

  it("is less sure of itself when held-out families are often of another class", () => {
    const noisy = fitPromptModel(indexTexts(textsOf(30), promptClasses), options);
    expect(noisy.temperature).toBeGreaterThan(clean.temperature);
  });

  it("has one column for the constant and for each evidence feature, then one an n-gram", () => {
    const columns = [...clean.columns.values()].sort((a, b) => a - b);
    expect(columns[0]).toBe(firstGramColumn);
    expect(columns.at(-1)).toBe(firstGramColumn + columns.length - 1);
    expect(clean.weights).toHaveLength((firstGramColumn + columns.length) * promptClasses.length);
    expect(clean.classes).toEqual(promptClasses);
  });

  it("judges its temperature on families it was not trained on: every fourth, or every tenth", () => {
    const temperatures = [2, 4, 10].map(
      (calibrationEvery) =>
        fitPromptModel(indexTexts(textsOf(30), promptClasses), { ...options, calibrationEvery }).temperature,
    );
    for (const temperature of temperatures) {
      expect(temperature).toBeGreaterThanOrEqual(0.5);
      expect(temperature).toBeLessThanOrEqual(4);
    }
    expect(new Set(temperatures).size).toBeGreaterThan(1);
  });

  it("learns two classes and six as it learns four", () => {
    for (const classes of [
      ["scan", "none"],
      ["a", "b", "c", "d", "e", "none"],
    ]) {
      const examples = classes.flatMap((label, k) =>
        Array.from({ length: 12 }, (_, at) => ({
          text: `${"describe choose where cook compare count".split(" ")[k] ?? ""} ${"abcdefghijkl"[at] ?? ""}`,
          label,
          family: `${label} ${at}`,
        })),
      );
      const model = fitPromptModel(indexTexts(examples, classes), options);
      for (const { text, label } of examples) {
        const scores = [...scorePrompt(model, readFeatures({ text }))];
        expect(scores).toHaveLength(classes.length);
        expect(classes[scores.indexOf(Math.max(...scores))]).toBe(label);
      }
    }
  });

  it("scores a text of unknown n-grams by the constant and the evidence alone", () => {
    const unknown = scorePrompt(clean, readFeatures({ text: "\u80DD" }));
    expect([...unknown].every(Number.isFinite)).toBe(true);
    expect([...scorePrompt(clean, readFeatures({ text: "\u4E2D" }))]).toEqual([...unknown]);
  });
});
