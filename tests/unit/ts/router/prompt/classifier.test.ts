import fc from "fast-check";
import type { JsonValue } from "../../../../../ts/errors.ts";
import type { PromptClass, PromptExample } from "../../../../../ts/router/index.ts";
import {
  defaultPromptExamples,
  promptClassifierFromState,
  promptTrainingDefaults,
  trainPromptClassifier,
} from "../../../../../ts/router/index.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

/** Texts of two words a class, five families each. */
const words: Readonly<Record<PromptClass, string>> = {
  report: "describe scan",
  "closed-vqa": "pick option",
  "open-vqa": "where lesion",
  none: "cook pasta",
};
const small: readonly PromptExample[] = (Object.entries(words) as [PromptClass, string][]).flatMap(
  ([label, text]) =>
    Array.from(
      { length: 5 },
      (_, at): PromptExample => ({ text: `${text} ${"abcde"[at] ?? ""}`, label, family: `${label} ${at}` }),
    ),
);

const classifier = trainPromptClassifier();

describe("the prompt classifier", () => {
  it("gives probabilities that sum to 1", () => {
    for (const text of ["Describe the scan.", "Which plane is this?", "", "asdf", "?".repeat(50)]) {
      const { report, "closed-vqa": closed, "open-vqa": open, none } = classifier.classify({ text });
      expect(report + closed + open + none).toBeCloseTo(1, 12);
      expect(Math.min(report, closed, open, none)).toBeGreaterThanOrEqual(0);
    }
  });

  it("is the same classifier whenever it is trained on the same texts", () => {
    expect(trainPromptClassifier().toState()).toEqual(classifier.toState());
  });

  it("does not depend on the order in which a family's texts lie among others", () => {
    const grouped = trainPromptClassifier(small);
    const byLabel = [...small].sort((a, b) => Number(a.family > b.family) - Number(a.family < b.family));
    const families = new Map(small.map((one) => [one.family, one]));
    const shuffled = trainPromptClassifier([...families.values()]);
    expect(byLabel.length).toBe(small.length);
    expect(shuffled.toState()).toEqual(grouped.toState());
  });

  it("decides bit for bit alike after a round trip through JSON", () => {
    const again = promptClassifierFromState(JSON.parse(JSON.stringify(classifier.toState())) as JsonValue);
    for (const { text, choices } of defaultPromptExamples().filter((_one, at) => at % 50 === 0)) {
      const prompt = choices === undefined ? { text } : { text, choices };
      expect(again.classify(prompt)).toEqual(classifier.classify(prompt));
    }
    expect(again.toState()).toEqual(classifier.toState());
  });

  it("learns texts of one's own", () => {
    const own = trainPromptClassifier(small, { ...promptTrainingDefaults, epochs: 40, minFamilies: 1 });
    for (const [label, text] of Object.entries(words)) {
      const probabilities = own.classify({ text });
      expect(probabilities[label as PromptClass]).toBe(Math.max(...Object.values(probabilities)));
    }
  });

  it("takes given options for a sign of a closed question, and lets the text outweigh them", () => {
    const options = ["liver", "spleen", "left kidney", "right kidney"];
    expect(
      classifier.classify({ text: "Which organ contains the lesion?", choices: options })["closed-vqa"],
    ).toBeGreaterThan(0.9);
    expect(classifier.classify({ text: "Which organ contains the lesion?" })["open-vqa"]).toBeGreaterThan(
      0.9,
    );
    expect(
      classifier.classify({
        text: "What is the capital of France?",
        choices: ["Paris", "Rome", "Oslo", "Bern"],
      }).none,
    ).toBeGreaterThan(0.5);
  });

  it("refuses texts without one of the classes", () => {
    const error = thrownBy(() =>
      trainPromptClassifier(small.filter(({ label }) => label !== "none" && label !== "report")),
    );
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: "[CONFIG_INVALID] the prompt texts have fewer than two families of: report, none",
    });
  });

  it.each([
    [{ epochs: 0 }, "epochs = 0"],
    [{ epochs: 1.5 }, "epochs = 1.5"],
    [{ calibrationEvery: 1 }, "calibrationEvery = 1"],
    [{ learningRate: Number.NaN, decay: -1 }, "learningRate = NaN, decay = -1"],
    [{ minFamilies: 0 }, "minFamilies = 0"],
  ])("refuses training options out of range: %o", (options, shown) => {
    const error = thrownBy(() => trainPromptClassifier(small, { ...promptTrainingDefaults, ...options }));
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: `[CONFIG_INVALID] prompt training options out of range: ${shown}`,
    });
  });

  it("refuses a state of another form, and one that was cut", () => {
    expect(thrownBy(() => promptClassifierFromState({ format: "other" }))).toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("does not fit tomoe.prompt-classifier/2"),
    });
    const state = JSON.parse(JSON.stringify(classifier.toState())) as {
      grams: { base64: string; count: number };
    };
    state.grams.base64 = state.grams.base64.slice(0, 400);
    expect(thrownBy(() => promptClassifierFromState(state))).toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: `[CHECKPOINT_INVALID] a packed table of ${state.grams.count} entries needs ${state.grams.count * 12} bytes, 300 are there`,
    });
  });

  it("answers whatever is typed with numbers of 0..1 that sum to 1", () => {
    const prompts = fc.record(
      {
        text: fc.string({ unit: "grapheme", maxLength: 60 }),
        choices: fc.array(fc.string({ unit: "grapheme", maxLength: 10 }), { maxLength: 5 }),
      },
      { requiredKeys: ["text"] },
    );
    fc.assert(
      fc.property(prompts, (prompt) => {
        const values = Object.values(classifier.classify(prompt));
        expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
        expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});

describe("a prompt classifier of other classes", () => {
  const options = { ...promptTrainingDefaults, epochs: 40, minFamilies: 1 };
  const textsOf = <C extends string>(classes: readonly C[]): readonly PromptExample<C>[] =>
    classes.flatMap((label, k) =>
      Array.from(
        { length: 5 },
        (_, at): PromptExample<C> => ({
          text: `${["describe", "choose", "where", "cook", "compare", "measure"][k] ?? ""} ${"vwxyz"[at] ?? ""}`,
          label,
          family: `${label} ${at}`,
        }),
      ),
    );

  it.each([
    [["scan", "none"]],
    [["report", "closed-vqa", "open-vqa", "follow-up", "none"]],
    [["a", "b", "none", "c", "d", "e"]],
  ])("tells %j apart, and restores from its state", (classes) => {
    const examples = textsOf(classes);
    const own = trainPromptClassifier(examples, options, classes);
    expect(own.classes).toEqual(classes);
    for (const { text, label } of examples) {
      const probabilities = own.classify({ text });
      expect(Object.keys(probabilities)).toEqual(classes);
      expect(probabilities[label]).toBe(Math.max(...Object.values(probabilities)));
    }
    const again = promptClassifierFromState(JSON.parse(JSON.stringify(own.toState())) as JsonValue);
    expect(again.classes).toEqual(classes);
    for (const { text } of examples) expect(again.classify({ text })).toEqual(own.classify({ text }));
  });

  it.each([[["none"]], [["a", "b"]], [["a", "a", "none"]], [[]]])("refuses the classes %j", (classes) => {
    expect(thrownBy(() => trainPromptClassifier(textsOf(classes), options, classes))).toMatchObject({
      code: "CONFIG_INVALID",
      message: `[CONFIG_INVALID] the prompt classes are ${classes.join(", ") || "empty"}`,
    });
  });

  it("refuses a text of a class that is not among them, by name", () => {
    const examples: readonly PromptExample<string>[] = textsOf(["report", "none", "follow-up"]);
    expect(thrownBy(() => trainPromptClassifier(examples, options, ["report", "none"]))).toMatchObject({
      code: "CONFIG_INVALID",
      message: '[CONFIG_INVALID] a prompt text belongs to "follow-up", which is no class',
    });
  });

  it.each([
    ["classes", { classes: ["report", "none"] }, "one weight for each dense column and class"],
    ["a class twice", { classes: ["report", "none", "none", "x"] }, "classes are different"],
    ["no class for none", { classes: ["a", "b", "c", "d"] }, "none among them"],
    ["a temperature of 0", { temperature: 0 }, "temperature"],
  ])("refuses a state with other %s", (_what, change, shown) => {
    const state = { ...(classifier.toState() as object), ...change } as JsonValue;
    expect(thrownBy(() => promptClassifierFromState(state))).toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining(shown),
    });
  });
});
