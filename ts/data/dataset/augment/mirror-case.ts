import type { ItemRow } from "../../../schema/sample.ts";
import type { DatasetCase } from "../case.ts";
import { mirrorText } from "./mirror-text.ts";

/** A case as its mirror image, or why it is never mirrored. */
export type MirroredCase =
  | { readonly entry: DatasetCase }
  | {
      readonly why: string;
      /** The item whose words are not sure; null where it is the volume or a fact. */
      readonly item: string | null;
    };

/** Where the left of a body lies in the slices of a volume. */
export interface VolumeView {
  /** How slices are shown, as the receipt has it; undefined where it does not say. */
  readonly view: string | undefined;
  /** Shades of a picture state no side. */
  readonly isPicture: boolean;
}

/** Views whose columns run from side to side, so that a flip keeps the order of slices. */
const sideways: readonly (string | undefined)[] = ["axial", "coronal"];

/**
 * A case as it is of a volume whose columns are reversed: left and right exchanged in every question, choice, answer
 * and report, and in facts.
 *
 * @param facts - classes of each fact in index order.
 */
export function mirrorCase(
  entry: DatasetCase,
  volume: VolumeView,
  facts: Readonly<Record<string, readonly string[]>>,
): MirroredCase {
  if (volume.isPicture) return { why: "a picture does not say which side is left", item: null };
  if (!sideways.includes(volume.view))
    return {
      why: `left and right do not lie within its slices (${volume.view ?? "no view is known"})`,
      item: null,
    };
  const said = mirrorFacts(entry.row.facts, facts);
  if ("why" in said) return { ...said, item: null };
  const items: ItemRow[] = [];
  for (const item of entry.items) {
    const mirrored = mirrorItem(item);
    if ("why" in mirrored) return { why: mirrored.why, item: item.id };
    items.push(mirrored);
  }
  const row = said.facts === undefined ? entry.row : { ...entry.row, facts: said.facts };
  return { entry: { row, items, calibration: entry.calibration } };
}

function mirrorFacts(
  stated: DatasetCase["row"]["facts"],
  classes: Readonly<Record<string, readonly string[]>>,
): { readonly facts: DatasetCase["row"]["facts"] } | { readonly why: string } {
  if (stated === undefined) return { facts: undefined };
  const facts: Record<string, number> = {};
  for (const [name, index] of Object.entries(stated)) {
    const told = classes[name]?.[index];
    const mirrored = told === undefined ? undefined : mirrorText(told);
    if (mirrored !== undefined && "why" in mirrored) return { why: `fact "${name}": ${mirrored.why}` };
    const place = mirrored === undefined ? index : (classes[name]?.indexOf(mirrored.text) ?? -1);
    if (mirrored !== undefined && place < 0)
      return { why: `fact "${name}" has no class "${mirrored.text}", as which "${told ?? ""}" is mirrored` };
    facts[name] = place;
  }
  return { facts };
}

function mirrorItem(item: ItemRow): ItemRow | { readonly why: string } {
  const question = mirrorText(item.question),
    target = mirrorText(item.target),
    choices = item.choices?.map(mirrorText);
  const unclear = [question, target, ...(choices ?? [])].find((one) => "why" in one);
  if (unclear !== undefined && "why" in unclear) return unclear;
  const textOf = (one: typeof question): string => ("text" in one ? one.text : "");
  const mirrored = { ...item, question: textOf(question), target: textOf(target) };
  if (choices === undefined) return mirrored;
  const options = choices.map(textOf);
  return { ...mirrored, choices: options };
}
