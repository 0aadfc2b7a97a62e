import { type PromptFeatures, readFeatures } from "./features.ts";
import { type PromptExample, promptClasses } from "./texts/examples.ts";

/** The training texts as features, families and classes. */
export interface IndexedCorpus {
  readonly features: readonly PromptFeatures[];
  /** Family number of each text; texts of one family stand together. */
  readonly families: readonly number[];
  /** Class of each text, as an index of `promptClasses`. */
  readonly labels: readonly number[];
}

/** Index of the class that belongs to no task. */
export const noneLabel = promptClasses.indexOf("none");

/**
 * Reads the features of all texts; texts of one family come to stand together.
 *
 * @param examples - in any order.
 */
export function indexCorpus(examples: readonly PromptExample[]): IndexedCorpus {
  const byFamily = new Map<string, PromptExample[]>();
  for (const example of examples) {
    const members = byFamily.get(example.family);
    if (members === undefined) byFamily.set(example.family, [example]);
    else members.push(example);
  }
  const grouped = [...byFamily.values()].flatMap((members, family) =>
    members.map((example) => ({ example, family })),
  );
  return {
    features: grouped.map(({ example }) => readFeatures(example)),
    families: grouped.map(({ family }) => family),
    labels: grouped.map(({ example }) => promptClasses.indexOf(example.label)),
  };
}
