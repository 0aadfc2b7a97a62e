import type { ReadLog } from "../../log.ts";
import type { DicomElements, Keyword } from "../elements.ts";

/** How a pixel is stored. */
interface Stored {
  readonly signed: boolean;
  readonly bitsAllocated: number;
}

/** What one slice states of its values. */
interface StatedValues {
  readonly storedRange: readonly [number, number] | undefined;
  readonly padding: number | undefined;
}

/**
 * A stored value that the header states, in the sign of the pixels; its VR (US or SS) is not trusted, since implicit
 * files have none.
 */
export function storedValue(
  elements: DicomElements,
  keyword: Keyword,
  { signed, bitsAllocated }: Stored,
): number | undefined {
  return elements.lenient(keyword, (read) => {
    const raw = read.uint16(keyword);
    return raw === undefined ? undefined : signExtend(raw, signed ? bitsAllocated : 16, signed);
  });
}

/** Smallest and largest stored value of one slice, as its header states them; padding is not among them. */
export function storedRange(elements: DicomElements, pixels: Stored): readonly [number, number] | undefined {
  const low = storedValue(elements, "SmallestImagePixelValue", pixels);
  const high = storedValue(elements, "LargestImagePixelValue", pixels);
  // Two zeros are what writers leave who did not look.
  return low === undefined || high === undefined || low >= high ? undefined : [low, high];
}

/**
 * Warns of slices whose stored values leave the range that they state; those that declare padding, which lies outside,
 * are not asked.
 *
 * @param stored - stored values, slice after slice.
 * @param plane - pixels of a slice.
 */
export function noteStatedRanges(
  slices: readonly StatedValues[],
  stored: ArrayLike<number>,
  plane: number,
  log: ReadLog,
): void {
  const odd = slices.flatMap(({ storedRange: range, padding }, index) => {
    if (range === undefined || padding !== undefined) return [];
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let at = index * plane; at < (index + 1) * plane; at++) {
      const value = stored[at] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low < range[0] || high > range[1] ? [{ slice: index + 1, range, low, high }] : [];
  });
  const [first] = odd;
  if (first !== undefined)
    log.warn(
      "STATED_RANGE_DISAGREES",
      `${odd.length} of ${slices.length} slices hold stored values outside of what they state (SmallestImagePixelValue and LargestImagePixelValue), the first is slice ${first.slice}: ${first.range.join("..")} stated, ${first.low}..${first.high} there; header and voxels are not of one scan, or one of them was changed`,
    );
}

/** The number that the low `bits` of `raw` stand for. */
export function signExtend(raw: number, bits: number, signed: boolean): number {
  return signed ? (raw << (32 - bits)) >> (32 - bits) : raw & (2 ** bits - 1);
}
