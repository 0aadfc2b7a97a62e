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
 * @param sampled - some of the voxels of each slice, where they were taken before.
 * @throws TomoeError `DATA_NOT_HU` naming the slices and what they are off by.
 */
export function refuseApart(
  voxels: Int16Array | Float32Array,
  plane: number,
  sampled: readonly Float32Array[] = sampledSlices(voxels, plane),
): void {
  const slices = sampled.length;
  if (slices < 2 || plane < 64) return;
  const offsets: number[] = [];
  const rescaled: { readonly slice: number; readonly scale: number }[] = [];
  for (const [slice, here] of sampled.entries()) {
    const before = sampled[slice - 1];
    const { offset, scale } = before === undefined ? together : stepOf(before, here);
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
 *
 * @param sampled - some of the voxels of each slice, as `sampledSlices` takes them.
 * @param plane - voxels of a slice.
 */
export function noteBeat(sampled: readonly Float32Array[], plane: number, log: ReadLog): void {
  const slices = sampled.length;
  if (slices < fewSlices || plane < 64) return;
  let beats = 0;
  for (const [slice, here] of sampled.entries()) {
    const [next, second] = [sampled[slice + 1], sampled[slice + 2]];
    if (next === undefined || second === undefined) break;
    if (difference(here, next) > beatFactor * difference(here, second)) beats++;
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

/** Of each slice at most about a thousand voxels, evenly spread, as one array a slice. */
export function sampledSlices(voxels: Int16Array | Float32Array, plane: number): readonly Float32Array[] {
  const stride = Math.max(1, Math.floor(plane / samples));
  const length = Math.ceil(plane / stride);
  return Array.from({ length: Math.floor(voxels.length / plane) }, (_, slice) => {
    const values = new Float32Array(length);
    for (let at = 0; at < length; at++) values[at] = voxels[slice * plane + at * stride] ?? 0;
    return values;
  });
}

/** A slice that is nothing off the slice before. */
const together = { offset: 0, scale: 1 };

/** By what one slice is off the slice before: one number or one factor for all voxels; 0 and 1 where they belong together. */
function stepOf(
  before: Float32Array,
  here: Float32Array,
): { readonly offset: number; readonly scale: number } {
  const [a, b] = [spread(before), spread(here)];
  // A slice of one value (padding, no picture) has no scale of its own.
  if (a.deviation === 0 || b.deviation === 0) return together;
  let covariance = 0;
  for (let at = 0; at < here.length; at++)
    covariance += ((here[at] ?? 0) - b.mean) * ((before[at] ?? 0) - a.mean);
  const factor = b.deviation / a.deviation;
  if (
    covariance / here.length / (a.deviation * b.deviation) >= leastAlike &&
    Math.abs(Math.log(factor)) > Math.log(mostScale)
  )
    return { offset: 0, scale: factor };
  // One number for most voxels moves their mean too, and the mean is cheap.
  if (Math.abs(b.mean - a.mean) < leastOffsetHu / 3) return together;
  const differences = Float64Array.from(here, (value, at) => value - (before[at] ?? 0)).sort();
  const median = differences[Math.floor(differences.length / 2)] ?? 0;
  if (Math.abs(median) < leastOffsetHu) return together;
  const count = (test: (difference: number) => boolean): number =>
    differences.filter(test).length / differences.length;
  const moved = count((difference) => Math.abs(difference - median) < spreadHu);
  const stayed = count((difference) => Math.abs(difference) < spreadHu);
  return moved >= leastMoved && stayed <= mostStayed ? { offset: median, scale: 1 } : together;
}

function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return sum;
}

function spread(values: Float32Array): { readonly mean: number; readonly deviation: number } {
  let [sum, squares] = [0, 0];
  for (let at = 0; at < values.length; at++) sum += values[at] ?? 0;
  const mean = sum / values.length;
  for (let at = 0; at < values.length; at++) squares += ((values[at] ?? 0) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length) };
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
