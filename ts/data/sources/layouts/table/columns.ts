import { TomoeError } from "../../../../errors.ts";
import { didYouMean, nearest } from "../../../../schema/nearest.ts";

/** Columns that a table of one's own may have, each with what it holds. */
export const ownColumns = {
  id: "The row's id, unique in the data set; table and row number when absent.",
  case: "The scan's id; its path when absent.",
  patient: "The patient: the unit of splits and intervals; the case when absent.",
  image: "The scan's path, relative to the table: a file, or a folder of one DICOM series.",
  series: "Which series of a folder of several, by the id that its listing shows.",
  split: "train, validation or test.",
  report: "The report of the scan.",
  question: "A question about the scan.",
  choices: "Its options: a list, or text between |; one written NA or - is missing.",
  answer: "Its answer: of choices the text or the letter of one.",
  type: "Type of the question, any text.",
} as const;

export type OwnColumn = keyof typeof ownColumns;

const names = Object.keys(ownColumns) as readonly OwnColumn[];

/** Our column -> the table's: under its own name unless told otherwise. */
export type ColumnNames = Readonly<Record<OwnColumn, string>>;

/**
 * How the columns of a table are called.
 *
 * @throws TomoeError `CONFIG_INVALID` for a column that is none of ours.
 */
export function columnNames(given: Readonly<Record<string, string>> = {}): ColumnNames {
  const unknown = Object.keys(given).filter((name) => !(names as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new TomoeError(
      "CONFIG_INVALID",
      `columns names ${unknown.map((name) => `"${name}"${didYouMean(name, names)}`).join(", ")}`,
      { hint: `The columns are ${names.join(", ")}.`, details: { unknown } },
    );
  return Object.fromEntries(names.map((name) => [name, given[name] ?? name])) as ColumnNames;
}

/** Columns of a row that are no column of ours. */
export function extraColumns(columns: ColumnNames, present: readonly string[]): readonly string[] {
  const taken = new Set(Object.values(columns));
  return present.filter((name) => !taken.has(name));
}

/**
 * Columns that look like one of ours that is not there: never taken for it, but told. One that begins with another
 * letter is somebody's own.
 *
 * @returns pairs of what stands there and what may have been meant.
 */
export function misspelled(
  columns: ColumnNames,
  present: readonly string[],
): readonly { readonly found: string; readonly meant: OwnColumn }[] {
  const absent = names.filter((name) => !present.includes(columns[name]));
  return extraColumns(columns, present).flatMap((found) => {
    const meant = nearest(found, absent);
    const isNear = meant !== undefined && meant[0] === found.trim()[0]?.toLowerCase();
    return isNear ? [{ found, meant: meant as OwnColumn }] : [];
  });
}
