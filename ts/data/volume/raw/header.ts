import { TomoeError } from "../../../errors.ts";
import { wordsOf } from "./blanks.ts";

/** A header of text ends within this many bytes. */
export const headerLimitBytes = 1 << 20;

/** `DATA_HEADER` with what is wrong; never with a text of the header, which may hold identity. */
export function headerError(
  what: string,
  details: { readonly [key: string]: number | readonly number[] } = {},
): TomoeError {
  return new TomoeError("DATA_HEADER", what, {
    hint: "Correct the header, or convert the scan to .nii.gz from its source.",
    details,
  });
}

/** Numbers are plain decimals: no hexadecimal, no NaN, no infinity. */
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The numbers of a field.
 *
 * @param count - how many there must be; undefined: any.
 * @throws TomoeError `DATA_HEADER` that names the field, not its content.
 */
export function numbersIn(field: string, text: string, count?: number): readonly number[] {
  const words = wordsOf(text);
  if (!words.every((word) => decimal.test(word) && Number.isFinite(Number(word))))
    throw headerError(`${field} holds something that is not a finite decimal number`);
  if (count !== undefined && words.length !== count)
    throw headerError(`${field} holds ${words.length} numbers, not ${count}`);
  return words.map(Number);
}

/** The same for one whole number. */
export function wholeIn(field: string, text: string): number {
  const [value = Number.NaN] = numbersIn(field, text, 1);
  if (!Number.isSafeInteger(value)) throw headerError(`${field} is ${value}, not a whole number`);
  return value;
}

/**
 * Sizes of the stored axes, fastest first, as one volume.
 *
 * @throws TomoeError `DATA_HEADER` for a size that is none, `DATA_UNSUPPORTED` for a picture or several volumes.
 */
export function volumeShape(field: string, sizes: readonly number[]): readonly [number, number, number] {
  const wrong = sizes.find((size) => !Number.isSafeInteger(size) || size < 1);
  if (wrong !== undefined) throw headerError(`${field} holds ${wrong}, not a positive size`, { sizes });
  const [x, y, z, ...rest] = sizes;
  const shape = sizes.join(" x ");
  if (x === undefined || y === undefined || z === undefined)
    throw new TomoeError("DATA_UNSUPPORTED", `the file holds ${shape} values: a picture, not a volume`, {
      hint: "Give the whole volume in one file, or the DICOM series it came from.",
      details: { sizes },
    });
  if (rest.some((size) => size !== 1))
    throw new TomoeError("DATA_UNSUPPORTED", `the file holds ${shape} values: more than one volume`, {
      hint: "Split it into one 3D file for each volume.",
      details: { sizes },
    });
  return [x, y, z];
}
