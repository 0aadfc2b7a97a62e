import { allStages, type ResolvedExperiment } from "../../../config/index.ts";
import {
  type AugmentRange,
  augmentRule,
  casesOf,
  changesNothing,
  type Dataset,
  type MirroredCase,
  mirrorCase,
} from "../../../data/dataset/index.ts";
import type { Receipt } from "../../../schema/volume.ts";
import { sourceOf } from "../sources.ts";

/** Training cases by id: the mirror image of each, or why there is none. */
export type Mirrors = ReadonlyMap<string, MirroredCase>;

/** What a run keeps of how it changed volumes, in `augmented.json`; which one when follows from the seed. */
export interface Augmentation {
  readonly format: "tomoe.augmented/1";
  /** Name and version of the draws. */
  readonly rule: string;
  readonly stages: readonly { readonly stage: string; readonly augment: AugmentRange }[];
  /** Null where no stage mirrors volumes. */
  readonly mirrors: {
    readonly cases: number;
    readonly mirrored: number;
    readonly never: readonly { readonly case: string; readonly item: string | null; readonly why: string }[];
  } | null;
}

/**
 * The mirror image of every training case; null where no stage asks for any.
 *
 * @param cached - by case, with the receipt that says how its slices lie.
 * @throws TomoeError of a receipt that cannot be read.
 */
export async function mirrorsOf(
  { config }: ResolvedExperiment,
  volumes: Dataset,
  cached: ReadonlyMap<string, { receipt(): Promise<Receipt> }>,
): Promise<Mirrors | null> {
  if (!allStages(config).some(({ stage }) => stage.augment.flip > 0)) return null;
  const isPicture = sourceOf(config.data).intensity(config.data) === "picture";
  const mirrors = new Map<string, MirroredCase>();
  for (const entry of casesOf(volumes, "train")) {
    const receipt = await cached.get(entry.row.case)?.receipt();
    const turn = receipt?.steps.find(({ step }) => step === "turn");
    const view = typeof turn?.view === "string" ? turn.view : undefined;
    mirrors.set(entry.row.case, mirrorCase(entry, { view, isPicture }, volumes.manifest.facts));
  }
  return mirrors;
}

const neverOf = (mirrors: Mirrors) =>
  [...mirrors].flatMap(([id, one]) => ("why" in one ? [{ case: id, item: one.item, why: one.why }] : []));

/** How many cases may be mirrored, and why the first of the others are not. */
export function mirrorLine(mirrors: Mirrors): string {
  const never = neverOf(mirrors);
  const [first] = never;
  const line = `${mirrors.size - never.length} of ${mirrors.size} training cases may be mirrored`;
  if (first === undefined) return line;
  const of = first.item === null ? `case "${first.case}"` : `item "${first.item}"`;
  return `${line}; of the others augmented.json says why (${of}: ${first.why})`;
}

/** What is recorded of a run's changes of volumes; null where it makes none. */
export function augmentation({ config }: ResolvedExperiment, mirrors: Mirrors | null): Augmentation | null {
  const stages = allStages(config).flatMap(({ stage: { name, augment } }) =>
    changesNothing(augment) ? [] : [{ stage: name, augment }],
  );
  if (stages.length === 0) return null;
  const never = mirrors === null ? [] : neverOf(mirrors);
  return {
    format: "tomoe.augmented/1",
    rule: augmentRule,
    stages,
    mirrors: mirrors && { cases: mirrors.size, mirrored: mirrors.size - never.length, never },
  };
}
