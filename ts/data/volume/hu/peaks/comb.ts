import { type HuHistogram, huHistogram } from "../histogram.ts";
import { quantile } from "./humps.ts";
import { spectrum } from "./spectrum.ts";

/** Tissue and noise are smooth beyond this many cycles per HU; slower ripples may be humps. */
const leastCycles = 0.085;
/** The histogram is looked at for rhythms 1 / this apart at most; in n numbers a rhythm is told from one 1 / n away. */
const fewestRhythms = 1024;
const middle = { from: 0.003, to: 0.997 };
/** Numbers about the median that are looked at: twice what 12 bits hold, so that a range of 16 bits costs no more. */
const mostNumbers = 8192;
/**
 * Whole numbers that were multiplied by 1.1 or .9 and rounded ripple by .1, by 1.05 by .05; what was not rounded so
 * ripples by .04 at most in the real scans and in PhantomCT, in all multiples of a rhythm at once.
 */
const leastRipple = 0.06;
/** In few voxels counting alone ripples: so many times 1 / sqrt(voxels). */
const overChance = 3.5;
/** A count so many times its neighbours is a pile, which ripples in every rhythm. */
const pile = 5;

/** In fewer voxels of a slice counting alone ripples as much. */
const fewestOfSlice = Math.ceil((overChance / leastRipple) ** 2);

/**
 * True when each slice has voxels enough to show that its whole numbers were not multiplied and rounded, and shows it.
 *
 * @param plane - voxels of a slice.
 */
export function areSlicesWhole(voxels: Int16Array | Float32Array, plane: number): boolean {
  if (plane < fewestOfSlice) return false;
  for (let from = 0; from < voxels.length; from += plane)
    if (isRounded(huHistogram(voxels.subarray(from, from + plane)))) return false;
  return true;
}

/**
 * True of whole numbers that were multiplied by a factor and rounded again: numbers are left out or used twice in a
 * regular rhythm, of |1/s - 1| of them for a factor of s. What a scanner wrote has none.
 *
 * No rhythm below .085 is looked for, nor one whose factor is a whole number or its inverse; interpolation after the rounding blurs
 * it.
 */
export function isRounded(histogram: HuHistogram): boolean {
  const counts = countsOf(histogram);
  const total = counts.reduce((sum, count) => sum + count, 0);
  // Piles alone, as 8 bits that hold a scan leave them: nothing of their rhythm is left.
  if (total === 0) return false;
  const least = Math.max(leastRipple, overChance / Math.sqrt(total));
  const rhythms = Math.max(fewestRhythms, 2 ** Math.ceil(Math.log2(2 * counts.length)));
  const ripples = spectrum(counts, rhythms);
  for (let rhythm = Math.ceil(leastCycles * rhythms); rhythm < ripples.length; rhythm++)
    if (isInAllMultiples(ripples, rhythm, least * total)) return true;
  return false;
}

/** True when every multiple of a rhythm ripples so much; it lies as many times further from its step. */
function isInAllMultiples(ripples: Float64Array, rhythm: number, least: number): boolean {
  for (let multiple = 1; multiple * rhythm < ripples.length; multiple++) {
    const until = Math.min(multiple * rhythm + multiple + 1, ripples.length);
    let at = multiple * rhythm - multiple;
    while (at < until && (ripples[at] ?? 0) < least) at++;
    if (at === until) return false;
  }
  return true;
}

/** Voxels of each number in the middle of them, without piles. */
function countsOf(histogram: HuHistogram): Float64Array {
  const median = quantile(histogram, 0.5);
  const low = Math.max(quantile(histogram, middle.from), median - mostNumbers / 2);
  const high = Math.min(quantile(histogram, middle.to), median + mostNumbers / 2 - 1);
  const counts = new Float64Array(Math.max(0, high - low + 1));
  for (let at = 0; at < counts.length; at++) counts[at] = histogram.voxels(low + at, low + at + 1);
  return counts.map((count, at) => {
    if (count <= pile) return count;
    let beside = 0;
    for (let other = at - 3; other <= at + 3; other++)
      if (other !== at) beside = Math.max(beside, counts[other] ?? 0);
    return count > pile * beside + pile ? beside : count;
  });
}
