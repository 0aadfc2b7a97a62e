import type { ReadLog } from "../../log.ts";
import type { DicomElements, Keyword } from "../elements.ts";

/** How a pixel is stored. */
interface Stored {
  readonly signed: boolean;
  readonly bitsAllocated: number;
}

/** A range that is stated, and the lowest and highest value there. */
interface OutsideStated {
  readonly range: readonly [number, number];
  readonly low: number;
  readonly high: number;
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

/** Where the stored values of a slice leave the range that it states; one that declares padding, which lies outside, is not asked. */
export function outsideIn(
  { storedRange: range, padding }: StatedValues,
  stored: Int16Array | Uint16Array | Int32Array,
): OutsideStated | undefined {
  if (range === undefined || padding !== undefined) return undefined;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < stored.length; at++) {
    const value = stored[at] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low < range[0] || high > range[1] ? { range, low, high } : undefined;
}

/**
 * Warns of slices whose stored values leave the range that they state.
 *
 * @param outside - what `outsideIn` found in each slice.
 */
export function noteStatedRanges(outside: readonly (OutsideStated | undefined)[], log: ReadLog): void {
  const odd = outside.flatMap((found, index) =>
    found === undefined ? [] : [{ slice: index + 1, ...found }],
  );
  const [first] = odd;
  if (first !== undefined)
    log.warn(
      "STATED_RANGE_DISAGREES",
      `${odd.length} of ${outside.length} slices hold stored values outside of what they state (SmallestImagePixelValue and LargestImagePixelValue), the first is slice ${first.slice}: ${first.range.join("..")} stated, ${first.low}..${first.high} there; header and voxels are not of one scan, or one of them was changed`,
    );
}

/** The number that the low `bits` of `raw` stand for. */
export function signExtend(raw: number, bits: number, signed: boolean): number {
  return signed ? (raw << (32 - bits)) >> (32 - bits) : raw & (2 ** bits - 1);
}
