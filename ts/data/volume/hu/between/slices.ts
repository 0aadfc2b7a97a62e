import { n } from "../not-hu.ts";
import { apart, sampledSlices } from "./neighbours.ts";

/** Neighbours of one scan differ by less in their air, and mostly in any tissue. */
const leastStepHu = 45;
/** Air counts from this share of a slice on: what is left of it at the rim of a body is tissue in the next slice. */
const leastAir = 0.1;
const airHu = { least: -1400, most: -650 };
/** The lowest hundredths of a slice above padding: the air around a body, of which no offset and no scale of HU leaves any in place. */
const lowest = { share: 0.02, staysHu: 20 };
/** Voxels this far about a peak are followed into the next slice. */
const aboutHu = 40;
/** Of them this share has to move together. */
const leastTogether = 0.55;
const fewest = 30;
/** Fat beside soft tissue is anatomy, unless hardly a voxel of the slice stays. */
const fatHu = { least: -150, most: -50 };
const softHu = { least: -20, most: 150 };
const mostStaying = 0.1;
/** Beside air that stays, tissue has to be so much of a slice and move so far: fat ends, and muscle begins. */
const leastTissue = 0.1;
const leastTissueStepHu = 300;
const namedSlices = 8;

/**
 * Tells of slices that an offset or a scale sets off their neighbours, by following the voxels of the air, or of the
 * commonest tissue where there is none, from slice to slice.
 *
 * @param voxels - slice after slice along the stack, in HU.
 * @param plane - voxels of a slice.
 * @param sampled - some of the voxels of each slice, where they were taken before.
 * @returns what is to be said, nothing where all slices agree.
 */
export function slicesOff(
  voxels: Int16Array | Float32Array,
  plane: number,
  sampled: readonly Float32Array[] = sampledSlices(voxels, plane),
): readonly string[] {
  const slices = sampled.length;
  if (slices < 2 || plane < 64) return [];
  const places: number[] = [];
  let before: Slice | undefined;
  for (const values of sampled) {
    const here = { values, lowest: lowestOf(values) };
    places.push((places.at(-1) ?? 0) + (before === undefined ? 0 : stepOf(before, here)));
    before = here;
  }
  const { odd, off } = apart(places, leastStepHu);
  if (odd.length === 0) return [];
  const named = `${odd.slice(0, namedSlices).join(", ")}${odd.length > namedSlices ? ", ..." : ""}`;
  return [
    `${odd.length} of ${slices} slices are off the others, by an offset or another scale: what peaks in slice${odd.length === 1 ? "" : "s"} ${named} along the stack lies about ${n(Math.round(Math.abs(off)))} HU too ${off > 0 ? "high" : "low"}`,
  ];
}

/** What is known of a slice. */
interface Slice {
  readonly values: Float32Array;
  /** The air around a body, or what is lowest above padding; NaN where all is padding. */
  readonly lowest: number;
}

/** Kept in order while they are looked for, since they are few: nothing else is sorted. */
function lowestOf(values: Float32Array): number {
  let above = 0;
  for (let at = 0; at < values.length; at++) if ((values[at] ?? 0) > airHu.least) above++;
  const least = new Float32Array(Math.floor(lowest.share * above) + 1).fill(Number.POSITIVE_INFINITY);
  const last = least.length - 1;
  for (let at = 0; at < values.length; at++) {
    const hu = values[at] ?? 0;
    if (hu <= airHu.least || hu >= (least[last] ?? 0)) continue;
    let place = last;
    for (; place > 0 && (least[place - 1] ?? 0) > hu; place--) least[place] = least[place - 1] ?? 0;
    least[place] = hu;
  }
  return above === 0 ? Number.NaN : (least[last] ?? Number.NaN);
}

/** By how much the air moves into the next slice, or else the commonest tissue. */
function stepOf(slice: Slice, next: Slice): number {
  const [before, here] = [slice.values, next.values];
  const { air, tissue } = partsOf(before);
  if (air.length < leastAir * before.length) return followed(before, here, peakOf(before), leastStepHu);
  // Lung beside the air around a body may differ.
  const stays = Math.abs(slice.lowest - next.lowest) < lowest.staysHu;
  const step = stays ? 0 : followed(before, here, peakOf(air), leastStepHu);
  return step !== 0 || tissue.length < leastTissue * before.length
    ? step
    : followed(before, here, peakOf(tissue), leastTissueStepHu);
}

/** The air of a slice, and what is denser; padding is neither. */
function partsOf(values: Float32Array): { readonly air: Float32Array; readonly tissue: Float32Array } {
  const air = new Float32Array(values.length);
  const tissue = new Float32Array(values.length);
  let [airs, tissues] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const hu = values[at] ?? 0;
    if (hu >= airHu.most) tissue[tissues++] = hu;
    else if (hu > airHu.least) air[airs++] = hu;
  }
  return { air: air.subarray(0, airs), tissue: tissue.subarray(0, tissues) };
}

/** By how much the voxels about a peak move into the next slice; 0 where they do not move together, or by less than `least`. */
function followed(before: Float32Array, here: Float32Array, peak: number, least: number): number {
  const moves = movesAbout(before, here, peak);
  if (moves.length < fewest) return 0;
  const step = moves[moves.length >> 1] ?? 0;
  const together = moves.filter((moved) => Math.abs(moved - step) <= aboutHu).length;
  if (Math.abs(step) < least || together < leastTogether * moves.length) return 0;
  const isAnatomy =
    isOtherTissue(peak + step, step) ||
    (isFatBesideSoft(peak, peak + step) && staying(before, here) > mostStaying);
  return isPile(before, here, peak) || isAnatomy ? 0 : step;
}

/** By how much each voxel about a peak moves into the next slice, the least first. */
function movesAbout(before: Float32Array, here: Float32Array, peak: number): Float64Array {
  const moves = new Float64Array(before.length);
  let count = 0;
  for (let at = 0; at < before.length; at++) {
    const hu = before[at] ?? 0;
    if (Math.abs(hu - peak) <= aboutHu) moves[count++] = (here[at] ?? 0) - hu;
  }
  return moves.subarray(0, count).sort();
}

function isFatBesideSoft(from: number, to: number): boolean {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  return low >= fatHu.least && low <= fatHu.most && high >= softHu.least && high <= softHu.most;
}

/** Share of the voxels that are the same in both slices, but for noise. */
function staying(before: Float32Array, here: Float32Array): number {
  return before.filter((hu, at) => Math.abs((here[at] ?? 0) - hu) <= aboutHu).length / before.length;
}

/** Where lung ends tissue begins, and the other way round: that is anatomy. */
function isOtherTissue(place: number, step: number): boolean {
  return Math.abs(step) > 250 && ((place > -1050 && place < airHu.most) || (place > -150 && place < 200));
}

/** True when noise became one value: padding in place of a scan. */
function isPile(before: Float32Array, here: Float32Array, from: number): boolean {
  const values = (of: Float32Array): number =>
    new Set(of.filter((_, at) => Math.abs((before[at] ?? 0) - from) <= aboutHu)).size;
  const [a, b] = [values(before), values(here)];
  return Math.min(a, b) < 0.2 * Math.max(a, b);
}

/** Middle of the fullest bin and its neighbours. */
function peakOf(values: Float32Array): number {
  const width = 16;
  const bins = new Map<number, number>();
  for (const value of values) {
    const bin = Math.floor(value / width);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const around = (bin: number): number =>
    [-1, 0, 1].reduce((sum, off) => sum + (bins.get(bin + off) ?? 0), 0);
  let best = { bin: 0, count: -1 };
  for (const bin of bins.keys()) if (around(bin) > best.count) best = { bin, count: around(bin) };
  return (best.bin + 0.5) * width;
}
