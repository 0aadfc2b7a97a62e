import { type PromptFeatures, readFeatures } from "./features.ts";
import type { PromptExample } from "./texts/examples.ts";

/** The training texts as features, families and classes. */
export interface IndexedTexts {
  /** Names of the classes, in the order in which a model's weights hold them. */
  readonly classes: readonly string[];
  /** Index of the class that belongs to no task. */
  readonly none: number;
  readonly features: readonly PromptFeatures[];
  /** Family number of each text; texts of one family stand together. */
  readonly families: readonly number[];
  /** Class of each text, as an index of `classes`. */
  readonly labels: readonly number[];
}

/**
 * Reads the features of all texts; texts of one family come to stand together.
 *
 * @param examples - in any order.
 * @param classes - every label that occurs, "none" among them.
 */
export function indexTexts<C extends string>(
  examples: readonly PromptExample<C>[],
  classes: readonly C[],
): IndexedTexts {
  const byFamily = new Map<string, PromptExample<C>[]>();
  for (const example of examples) {
    const members = byFamily.get(example.family);
    if (members === undefined) byFamily.set(example.family, [example]);
    else members.push(example);
  }
  const grouped = [...byFamily.values()].flatMap((members, family) =>
    members.map((example) => ({ example, family })),
  );
  const names: readonly string[] = classes;
  return {
    classes: names,
    none: names.indexOf("none"),
    features: grouped.map(({ example }) => readFeatures(example)),
    families: grouped.map(({ family }) => family),
    labels: grouped.map(({ example }) => classes.indexOf(example.label)),
  };
}
