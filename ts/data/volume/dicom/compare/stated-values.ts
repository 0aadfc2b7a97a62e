import type { StatedRange } from "../../claims/range.ts";
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
  readonly slope: number;
  readonly intercept: number;
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

/** Between which HU all slices say that they lie; undefined where one does not, or declares padding, which is outside. */
export function statedRange(slices: readonly StatedValues[]): StatedRange | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { storedRange: range, padding, slope, intercept } of slices) {
    if (range === undefined || padding !== undefined) return undefined;
    const ends = range.map((value) => value * slope + intercept);
    low = Math.min(low, ...ends);
    high = Math.max(high, ...ends);
  }
  return { low, high, by: "SmallestImagePixelValue and LargestImagePixelValue" };
}

/** The number that the low `bits` of `raw` stand for. */
export function signExtend(raw: number, bits: number, signed: boolean): number {
  return signed ? (raw << (32 - bits)) >> (32 - bits) : raw & (2 ** bits - 1);
}
