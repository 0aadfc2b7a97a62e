import { nearest } from "../../../schema/nearest.ts";
import { type OwnColumn, ownColumns } from "../layouts/table/columns.ts";

/** Names under which columns of ours are met in tables, beside their own; case, spaces and marks do not count. */
const otherNames: Readonly<Record<OwnColumn, readonly string[]>> = {
  id: ["row id", "item id", "question id", "qid"],
  case: ["case id", "study", "study id", "scan id", "exam", "exam id", "accession"],
  patient: ["patient id", "subject", "subject id", "mrn", "pid"],
  image: [
    "file",
    "file name",
    "path",
    "file path",
    "image path",
    "scan",
    "scan path",
    "volume",
    "volume name",
    "nifti",
    "dicom",
    "folder",
  ],
  series: ["series id"],
  split: ["set", "fold", "subset", "partition"],
  report: ["report text", "findings", "text", "description", "befund"],
  question: ["query", "prompt"],
  choices: ["options", "choice list"],
  answer: ["target", "response", "ground truth", "correct answer"],
  type: ["question type", "category", "kind"],
};

const plain = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

const known = new Map(
  (Object.keys(ownColumns) as readonly OwnColumn[]).flatMap((column) =>
    [column, ...otherNames[column]].map((name) => [plain(name), column] as const),
  ),
);

/** Options that stand in columns of their own: "Choice A", "option_b". */
const optionColumn = /^(?:choice|option)[ _-]?([a-z])$/i;

/** How the columns of a table are taken. */
export interface TakenColumns {
  /** Our column -> the table's. */
  readonly taken: ReadonlyMap<OwnColumn, string>;
  /** Columns of one option each, by letter. */
  readonly options: readonly string[];
  /** What is not taken: kept as it is, with what may have been meant. */
  readonly kept: readonly { readonly name: string; readonly meant: OwnColumn | null }[];
  /** Columns of ours that two columns would be. */
  readonly unclear: readonly { readonly column: OwnColumn; readonly names: readonly string[] }[];
}

/**
 * Takes the columns of a header by their names alone: their own, or one of a few that everybody has for them. A name
 * that is only near is told and not taken; of two names for one column none is, unless one is our own.
 */
export function takeColumns(header: readonly string[]): TakenColumns {
  const found = new Map<OwnColumn, string[]>();
  const kept: string[] = [];
  const options = header.filter((name) => optionColumn.test(name.trim())).toSorted();
  for (const name of header) {
    const column = known.get(plain(name));
    if (column !== undefined) found.set(column, [...(found.get(column) ?? []), name]);
    else if (!options.includes(name) && name.trim() !== "") kept.push(name);
  }
  const taken = new Map<OwnColumn, string>();
  const unclear: { column: OwnColumn; names: readonly string[] }[] = [];
  for (const [column, names] of found) {
    const own = names.filter((name) => plain(name) === column);
    const [only] = own.length === 1 ? own : names;
    if (only !== undefined && (own.length === 1 || names.length === 1)) taken.set(column, only);
    else unclear.push({ column, names });
  }
  const absent = (Object.keys(ownColumns) as readonly OwnColumn[]).filter((column) => !taken.has(column));
  return {
    taken,
    options: options.length < 2 || taken.has("choices") ? [] : options,
    kept: kept.map((name) => ({ name, meant: nearColumn(name, absent) })),
    unclear,
  };
}

function nearColumn(name: string, absent: readonly OwnColumn[]): OwnColumn | null {
  const meant = nearest(name.trim(), absent) as OwnColumn | undefined;
  return meant !== undefined && meant[0] === name.trim()[0]?.toLowerCase() ? meant : null;
}
