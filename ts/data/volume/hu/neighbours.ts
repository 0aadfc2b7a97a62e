import { type JsonValue, TomoeError } from "../../../errors.ts";
import { n } from "./not-hu.ts";

/** Neighbours that differ by one number in this share of their voxels were calibrated apart. */
const leastMoved = 0.6;
/** In what a scanner measured some voxels always stay, air beside the body for one; an offset moves all of them. */
const mostStayed = 0.02;
/** Differences within this many HU of each other are one offset and noise. */
const spreadHu = 40;
/** Offsets below this are found by no neighbour; the whole picture tells them better. */
const leastOffsetHu = 100;
/** Voxels of a slice that are compared at most. */
const samples = 4096;
/** A message lists this many slices at most. */
const namedSlices = 8;

/**
 * Refuses slices that lie an offset off their neighbours: HU has to hold in each slice, not only in the sum.
 *
 * @param voxels - slice after slice along the stack, in HU.
 * @param plane - voxels of a slice.
 * @throws TomoeError `DATA_NOT_HU` naming the slices and the offset.
 */
export function refuseApart(voxels: Int16Array | Float32Array, plane: number): void {
  const slices = Math.floor(voxels.length / plane);
  if (slices < 2 || plane < 64) return;
  const offsets = [0];
  for (let slice = 1; slice < slices; slice++)
    offsets.push((offsets.at(-1) ?? 0) + offsetOf(voxels, plane, slice));
  const usual = offsets.toSorted((a, b) => a - b)[Math.floor(slices / 2)] ?? 0;
  const odd = offsets.flatMap((offset, slice) =>
    Math.abs(offset - usual) >= leastOffsetHu ? [slice + 1] : [],
  );
  const [first] = odd;
  if (first === undefined) return;
  const offHu = (offsets[first - 1] ?? 0) - usual;
  const named = `${odd.slice(0, namedSlices).join(", ")}${odd.length > namedSlices ? ", ..." : ""}`;
  const details: { readonly [key: string]: JsonValue } = {
    cause: "slices-apart",
    slices: odd.slice(0, namedSlices),
    of: slices,
    offHu,
    ...range(voxels),
  };
  throw new TomoeError(
    "DATA_NOT_HU",
    `${odd.length} of ${slices} slices are not on the scale of the others: every voxel of slice${odd.length === 1 ? "" : "s"} ${named} along the stack lies about ${n(Math.abs(offHu))} HU too ${offHu > 0 ? "high" : "low"}`,
    {
      hint: "Export the series again with the slope and intercept of each slice, or convert it from its source.",
      details,
    },
  );
}

/** The one number by which all voxels of a slice lie above the slice before; 0 for slices that belong together. */
function offsetOf(voxels: Int16Array | Float32Array, plane: number, slice: number): number {
  const stride = Math.max(1, Math.floor(plane / samples));
  const differences: number[] = [];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < plane; at += stride) {
    const here = voxels[slice * plane + at] ?? 0;
    if (here < low) low = here;
    if (here > high) high = here;
    differences.push(here - (voxels[(slice - 1) * plane + at] ?? 0));
  }
  // A slice of one value (padding, no picture) has no scale of its own.
  if (low === high) return 0;
  const median = differences.toSorted((a, b) => a - b)[Math.floor(differences.length / 2)] ?? 0;
  if (Math.abs(median) < leastOffsetHu) return 0;
  const count = (test: (difference: number) => boolean): number =>
    differences.filter(test).length / differences.length;
  const moved = count((difference) => Math.abs(difference - median) < spreadHu);
  const stayed = count((difference) => Math.abs(difference) < spreadHu);
  return moved >= leastMoved && stayed <= mostStayed ? median : 0;
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
