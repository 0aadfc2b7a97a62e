import { z } from "zod";
import { type JsonValue, TomoeError } from "../../errors.ts";
import type { RoutedPrompt } from "../../schema/router.ts";
import { readFeatures } from "./features.ts";
import { indexCorpus } from "./indexed-texts.ts";
import {
  firstGramColumn,
  fitPromptModel,
  modelStep,
  type PromptModel,
  type PromptTrainingOptions,
  scorePrompt,
} from "./model.ts";
import { packedTableSchema, packTable, unpackTable } from "./packed-table.ts";
import { softmax } from "./regression.ts";
import {
  defaultPromptExamples,
  type PromptClass,
  type PromptExample,
  promptClasses,
} from "./texts/examples.ts";

/** Probability (0..1, summing to 1) that a prompt belongs to each task, or to none of them. */
export type ClassProbabilities = Readonly<Record<PromptClass, number>>;

/** Says what a prompt asks for; pure, without state between calls. */
export interface PromptClassifier {
  classify(prompt: RoutedPrompt): ClassProbabilities;
  /** All that `promptClassifierFromState` needs to rebuild it bit for bit. */
  toState(): JsonValue;
}

/** Options found by cross-validation over families of the default corpus. */
export const promptTrainingDefaults: PromptTrainingOptions = {
  epochs: 5,
  learningRate: 0.3,
  decay: 3e-4,
  minFamilies: 3,
  calibrationEvery: 4,
};

const FORMAT = "tomoe.prompt-classifier/1";
const CLASSES = promptClasses.length;

const stateSchema = z.strictObject({
  format: z.literal(FORMAT),
  temperature: z.number().positive(),
  /** Weights of the constant and the evidence features, columns x classes. */
  dense: z.array(z.number()).length(firstGramColumn * CLASSES),
  grams: packedTableSchema,
  evidence: packedTableSchema,
});

const weightsAt = (model: PromptModel, column: number): readonly number[] => [
  ...model.weights.subarray(column * CLASSES, (column + 1) * CLASSES),
];

function toState(model: PromptModel): JsonValue {
  return {
    format: FORMAT,
    temperature: model.temperature,
    dense: [...model.weights.subarray(0, firstGramColumn * CLASSES)],
    grams: packTable(
      [...model.columns].map(([hash, column]) => [hash, weightsAt(model, column)]),
      CLASSES,
      modelStep,
    ),
    evidence: packTable(
      [...model.evidence].map(([hash, odds]) => [hash, [odds]]),
      1,
      modelStep,
    ),
  };
}

function classifierOf(model: PromptModel): PromptClassifier {
  return {
    classify(prompt) {
      const [report = 0, closed = 0, open = 0, none = 0] = softmax(
        scorePrompt(model, readFeatures(prompt)),
        model.temperature,
      );
      return { report, "closed-vqa": closed, "open-vqa": open, none };
    },
    toState: () => toState(model),
  };
}

/**
 * Trains the prompt classifier: word and character n-grams, whether options are given, and how known the
 * words are, under multinomial logistic
 * regression. Deterministic; about 0.2 s for the default corpus.
 *
 * @param examples - texts with their class; texts of one family count as one source. All four classes must
 * occur, in at least two families each.
 * @throws TomoeError `CONFIG_INVALID` when a class is missing, or an option is out of range.
 */
export function trainPromptClassifier(
  examples: readonly PromptExample[] = defaultPromptExamples(),
  options: PromptTrainingOptions = promptTrainingDefaults,
): PromptClassifier {
  checkTraining(examples, options);
  return classifierOf(fitPromptModel(indexCorpus(examples), options));
}

function checkTraining(examples: readonly PromptExample[], options: PromptTrainingOptions): void {
  const familiesOf = (label: PromptClass): number =>
    new Set(examples.filter((example) => example.label === label).map((example) => example.family)).size;
  const thin = promptClasses.filter((label) => familiesOf(label) < 2);
  if (thin.length > 0) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `the prompt corpus has fewer than two families of: ${thin.join(", ")}`,
      {
        hint: "Give examples of report, closed-vqa, open-vqa and of text that fits none of them.",
        details: { thin: [...thin] },
      },
    );
  }
  const problems = [
    ...(["epochs", "minFamilies", "calibrationEvery"] as const).filter(
      (name) => !Number.isInteger(options[name]) || options[name] < (name === "calibrationEvery" ? 2 : 1),
    ),
    ...(["learningRate", "decay"] as const).filter(
      (name) => !Number.isFinite(options[name]) || options[name] < 0,
    ),
  ];
  if (problems.length > 0) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `prompt training options out of range: ${problems.map((name) => `${name} = ${options[name]}`).join(", ")}`,
      {
        hint: "epochs and minFamilies are whole numbers of at least 1, calibrationEvery of at least 2; learningRate and decay lie at or above 0.",
        details: { problems },
      },
    );
  }
}

/**
 * Rebuilds a classifier from what `toState` gave.
 *
 * @throws TomoeError `CHECKPOINT_INVALID` when the state is not of this form.
 */
export function promptClassifierFromState(state: JsonValue): PromptClassifier {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success) {
    throw new TomoeError(
      "CHECKPOINT_INVALID",
      `the prompt classifier's state does not fit ${FORMAT}: ${z.prettifyError(parsed.error)}`,
      {
        hint: "The router state was written by another version or edited: retrain the policy, or use the version that wrote it.",
      },
    );
  }
  const { temperature, dense, grams, evidence } = parsed.data;
  const rows = unpackTable(grams);
  return classifierOf({
    columns: new Map(rows.map(([hash], at) => [hash, firstGramColumn + at])),
    evidence: new Map(unpackTable(evidence).map(([hash, [odds = 0]]) => [hash, odds])),
    weights: Float64Array.from([...dense, ...rows.flatMap(([, numbers]) => numbers)]),
    temperature,
  });
}
