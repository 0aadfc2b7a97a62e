import { TomoeError } from "../../../../errors.ts";
import { printable } from "../../../../files/index.ts";
import { giveItself } from "../../kinds.ts";
import type { ReadLog } from "../../log.ts";
import { dicomError } from "../problem.ts";
import { deadLink, type FileBeside, type FolderContents, type FoundImage } from "./contents.ts";

/** Extensions that only slices have. */
const sliceExtensions = ["dcm", "dicom", "ima"];
/** A message names this many kinds at most. */
const namedKinds = 8;

/**
 * Refuses a folder without a DICOM image, saying what it holds instead.
 *
 * @throws TomoeError `DATA_NOT_CT` for other DICOM objects, `DATA_EMPTY` otherwise, `IO_FAILED` for links alone.
 */
export function requireImages({ series, beside, files }: FolderContents, folder: string): void {
  if (series.size > 0) return;
  const counted = countOf(beside.map((file) => file.counted)).map(([what]) => what);
  const kinds = counted.filter(
    (what) => !["non-DICOM", "DICOMDIR", "dead link", "link to a folder"].includes(what),
  );
  if (kinds.length > 0)
    throw dicomError(
      "DATA_NOT_CT",
      `${printable(folder)} holds ${kinds.join(", ")} objects and no CT slice`,
      { path: folder, objects: kinds },
    );
  if (beside.every((file) => file.kind === deadLink))
    throw new TomoeError("IO_FAILED", `every file of ${printable(folder)} is ${deadLink}`, {
      hint: "Fetch the content, e.g. with `git annex get` or `datalad get`, or copy the folder again.",
      details: { path: folder, files },
    });
  const found = list(countOf(beside.map((file) => file.kind?.replace(/^an? /, "") ?? "of an unknown kind")));
  // A pointer or an archive may be the scan; beside pictures and texts the hint for them helps more.
  const telling = beside.find((file) => file.hint === giveItself || file.is === "stand-in") ?? beside[0];
  throw new TomoeError(
    "DATA_EMPTY",
    `${printable(folder)} holds ${files} file${files === 1 ? "" : "s"} and no DICOM image among them: ${found}`,
    {
      hint: telling?.hint ?? "Give the folder of the DICOM series, or the .nii.gz file itself.",
      details: { path: folder, files },
    },
  );
}

/**
 * Refuses a file that may be a slice and cannot be read as one: it is named like the slices and is certainly
 * nothing else. A volume without it would be a shorter one.
 *
 * @throws TomoeError `IO_FAILED` for a dead link, `DATA_DICOM_PARSE` for any other.
 */
export function requireNoneLost(images: readonly FoundImage[], beside: readonly FileBeside[]): void {
  const like = new Set([...sliceExtensions, ...images.map((image) => image.extension)]);
  const lost = beside.filter(
    (file) =>
      like.has(file.extension) &&
      (file.is === "stand-in" || (file.is === "doubtful" && !["", "#"].includes(file.extension))),
  );
  const [first] = lost;
  if (first === undefined) return;
  const more = lost.length === 1 ? "" : ` (so are ${lost.length - 1} more)`;
  const what = first.kind ?? "not DICOM (no DICM mark, no data set) and nothing else that is known";
  const message = `${first.where} is ${what}${more}, and may be a slice of the series`;
  const details = { files: lost.length };
  if (first.kind === deadLink)
    throw new TomoeError("IO_FAILED", message, {
      hint: "Fetch its content, e.g. with `git annex get` or `datalad get`, or remove the link.",
      details,
    });
  throw dicomError(
    "DATA_DICOM_PARSE",
    message,
    details,
    `${first.is === "stand-in" && first.hint !== undefined ? first.hint : "Fetch the file again."} If it is no slice, move it away.`,
  );
}

/** Says what lies beside the slices and is not read. */
export function noteBeside(counted: readonly string[], log: ReadLog): void {
  if (counted.length > 0)
    log.warn(
      "OTHER_FILES_SKIPPED",
      `beside the slices lie ${list(countOf(counted))} file(s), which are not read`,
    );
}

function countOf(kinds: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts];
}

function list(counts: readonly (readonly [string, number])[]): string {
  const shown = counts.slice(0, namedKinds).map(([what, number]) => `${number} ${what}`);
  const more = counts.slice(namedKinds).reduce((sum, [, number]) => sum + number, 0);
  return [...shown, ...(more > 0 ? [`${more} of other kinds`] : [])].join(", ");
}
