import { z } from "zod";
import { type JsonValue, TomoeError } from "../../errors.ts";
import type { RoutedPrompt } from "../../schema/router.ts";
import { readFeatures } from "./features.ts";
import { indexTexts } from "./indexed-texts.ts";
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

/** Probability (0..1, summing to 1) that a prompt belongs to each class: to a task, or to none. */
export type ClassProbabilities<C extends string = PromptClass> = Readonly<Record<C, number>>;

/** Says what a prompt asks for; pure, without state between calls. */
export interface PromptClassifier<C extends string = PromptClass> {
  /** What it tells apart, "none" among them. */
  readonly classes: readonly C[];
  classify(prompt: RoutedPrompt): ClassProbabilities<C>;
  /** All that `promptClassifierFromState` needs to rebuild it bit for bit. */
  toState(): JsonValue;
}

/** Options found by cross-validation over families of the default prompt texts. */
export const promptTrainingDefaults: PromptTrainingOptions = {
  epochs: 5,
  learningRate: 0.3,
  decay: 3e-4,
  minFamilies: 3,
  calibrationEvery: 4,
};

const stateFormat = "tomoe.prompt-classifier/2";

const stateSchema = z
  .strictObject({
    format: z.literal(stateFormat),
    classes: z.array(z.string().min(1)).min(2),
    temperature: z.number().positive(),
    /** Weights of the constant and the evidence features, columns x classes. */
    dense: z.array(z.number()),
    grams: packedTableSchema,
    evidence: packedTableSchema,
  })
  .refine(({ classes }) => classes.includes("none") && new Set(classes).size === classes.length, {
    error: "classes are different, with none among them",
    path: ["classes"],
  })
  .refine(({ classes, dense }) => dense.length === firstGramColumn * classes.length, {
    error: "one weight for each dense column and class",
    path: ["dense"],
  })
  .refine(({ classes, grams, evidence }) => grams.width === classes.length && evidence.width === 1, {
    error: "one weight for each n-gram and class, one number for each word",
    path: ["grams"],
  });

function toState(model: PromptModel): JsonValue {
  const classes = model.classes.length;
  const weightsAt = (column: number): readonly number[] => [
    ...model.weights.subarray(column * classes, (column + 1) * classes),
  ];
  return {
    format: stateFormat,
    classes: [...model.classes],
    temperature: model.temperature,
    dense: [...model.weights.subarray(0, firstGramColumn * classes)],
    grams: packTable(
      [...model.columns].map(([hash, column]) => [hash, weightsAt(column)]),
      classes,
      modelStep,
    ),
    evidence: packTable(
      [...model.evidence].map(([hash, odds]) => [hash, [odds]]),
      1,
      modelStep,
    ),
  };
}

function classifierOf(model: PromptModel): PromptClassifier<string> {
  return {
    classes: model.classes,
    classify(prompt) {
      const probabilities = softmax(scorePrompt(model, readFeatures(prompt)), model.temperature);
      return Object.fromEntries(model.classes.map((name, k) => [name, probabilities[k] ?? 0]));
    },
    toState: () => toState(model),
  };
}

/**
 * Trains the prompt classifier: word and character n-grams, whether options are given, and how known the
 * words are, under multinomial logistic regression. Deterministic; about 0.3 s for the default texts.
 *
 * @param examples - texts with their class; texts of one family count as one source. Every class must occur,
 * in at least two families.
 * @param classes - two or more, "none" among them; the tasks and "none" when absent.
 * @throws TomoeError `CONFIG_INVALID` when a class is missing or unknown, or an option is out of range.
 */
export function trainPromptClassifier(
  examples?: readonly PromptExample[],
  options?: PromptTrainingOptions,
): PromptClassifier;
export function trainPromptClassifier<C extends string>(
  examples: readonly PromptExample<C>[],
  options: PromptTrainingOptions,
  classes: readonly C[],
): PromptClassifier<C>;
export function trainPromptClassifier(
  examples: readonly PromptExample<string>[] = defaultPromptExamples(),
  options: PromptTrainingOptions = promptTrainingDefaults,
  classes: readonly string[] = promptClasses,
): PromptClassifier<string> {
  checkClasses(examples, classes);
  checkOptions(options);
  return classifierOf(fitPromptModel(indexTexts(examples, classes), options));
}

function checkClasses(examples: readonly PromptExample<string>[], classes: readonly string[]): void {
  if (classes.length < 2 || new Set(classes).size < classes.length || !classes.includes("none")) {
    throw new TomoeError("CONFIG_INVALID", `the prompt classes are ${classes.join(", ") || "empty"}`, {
      hint: "Name each class once, and none among them.",
      details: { classes: [...classes] },
    });
  }
  const unknown = examples.find(({ label }) => !classes.includes(label));
  if (unknown !== undefined) {
    throw new TomoeError("CONFIG_INVALID", `a prompt text belongs to "${unknown.label}", which is no class`, {
      hint: `The classes are ${classes.join(", ")}.`,
      details: { label: unknown.label, classes: [...classes] },
    });
  }
  const familiesOf = (label: string): number =>
    new Set(examples.filter((example) => example.label === label).map((example) => example.family)).size;
  const thin = classes.filter((label) => familiesOf(label) < 2);
  if (thin.length > 0) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `the prompt texts have fewer than two families of: ${thin.join(", ")}`,
      {
        hint: `Give examples of each of ${classes.join(", ")}.`,
        details: { thin: [...thin] },
      },
    );
  }
}

function checkOptions(options: PromptTrainingOptions): void {
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
        hint: "Give epochs and minFamilies as whole numbers of at least 1, calibrationEvery of at least 2, learningRate and decay at or above 0.",
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
export function promptClassifierFromState(state: JsonValue): PromptClassifier<string> {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success) {
    throw new TomoeError(
      "CHECKPOINT_INVALID",
      `the prompt classifier's state does not fit ${stateFormat}: ${z.prettifyError(parsed.error)}`,
      {
        hint: "The router state was written by another version or edited: retrain the policy, or use the version that wrote it.",
      },
    );
  }
  const { classes, temperature, dense, grams, evidence } = parsed.data;
  const rows = unpackTable(grams);
  return classifierOf({
    classes,
    columns: new Map(rows.map(([hash], at) => [hash, firstGramColumn + at])),
    evidence: new Map(unpackTable(evidence).map(([hash, [odds = 0]]) => [hash, odds])),
    weights: Float64Array.from([...dense, ...rows.flatMap(([, numbers]) => numbers)]),
    temperature,
  });
}
