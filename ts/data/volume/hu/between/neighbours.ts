import { type JsonValue, TomoeError } from "../../../../errors.ts";
import type { ReadLog } from "../../log.ts";
import { n } from "../not-hu.ts";

/** Neighbours that differ by one number in this share of their voxels were calibrated apart. */
const leastMoved = 0.6;
/** In what a scanner measured some voxels always stay, air beside the body for one; an offset moves all of them. */
const mostStayed = 0.02;
/** Differences within this many HU of each other are one offset and noise. */
const spreadHu = 40;
/** Offsets below this are found by no neighbour; the whole picture tells them better. */
const leastOffsetHu = 100;
/** Voxels of a slice that are compared at most. */
const samples = 1024;
/** A message lists this many slices at most. */
const namedSlices = 8;

/** Slices that differ by a scale alone are nearly the same picture: this correlated, which anatomy that changes is not. */
const leastAlike = 0.97;
/** Their contrast differs by more than this factor; thick neighbours at the end of a skull differ by 1.15. */
const mostScale = 1.3;
/** Share of the slices that are more like the second next one than like the next, from which two stacks beat. */
const leastBeat = 0.8;
const beatFactor = 1.1;
/** Fewer slices beat by chance. */
const fewSlices = 8;

/**
 * Refuses slices that lie an offset or a scale off their neighbours: HU has to hold in each slice, not only in the sum.
 *
 * @param voxels - slice after slice along the stack, in HU.
 * @param plane - voxels of a slice.
 * @throws TomoeError `DATA_NOT_HU` naming the slices and what they are off by.
 */
export function refuseApart(voxels: Int16Array | Float32Array, plane: number): void {
  const slices = Math.floor(voxels.length / plane);
  if (slices < 2 || plane < 64) return;
  const offsets = [0];
  const rescaled: { readonly slice: number; readonly scale: number }[] = [];
  let before = sampled(voxels, plane, 0);
  for (let slice = 1; slice < slices; slice++) {
    const here = sampled(voxels, plane, slice);
    const { offset, scale } = stepOf(before, here);
    before = here;
    offsets.push((offsets.at(-1) ?? 0) + offset);
    if (scale !== 1) rescaled.push({ slice, scale });
  }
  const [jump] = rescaled;
  if (jump !== undefined)
    throw slicesApart(
      voxels,
      `the scale of the voxels changes along the stack: those of slice ${jump.slice + 1} of ${slices} are spread about ${n(jump.scale)} times as far as those of slice ${jump.slice}, on the same picture`,
      { slices: rescaled.slice(0, namedSlices).map(({ slice }) => slice + 1), of: slices, scale: jump.scale },
    );
  const { odd, off } = apart(offsets, leastOffsetHu);
  if (odd.length === 0) return;
  const named = `${odd.slice(0, namedSlices).join(", ")}${odd.length > namedSlices ? ", ..." : ""}`;
  throw slicesApart(
    voxels,
    `${odd.length} of ${slices} slices are not on the scale of the others: every voxel of slice${odd.length === 1 ? "" : "s"} ${named} along the stack lies about ${n(Math.abs(off))} HU too ${off > 0 ? "high" : "low"}`,
    { slices: odd.slice(0, namedSlices), of: slices, offHu: off },
  );
}

function slicesApart(
  voxels: Int16Array | Float32Array,
  what: string,
  details: { readonly [key: string]: JsonValue },
): TomoeError {
  return new TomoeError("DATA_NOT_HU", what, {
    hint: "Export the series again with the slope and intercept of each slice, or convert it from its source.",
    details: { cause: "slices-apart", ...details, ...range(voxels) },
  });
}

/**
 * Warns when slices are more like the second next than like the next, all along the stack: two stacks, which no header
 * tells apart, interleave.
 */
export function noteBeat(voxels: Int16Array | Float32Array, plane: number, log: ReadLog): void {
  const slices = Math.floor(voxels.length / plane);
  if (slices < fewSlices || plane < 64) return;
  const difference = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0);
  let beats = 0;
  let [here, next] = [sampled(voxels, plane, 0), sampled(voxels, plane, 1)];
  for (let slice = 2; slice < slices; slice++) {
    const second = sampled(voxels, plane, slice);
    if (difference(here, next) > beatFactor * difference(here, second)) beats++;
    [here, next] = [next, second];
  }
  if (beats >= leastBeat * (slices - 2))
    log.warn(
      "SLICES_BEAT",
      `${beats} of ${slices - 2} slices are less like the next slice than like the one after it: two stacks, of two phases or energies, may interleave here`,
    );
}

/** Slices, counted from 1, that lie further than `most` from the middle one, and how far the first does. */
export function apart(
  places: readonly number[],
  most: number,
): { readonly odd: readonly number[]; readonly off: number } {
  const usual = places.toSorted((a, b) => a - b)[Math.floor(places.length / 2)] ?? 0;
  const odd = places.flatMap((place, slice) => (Math.abs(place - usual) >= most ? [slice + 1] : []));
  return { odd, off: (places[(odd[0] ?? 1) - 1] ?? 0) - usual };
}

/** At most about a thousand voxels of a slice, evenly spread. */
export function sampled(voxels: Int16Array | Float32Array, plane: number, slice: number): readonly number[] {
  const stride = Math.max(1, Math.floor(plane / samples));
  return Array.from(
    { length: Math.ceil(plane / stride) },
    (_, at) => voxels[slice * plane + at * stride] ?? 0,
  );
}

/** By what one slice is off the slice before: one number or one factor for all voxels; 0 and 1 where they belong together. */
function stepOf(
  before: readonly number[],
  here: readonly number[],
): { readonly offset: number; readonly scale: number } {
  const together = { offset: 0, scale: 1 };
  const [a, b] = [spread(before), spread(here)];
  // A slice of one value (padding, no picture) has no scale of its own.
  if (a.deviation === 0 || b.deviation === 0) return together;
  const covariance =
    here.reduce((sum, value, at) => sum + (value - b.mean) * ((before[at] ?? 0) - a.mean), 0) / here.length;
  const factor = b.deviation / a.deviation;
  if (
    covariance / (a.deviation * b.deviation) >= leastAlike &&
    Math.abs(Math.log(factor)) > Math.log(mostScale)
  )
    return { offset: 0, scale: factor };
  // One number for most voxels moves their mean too, and the mean is cheap.
  if (Math.abs(b.mean - a.mean) < leastOffsetHu / 3) return together;
  const differences = here.map((value, at) => value - (before[at] ?? 0));
  const median = differences.toSorted((x, y) => x - y)[Math.floor(differences.length / 2)] ?? 0;
  if (Math.abs(median) < leastOffsetHu) return together;
  const count = (test: (difference: number) => boolean): number =>
    differences.filter(test).length / differences.length;
  const moved = count((difference) => Math.abs(difference - median) < spreadHu);
  const stayed = count((difference) => Math.abs(difference) < spreadHu);
  return moved >= leastMoved && stayed <= mostStayed ? { offset: median, scale: 1 } : together;
}

function spread(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function range(voxels: Int16Array | Float32Array): { readonly min: number; readonly max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < voxels.length; at++) {
    const value = voxels[at] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
