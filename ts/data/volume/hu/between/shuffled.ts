import type { ReadLog } from "../../log.ts";
import { difference, faceOf, type Shape, type Voxels } from "./faces.ts";

/** Fewer slices are in any order by chance. */
const fewest = 8;
/** Slices that are looked at; in longer stacks evenly spread ones. */
const mostLooked = 48;
/** Further slices that each of them is compared with at most, evenly spread. */
const mostOthers = 128;
/** Columns and rows of a slice that are compared. */
const side = 32;
/** A slice this near is a neighbour: slices of half a step, or of a beat, are alike in pairs. */
const near = 3;
/** A slice elsewhere counts where it differs so many times less than the neighbours do: noise alone gives 1. */
const better = 1.3;
/** Neighbours that differ by less, HU, are one picture and noise. */
const leastHu = 20;
/** Pairs of a mirror have sums this near to each other, and so many of the pairs do; of any order hardly half do. */
const mirrorNear = 2;
const mirrorShare = 0.7;
/** Share of the slices, from which the order is not that of the body. */
const leastShare = 0.4;

/**
 * Warns where many slices are much more like one elsewhere in the stack than like their neighbours: the voxels are in
 * another order than the places that the header gives them.
 *
 * @param voxels - slice after slice along the stack, in HU.
 * @param shapeXYZ - columns, rows, slices.
 */
export function noteShuffled(voxels: Voxels, shapeXYZ: Shape, log: ReadLog): void {
  const [nx, ny, nz] = shapeXYZ;
  if (nz < fewest || nx < fewest || ny < fewest) return;
  const faces = new Map<number, Float32Array>();
  const face = (z: number): Float32Array => {
    const known = faces.get(z) ?? faceOf(voxels, shapeXYZ, 2, z, side);
    faces.set(z, known);
    return known;
  };
  const looked = spreadOut(nz, mostLooked);
  const others = spreadOut(nz, mostOthers);
  const astray = looked.flatMap((z) => {
    const beside = [z - 1, z + 1].filter((at) => at >= 0 && at < nz);
    const own = Math.min(...beside.map((at) => difference(face(z), face(at))));
    if (own < leastHu) return [];
    const [nearest] = others
      .filter((at) => Math.abs(at - z) > near)
      .map((at) => ({ at, difference: difference(face(z), face(at)) }))
      .toSorted((a, b) => a.difference - b.difference);
    return nearest !== undefined && nearest.difference * better < own ? [z + nearest.at] : [];
  });
  if (astray.length >= leastShare * looked.length && !areMirrored(astray))
    log.warn(
      "SLICES_SHUFFLED",
      `${astray.length} of ${looked.length} slices that were compared with all others are much more like one elsewhere in the stack than like their neighbours: the slices are in another order than the header gives them`,
    );
}

/**
 * True where slices are like those as far on the other side of one plane, as from flank to flank of a body that is the
 * same on both sides: the places of such pairs have one sum.
 */
function areMirrored(sums: readonly number[]): boolean {
  const about = (sum: number): number => sums.filter((other) => Math.abs(other - sum) <= mirrorNear).length;
  return Math.max(...sums.map(about)) >= mirrorShare * sums.length;
}

/** At most so many of the numbers below `count`, evenly spread. */
function spreadOut(count: number, most: number): readonly number[] {
  const size = Math.min(count, most);
  return Array.from({ length: size }, (_, at) => Math.floor((at * count) / size));
}
