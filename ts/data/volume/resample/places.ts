import { longestBlock, stepsOf } from "./steps.ts";

/** A new slice this near an old one, in share of the step, is the old one. */
const onPlace = 0.01;
/** Slices that show this far from their place, in share of the step, are where they were; more than half is another place. */
const nearEnough = 0.49;
const anotherPlace = 0.5 + 1e-6;
/** Beginnings of the grid that are tried, within one step. */
const phases = 40;

/** Where a new slice comes from: between `lower` and the slice above it, whose share is `weight`. */
export interface Sample {
  readonly lower: number;
  readonly weight: number;
}

/** New slices along the normal. */
export interface Places {
  readonly firstMm: number;
  readonly samples: readonly Sample[];
  /** Indices of old slices that show most at a new slice more than half a step away, or at none. */
  readonly displaced: readonly number[];
}

/** Every slice where it is. */
export function samePlaces(along: readonly number[]): Places {
  return {
    firstMm: along[0] ?? 0,
    samples: along.map((_, lower) => ({ lower, weight: 0 })),
    displaced: [],
  };
}

/**
 * Lays a regular grid through irregular slices: from the longest block of that step, whose slices then stay as they
 * are; where that shows a slice half a step off its place, from where the fewest are, by the least.
 *
 * At the ends a new slice may lie up to half a step beyond the last old one, and is that one.
 * @param along - mm along the normal, ascending, no two alike.
 */
export function regularPlaces(along: readonly number[], stepMm: number): Places {
  const anchor = along[longestBlock(stepsOf(along), stepMm)] ?? 0;
  const kept = placesFrom(anchor, along, stepMm);
  if (kept.worstMm <= nearEnough * stepMm) return kept;
  const tried = Array.from({ length: phases }, (_, phase) =>
    placesFrom(anchor + (phase / phases) * stepMm, along, stepMm),
  );
  const [best = kept] = tried.toSorted(
    (a, b) => a.displaced.length - b.displaced.length || a.worstMm - b.worstMm,
  );
  return best;
}

interface Tried extends Places {
  readonly worstMm: number;
}

function placesFrom(through: number, along: readonly number[], stepMm: number): Tried {
  const [low, high] = [along[0] ?? 0, along.at(-1) ?? 0];
  const near = onPlace * stepMm;
  const beyond = stepMm / 2 - near;
  const firstMm = through - stepMm * Math.floor((through - low + beyond) / stepMm);
  const count = Math.floor((high - firstMm + beyond) / stepMm) + 1;
  const samples: Sample[] = [];
  let lower = 0;
  for (let index = 0; index < count; index++) {
    const place = firstMm + index * stepMm;
    while (lower < along.length - 2 && (along[lower + 1] ?? 0) <= place) lower++;
    samples.push(sampleAt(place, lower, along, near));
  }
  const offMm = offPlaces(samples, along, firstMm, stepMm);
  return {
    firstMm,
    samples,
    displaced: offMm.flatMap((off, slice) => (off > anotherPlace * stepMm ? [slice] : [])),
    worstMm: Math.max(...offMm),
  };
}

/** How far from its place each old slice shows most; infinitely far when it shows nowhere. */
function offPlaces(
  samples: readonly Sample[],
  along: readonly number[],
  firstMm: number,
  stepMm: number,
): readonly number[] {
  const strongest = along.map(() => ({
    weight: 0,
    offMm: Number.POSITIVE_INFINITY,
  }));
  for (const [index, sample] of samples.entries())
    for (const [slice, weight] of [
      [sample.lower, 1 - sample.weight],
      [sample.lower + 1, sample.weight],
    ] as const) {
      const found = strongest[slice];
      if (found === undefined || weight === 0) continue;
      const offMm = Math.abs(firstMm + index * stepMm - (along[slice] ?? 0));
      const asStrong = Math.abs(weight - found.weight) < 1e-9;
      if (asStrong ? offMm < found.offMm : weight > found.weight) strongest[slice] = { weight, offMm };
    }
  return strongest.map(({ offMm }) => offMm);
}

function sampleAt(place: number, lower: number, along: readonly number[], near: number): Sample {
  const [below, above] = [along[lower] ?? 0, along[lower + 1] ?? Number.POSITIVE_INFINITY];
  if (place - below <= near) return { lower, weight: 0 };
  if (above - place <= near) return { lower: lower + 1, weight: 0 };
  return { lower, weight: (place - below) / (above - below) };
}
