import { TomoeError } from "../../../errors.ts";

/** A row of numbered files, as C's printf names them. */
export interface NamePattern {
  /** With one `%d`, `%3d` or `%03d`. */
  readonly pattern: string;
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

const conversion = /^([^%]*)%(0?)(\d{0,2})[diu]([^%]*)$/;

/**
 * The names that a pattern stands for, first to last.
 *
 * @param most - more names than that are refused before any is made.
 * @throws TomoeError `DATA_HEADER`
 */
export function namesOf({ pattern, first, last, step }: NamePattern, most: number): readonly string[] {
  const parts = conversion.exec(pattern);
  if (parts === null)
    throw wrong(
      "the pattern of the voxel files is not one name with a single %d in it, such as slice%03d.raw",
    );
  const [, before = "", zero = "", width = "", after = ""] = parts;
  const count = Math.floor((last - first) / step) + 1;
  if (![first, last, step].every(Number.isSafeInteger) || !(count >= 1))
    throw wrong(
      `the pattern of the voxel files counts from ${first} to ${last} by ${step}, which is no row of files`,
    );
  if (count > most)
    throw wrong(`the pattern of the voxel files names ${count} files where there are ${most} slices`);
  const numberAt = (index: number): string => {
    const number = first + index * step;
    const digits = String(Math.abs(number));
    const sign = number < 0 ? "-" : "";
    return zero === ""
      ? `${sign}${digits}`.padStart(Number(width), " ")
      : `${sign}${digits.padStart(Number(width) - sign.length, "0")}`;
  };
  return Array.from({ length: count }, (_, index) => `${before}${numberAt(index)}${after}`);
}

function wrong(what: string): TomoeError {
  return new TomoeError("DATA_HEADER", what, {
    hint: "Correct the header, or convert the scan to one .nii.gz file.",
  });
}
