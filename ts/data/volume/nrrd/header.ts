import { TomoeError } from "../../../errors.ts";
import type { StatedRange } from "../claims/range.ts";
import type { ReadLog } from "../log.ts";
import { trimmed, wordsOf } from "../raw/blanks.ts";
import { headerError, headerLimitBytes, numbersIn, wholeIn } from "../raw/header.ts";
import { bytesOf, type NumberType } from "../raw/numbers.ts";
import type { NrrdField, NrrdFields } from "./fields.ts";

/** How the numbers of an NRRD file are stored, checked. */
export interface NrrdHeader {
  /** Of every stored axis, fastest first. */
  readonly sizes: readonly number[];
  readonly type: NumberType;
  readonly littleEndian: boolean;
  readonly compressed: "gzip" | undefined;
  readonly statedRange: StatedRange | undefined;
  readonly skipLines: number;
  readonly skipBytes: number | "end";
  /** Bytes to leave out behind the decompression. */
  readonly skipInside: number;
}

const types: ReadonlyMap<string, NumberType> = new Map(
  (
    [
      ["int8", ["signed char", "int8", "int8_t"]],
      ["uint8", ["uchar", "unsigned char", "uint8", "uint8_t"]],
      ["int16", ["short", "short int", "signed short", "signed short int", "int16", "int16_t"]],
      ["uint16", ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"]],
      ["int32", ["int", "signed int", "int32", "int32_t"]],
      ["uint32", ["uint", "unsigned int", "uint32", "uint32_t"]],
      ["float32", ["float"]],
      ["float64", ["double"]],
    ] as const
  ).flatMap(([type, names]) => names.map((name) => [name, type] as const)),
);
const refusedTypes = /^((u|unsigned |signed )?long ?long( int)?|u?int64(_t)?|block)$/;
const refusedEncodings: ReadonlyMap<string, string> = new Map([
  ["txt", "text"],
  ["text", "text"],
  ["ascii", "text"],
  ["hex", "hexadecimal text"],
  ["bz2", "bzip2"],
  ["bzip2", "bzip2"],
]);
/** What `sample units` may say of HU. */
const huWords = /^(hu|hounsfield( units?)?|ct)?$/i;

/**
 * Checks what an NRRD header says of its numbers.
 *
 * @throws TomoeError `DATA_HEADER`, `DATA_UNSUPPORTED`, `DATA_DTYPE_UNSUPPORTED`, `DATA_PIXEL_CALIBRATION`.
 */
export function readHeader({ values }: NrrdFields, log: ReadLog): NrrdHeader {
  const required = (field: NrrdField): string => {
    const value = values.get(field);
    if (value === undefined) throw headerError(`the NRRD header has no field "${field}"`);
    return value;
  };
  const dimension = wholeIn("dimension", required("dimension"));
  if (dimension < 1 || dimension > 16) throw headerError(`dimension is ${dimension}, not 1..16`);
  const sizes = numbersIn("sizes", required("sizes"), dimension);
  const wrong = sizes.find((size) => !Number.isSafeInteger(size) || size < 1);
  if (wrong !== undefined) throw headerError(`sizes holds ${wrong}, not a positive size`, { sizes });
  const count = sizes.reduce((product, size) => product * size, 1);
  const stated = values.get("number");
  if (stated !== undefined && wholeIn("number", stated) !== count)
    throw headerError(`number is ${trimmed(stated)} where sizes hold ${count} values`, { sizes });
  const type = readType(wordsOf(required("type").toLowerCase()).join(" "));
  const compressed = readEncoding(required("encoding").toLowerCase());
  if (values.has("oldmin") && values.has("oldmax"))
    throw new TomoeError(
      "DATA_PIXEL_CALIBRATION",
      'the NRRD header says by "old min" and "old max" that its numbers were quantised from another range: they are no HU as they stand',
      { hint: "Write the voxels in HU, or remove the two fields if they are in HU." },
    );
  if (!huWords.test(trimmed((values.get("sampleunits") ?? "").replace(/^"|"$/g, ""))))
    log.warn("NRRD_UNITS_ODD", 'the field "sample units" does not say HU; the HU gate decides');
  return {
    sizes,
    type,
    littleEndian: readEndian(values.get("endian"), type),
    compressed,
    statedRange: readRange(values),
    ...readSkips(values, compressed),
  };
}

/** Field by field as the format allows: either may stand alone, and NaN says that nothing is known. */
function readRange(values: NrrdFields["values"]): StatedRange | undefined {
  const end = (field: "min" | "max", none: number): number => {
    const text = values.get(field) ?? "nan";
    return /^nan$/i.test(trimmed(text)) ? none : (numbersIn(field, text, 1)[0] ?? none);
  };
  const [low, high] = [end("min", Number.NEGATIVE_INFINITY), end("max", Number.POSITIVE_INFINITY)];
  return low < high && (Number.isFinite(low) || Number.isFinite(high))
    ? { low, high, by: "min and max" }
    : undefined;
}

function readType(name: string): NumberType {
  const type = types.get(name);
  if (type === undefined)
    throw new TomoeError(
      "DATA_DTYPE_UNSUPPORTED",
      refusedTypes.test(name) ? `voxels of type ${name} are not read` : "type names no type of NRRD",
      { hint: "Write the voxels as short, int, float or double." },
    );
  return type;
}

function readEncoding(name: string): "gzip" | undefined {
  if (name === "raw") return undefined;
  if (name === "gz" || name === "gzip") return "gzip";
  const known = refusedEncodings.get(name);
  throw new TomoeError(
    "DATA_UNSUPPORTED",
    known === undefined
      ? "encoding is none of NRRD's that is read (raw, gzip)"
      : `the NRRD file holds its voxels as ${known}, which is not read`,
    { hint: "Save it with encoding gzip, or convert it to .nii.gz." },
  );
}

function readEndian(endian: string | undefined, type: NumberType): boolean {
  if (endian === undefined && bytesOf[type] > 1)
    throw headerError(`the NRRD header has no endian, which ${type} needs: the byte order is not known`);
  if (endian !== undefined && !/^(little|big)$/i.test(endian))
    throw headerError("endian is neither little nor big");
  return endian?.toLowerCase() !== "big";
}

function readSkips(
  values: NrrdFields["values"],
  compressed: "gzip" | undefined,
): Pick<NrrdHeader, "skipLines" | "skipBytes" | "skipInside"> {
  const skipLines = wholeIn("line skip", values.get("lineskip") ?? "0");
  const bytes = wholeIn("byte skip", values.get("byteskip") ?? "0");
  if (skipLines < 0 || bytes < -1) throw headerError(`line skip is ${skipLines} and byte skip ${bytes}`);
  if (bytes === -1 && compressed !== undefined)
    throw headerError("byte skip is -1 for compressed data, whose size nothing says");
  if (compressed !== undefined && bytes > headerLimitBytes)
    throw headerError(`byte skip is ${bytes} for compressed data, more than any header has`);
  if (compressed !== undefined) return { skipLines, skipBytes: 0, skipInside: bytes };
  return { skipLines, skipBytes: bytes === -1 ? "end" : bytes, skipInside: 0 };
}
