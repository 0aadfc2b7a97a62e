import type { JsonValue } from "../../../../../ts/errors.ts";
import type { PromptClass, PromptExample } from "../../../../../ts/router/index.ts";
import {
  defaultPromptExamples,
  promptClassifierFromState,
  promptTrainingDefaults,
  trainPromptClassifier,
} from "../../../../../ts/router/index.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

/** A corpus of two words a class, five families each. */
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

  it("is the same classifier whenever it is trained on the same corpus", () => {
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

  it("learns a corpus of one's own", () => {
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

  it("refuses a corpus without one of the classes", () => {
    const error = thrownBy(() =>
      trainPromptClassifier(small.filter(({ label }) => label !== "none" && label !== "report")),
    );
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: "[CONFIG_INVALID] the prompt corpus has fewer than two families of: report, none",
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
      message: expect.stringContaining("does not fit tomoe.prompt-classifier/1"),
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

  it("answers a prompt in under a millisecond (median of 200) and trains within 3 seconds on a busy machine", () => {
    const times = Array.from({ length: 200 }, (_, at) => {
      const start = performance.now();
      classifier.classify({
        text: `Is there a pleural effusion in the left hemithorax, seen on slice ${at}, and how large is it?`,
      });
      return performance.now() - start;
    }).sort((a, b) => a - b);
    expect(times[100]).toBeLessThan(1);
    const start = performance.now();
    trainPromptClassifier();
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
