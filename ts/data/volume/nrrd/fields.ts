import { TomoeError } from "../../../errors.ts";
import { modalityOf } from "../claims/modality.ts";
import { trimmed, wordsOf } from "../raw/blanks.ts";
import { headerError, headerLimitBytes } from "../raw/header.ts";

/** Fields of the format by their names in small letters, without spaces. */
const fieldNames = [
  "content",
  "number",
  "type",
  "blocksize",
  "dimension",
  "space",
  "spacedimension",
  "sizes",
  "spacings",
  "thicknesses",
  "axismins",
  "axismaxs",
  "centers",
  "centerings",
  "labels",
  "units",
  "kinds",
  "min",
  "max",
  "oldmin",
  "oldmax",
  "endian",
  "encoding",
  "lineskip",
  "byteskip",
  "sampleunits",
  "datafile",
  "spacedirections",
  "spaceorigin",
  "spaceunits",
  "measurementframe",
] as const;
export type NrrdField = (typeof fieldNames)[number];

const isField = (name: string): name is NrrdField => fieldNames.some((known) => known === name);

/** The lines of a header, one character a byte (latin1). */
export interface NrrdFields {
  readonly version: number;
  readonly values: ReadonlyMap<NrrdField, string>;
  /** Bytes up to the end of the empty line that ends the header. */
  readonly bytes: number;
  /** What a key/value pair says that the file is, where that is no CT; no other pair is kept. */
  readonly declared: string | undefined;
  /** Names of voxel files where the data file is a LIST. */
  readonly listed: readonly string[];
}

/** True for a file that begins with the magic of any version. */
export function looksLikeNrrd(head: Buffer): boolean {
  return head.toString("latin1", 0, 7) === "NRRD000";
}

/**
 * Reads the fields of a header up to its empty line; comments are never kept, nor key/value pairs but for the modality.
 *
 * @param head - the beginning of the file.
 * @param whole - true when that is all of it.
 * @throws TomoeError `DATA_HEADER` for another version, a line that is no field, a field that stands twice;
 * `DATA_TRUNCATED` for a header without an end.
 * @see http://teem.sourceforge.net/nrrd/format.html
 */
export function readFields(head: Buffer, whole: boolean): NrrdFields {
  const version = Number(/^NRRD000([1-5])\r?\n/.exec(head.toString("latin1", 0, 10))?.[1] ?? 0);
  if (version === 0) throw headerError("the NRRD file does not begin with a line NRRD0001 to NRRD0005");
  const values = new Map<NrrdField, string>();
  const listed: string[] = [];
  let declared: string | undefined;
  let at = head.indexOf(10) + 1;
  for (let number = 2; at < head.length; number++) {
    const end = head.indexOf(10, at);
    const next = end < 0 ? head.length : end + 1;
    const text = trimmed(head.toString("latin1", at, next));
    at = next;
    if (end < 0 && !whole) break;
    if (text === "") return { version, values, bytes: at, listed, declared };
    if (isList(values)) listed.push(text);
    else if (isPair(text)) declared ??= declaredBy(text);
    else addField(values, text, number);
  }
  if (!whole) throw headerError(`the NRRD header does not end within ${headerLimitBytes} bytes`);
  // A header in a file of its own may end with it.
  if (values.has("datafile")) return { version, values, bytes: head.length, listed, declared };
  throw new TomoeError(
    "DATA_TRUNCATED",
    "the NRRD header ends before the empty line that its voxels follow",
    {
      hint: "Copy or download the file again.",
    },
  );
}

const isPair = (text: string): boolean => /^[^:#]*:=/.test(text);

/** What one pair declares; programs write a DICOM element as its name, its tag, or both. */
function declaredBy(text: string): string | undefined {
  const [, key = "", value = ""] = /^([^:]*):=(.*)$/.exec(text) ?? [];
  if (/^Segment\d+_(ID|Name|LabelValue)$/i.test(trimmed(key))) return "a segmentation (Segment keys)";
  if (!/(^|_)modality$|0008[,_|]?0060/i.test(trimmed(key))) return undefined;
  const other = modalityOf(value);
  return other === undefined ? undefined : `${other} (a Modality key)`;
}

const isList = (values: ReadonlyMap<NrrdField, string>): boolean =>
  wordsOf(values.get("datafile") ?? "")[0] === "LIST";

function addField(values: Map<NrrdField, string>, text: string, number: number): void {
  if (text.startsWith("#")) return;
  const colon = Math.max(0, text.indexOf(":"));
  const field = text.slice(0, colon).toLowerCase().replaceAll(" ", "");
  const value = trimmed(text.slice(colon + 1));
  if (!isField(field) || value.includes("\r"))
    throw headerError(`line ${number} of the NRRD header is no field of the format`);
  if (values.has(field)) throw headerError(`the field "${field}" stands twice in the NRRD header`);
  values.set(field, value);
}
