import { TomoeError } from "../../../errors.ts";
import { trimmed } from "../raw/blanks.ts";
import { headerError, headerLimitBytes, volumeShape } from "../raw/header.ts";
import { bytesOf, type NumberType } from "../raw/numbers.ts";

/** What a .npy file says of itself, checked. */
export interface NpyHeader {
  /** "1.0", "2.0" or "3.0". */
  readonly version: string;
  /** Slices, rows, columns; leading axes of one value are left out. */
  readonly shapeDHW: readonly [number, number, number];
  readonly type: NumberType;
  readonly littleEndian: boolean;
  /** True when the first axis is the fastest. */
  readonly fortranOrder: boolean;
  /** Bytes up to the first number. */
  readonly bytes: number;
}

const magic = Buffer.from("\x93NUMPY", "latin1");
const types: ReadonlyMap<string, NumberType> = new Map([
  ["i1", "int8"],
  ["u1", "uint8"],
  ["i2", "int16"],
  ["u2", "uint16"],
  ["i4", "int32"],
  ["u4", "uint32"],
  ["f4", "float32"],
  ["f8", "float64"],
]);

/** True for a file that begins with numpy's magic. */
export function looksLikeNpy(head: Buffer): boolean {
  return magic.equals(head.subarray(0, magic.length));
}

/**
 * Reads the header of a .npy file: a version, a length, and a dict of exactly descr, fortran_order and shape.
 *
 * @param head - the beginning of the file.
 * @throws TomoeError `DATA_UNSUPPORTED` for a pickle or another number of axes, `DATA_DTYPE_UNSUPPORTED`,
 * `DATA_HEADER`, `DATA_TRUNCATED`.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpyHeader(head: Buffer): NpyHeader {
  if (head.length < 12 || !looksLikeNpy(head))
    throw looksLikeNpy(head)
      ? tooShort()
      : headerError("the file does not begin with the magic of a numpy file");
  const [major = 0, minor = 0] = head.subarray(magic.length);
  if (major < 1 || major > 3 || minor !== 0)
    throw headerError(`the numpy file is of format ${major}.${minor}, none of 1.0, 2.0 and 3.0`);
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (start + length > headerLimitBytes)
    throw headerError(`the numpy header is of ${length} bytes, more than ${headerLimitBytes}`);
  if (head.length < start + length) throw tooShort();
  const dict = readDict(head.toString("latin1", start, start + length));
  return {
    version: `${major}.${minor}`,
    ...readDescr(dict.descr),
    shapeDHW: readShape(dict.shape),
    fortranOrder: dict.fortran,
    bytes: start + length,
  };
}

/** One entry of the dict: a key, then a text, a truth value or a tuple of whole numbers. */
const entry =
  /[ \t-\r]*(['"])(descr|fortran_order|shape)\1[ \t-\r]*:[ \t-\r]*(?:(['"])([^'"]*)\3|(True|False)|\(([\d \t-\r,]*)\))[ \t-\r]*([,}])/y;

function readDict(text: string): {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: string;
} {
  if (/(['"])descr\1\s*:\s*\[/.test(text)) throw notNumbers("records of several fields");
  const found = new Map<string, string>();
  const body = trimmed(text);
  entry.lastIndex = 1;
  for (let open = body.startsWith("{"); open; ) {
    const parts = entry.exec(body);
    if (parts === null) break;
    const [, , key = "", , descr, truth, shape, after] = parts;
    if (found.has(key)) throw headerError(`${key} stands twice in the numpy header`);
    found.set(key, descr ?? truth ?? shape ?? "");
    const end = entry.lastIndex;
    open = after === "," && trimmed(body.slice(end)) !== "}";
    if (!open && trimmed(body.slice(end)) !== (after === "}" ? "" : "}")) break;
    if (!open && found.size === 3) return fieldsOf(found);
  }
  throw headerError("the numpy header is no dict of exactly descr, fortran_order and shape");
}

function fieldsOf(found: ReadonlyMap<string, string>): ReturnType<typeof readDict> {
  const [descr = "", fortran = "", shape = ""] = ["descr", "fortran_order", "shape"].map((key) =>
    found.get(key),
  );
  if (!/^(True|False)$/.test(fortran))
    throw headerError("fortran_order of the numpy header is neither True nor False");
  return { descr, fortran: fortran === "True", shape };
}

function readDescr(descr: string): Pick<NpyHeader, "type" | "littleEndian"> {
  const [, order = "", kind = ""] = /^([<>|]?)([A-Za-z?]\d*)$/.exec(descr) ?? [];
  if (/^O/.test(kind))
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      "the numpy file holds Python objects, which are a pickle and are not opened",
      {
        hint: "Save an array of numbers with numpy.save(..., allow_pickle=False).",
      },
    );
  const type = types.get(kind);
  if (type === undefined) throw notNumbers(kind === "" ? "something that is no type" : `type ${kind}`);
  if (bytesOf[type] > 1 && order !== "<" && order !== ">")
    throw headerError(`descr of the numpy header states no byte order for ${type}`);
  return { type, littleEndian: order !== ">" };
}

function readShape(text: string): readonly [number, number, number] {
  const words = text.split(",").map(trimmed);
  const sizes = (words.at(-1) === "" ? words.slice(0, -1) : words).map(Number);
  // Batch and channel come first and have one value.
  const extra = Math.max(0, sizes.length - 3);
  const leading = sizes.slice(0, extra);
  return volumeShape(
    "shape",
    leading.every((size) => size === 1) ? sizes.slice(extra) : [...sizes.slice(extra), ...leading],
  );
}

function notNumbers(what: string): TomoeError {
  return new TomoeError("DATA_DTYPE_UNSUPPORTED", `the numpy file holds ${what}, not numbers that are read`, {
    hint: "Save the HU as int16 or float32.",
  });
}

function tooShort(): TomoeError {
  return new TomoeError("DATA_TRUNCATED", "the numpy file ends inside its header", {
    hint: "Copy or download the file again.",
  });
}
