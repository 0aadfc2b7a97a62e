import type { Batch, BatchItem, BatchVolume } from "../../schema/batch.ts";

/** Volumes that are kept although fewer would do: parts of a step want something to be parts of. */
const fewest = 2;

/** A rank's share of a batch with as few volumes as have all that its volumes have together. */
export function cutShare(batch: Batch, facts: boolean): Batch {
  const traits = batch.volumes.map((volume, at) =>
    traitsOf(
      volume,
      batch.items.filter(({ volumeIndex }) => volumeIndex === at),
      facts,
    ),
  );
  const missing = new Set(traits.flat());
  const kept = new Set<number>();
  while (missing.size > 0 || kept.size < Math.min(fewest, batch.volumes.length)) {
    const gains = traits.map((one, at) =>
      kept.has(at) ? -1 : one.filter((trait) => missing.has(trait)).length,
    );
    const best = gains.indexOf(Math.max(...gains));
    kept.add(best);
    for (const trait of traits[best] ?? []) missing.delete(trait);
  }
  const places = [...kept].sort((a, b) => a - b);
  return {
    ...batch,
    globalVolumeCount: places.length,
    volumes: places.flatMap((at) => batch.volumes[at] ?? []),
    items: batch.items.flatMap((item) =>
      kept.has(item.volumeIndex) ? [{ ...item, volumeIndex: places.indexOf(item.volumeIndex) }] : [],
    ),
  };
}

/** The shares of all ranks of one step, each cut; the steps' sum is that of what is left. */
export function cutStep(shares: readonly Batch[], facts: boolean): readonly Batch[] {
  const cut = shares.map((share) => cutShare(share, facts));
  const globalVolumeCount = cut.reduce((sum, { volumes }) => sum + volumes.length, 0);
  return cut.map((share) => ({ ...share, globalVolumeCount }));
}

/** What an objective or a task group would miss without a volume. */
function traitsOf(volume: BatchVolume, items: readonly BatchItem[], facts: boolean): readonly string[] {
  const known = facts ? Object.entries(volume.facts).filter(([, label]) => label >= 0) : [];
  return [
    ...known.map(([name]) => `fact ${name}`),
    ...(volume.hasPatchLabels ? ["labels"] : []),
    ...(volume.hasCaption ? ["caption"] : []),
    ...new Set(items.map(({ task }) => `task ${task}`)),
  ];
}
