import { TomoeError } from "../errors.ts";

/** Element types that cross the wire, by the names both languages use. */
export const tensorDtypes = ["int16", "uint8", "int32", "int64", "float16", "float32"] as const;
export type TensorDtype = (typeof tensorDtypes)[number];

/** Array class that holds each element type. */
export interface TensorArrays {
  readonly int16: Int16Array;
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly float16: Float16Array;
  readonly float32: Float32Array;
}

/** One named tensor: `rows` row-major blocks of `shape`; `data` is the one copy of the bytes. */
export interface TensorColumnOf<D extends TensorDtype> {
  readonly name: string;
  readonly dtype: D;
  /** Number of rows, 0 or more; equal for all columns of one message. */
  readonly rows: number;
  /** Shape of one row: 1 to 8 dimensions, each at least 1. */
  readonly shape: readonly number[];
  /** One non-empty name per dimension, e.g. `["d", "h", "w"]`. */
  readonly dimNames: readonly string[];
  /** `rows` x product of `shape` elements. */
  readonly data: TensorArrays[D];
}

/** A column of any element type; `dtype` tells which array class `data` is. */
export type TensorColumn = { readonly [D in TensorDtype]: TensorColumnOf<D> }[TensorDtype];

/** Caps that encoder and decoder hold; both languages have the same numbers. */
export interface TensorLimits {
  readonly columns: number;
  readonly rank: number;
  /** UTF-8 bytes of a column or dimension name. */
  readonly nameBytes: number;
  /** Bytes of one message's metadata or of the footer. */
  readonly metadataBytes: number;
  /** Bytes of the whole Arrow file or stream. */
  readonly totalBytes: number;
}

/** The caps in force unless a caller lowers them. */
export const tensorLimits: TensorLimits = {
  columns: 64,
  rank: 8,
  nameBytes: 128,
  metadataBytes: 65_536,
  totalBytes: 2 ** 30,
};

// Symbol.toStringTag of the array class: instanceof fails across realms, and accepts nothing this does not.
const arrayTags: Readonly<Record<TensorDtype, string>> = {
  int16: "Int16Array",
  uint8: "Uint8Array",
  int32: "Int32Array",
  int64: "BigInt64Array",
  float16: "Float16Array",
  float32: "Float32Array",
};
const itemSizes: Readonly<Record<TensorDtype, number>> = {
  int16: 2,
  uint8: 1,
  int32: 4,
  int64: 8,
  float16: 2,
  float32: 4,
};

/** Bytes of one element of `dtype`. */
export function itemBytes(dtype: TensorDtype): number {
  return itemSizes[dtype];
}

/** True when `value` names an element type of the wire. */
export function isTensorDtype(value: string): value is TensorDtype {
  return Object.hasOwn(itemSizes, value);
}

/** Elements of one row: the product of `shape`; exact up to 2^53. */
export function rowElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function refuse(what: string, hint: string): never {
  throw new TomoeError("TENSOR_INVALID", what, { hint });
}

function assertName(kind: string, name: unknown, limits: TensorLimits): void {
  if (typeof name !== "string" || name.length === 0)
    refuse(
      `${kind} is ${JSON.stringify(name) ?? String(name)}, not a non-empty string`,
      "Give every column and dimension a name.",
    );
  const bytes = Buffer.byteLength(name, "utf8");
  if (bytes > limits.nameBytes)
    refuse(`${kind} has ${bytes} bytes, more than ${limits.nameBytes}`, "Shorten the name.");
  if (!name.isWellFormed()) refuse(`${kind} holds a lone surrogate`, "Use well-formed Unicode text.");
}

function assertShape(column: TensorColumn, limits: TensorLimits): void {
  const { name, rows, shape, dimNames } = column;
  const shown = JSON.stringify(shape);
  if (!Number.isSafeInteger(rows) || rows < 0)
    refuse(`column "${name}" has ${rows} rows`, "Rows must be a whole number, 0 or more.");
  if (shape.length < 1 || shape.length > limits.rank)
    refuse(
      `column "${name}" has shape ${shown}: rank ${shape.length} is outside 1..${limits.rank}`,
      "Reshape the tensor.",
    );
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 1))
    refuse(
      `column "${name}" has shape ${shown}: every size must be a whole number, at least 1`,
      "An empty tensor has 0 rows, not a size of 0.",
    );
  const elements = rowElements(shape);
  if (elements > 2 ** 31 - 1)
    refuse(
      `column "${name}" has shape ${shown}: ${elements} elements a row, more than 2147483647`,
      "Split the tensor over several rows.",
    );
  if (dimNames.length !== shape.length)
    refuse(
      `column "${name}" has ${dimNames.length} dimension names for rank ${shape.length}`,
      "Give one name per dimension.",
    );
  for (const dimName of dimNames) assertName(`a dimension name of column "${name}"`, dimName, limits);
  if (new Set(dimNames).size !== dimNames.length)
    refuse(
      `column "${name}" repeats a dimension name: ${JSON.stringify(dimNames)}`,
      "Name each dimension differently.",
    );
}

/**
 * Checks one column: names, shape, array class and length. apache-arrow's own constructor checks none of
 * these and would
 * write the bytes of a wrong class as they lie.
 *
 * @throws TomoeError `TENSOR_INVALID` with the column's name and the values found and expected.
 */
export function assertTensorColumn(column: TensorColumn, limits: TensorLimits = tensorLimits): void {
  assertName("a column name", column.name, limits);
  const { name, dtype, data } = column;
  if (!isTensorDtype(dtype))
    refuse(`column "${name}" has dtype "${String(dtype)}"`, `Use one of ${tensorDtypes.join(", ")}.`);
  assertShape(column, limits);
  const tag = ArrayBuffer.isView(data)
    ? ((data as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "DataView")
    : typeof data;
  if (tag !== arrayTags[dtype])
    refuse(
      `column "${name}" is ${dtype} but its data is a ${tag}`,
      `Give a ${arrayTags[dtype]}; nothing is converted.`,
    );
  const expected = column.rows * rowElements(column.shape);
  if (data.length !== expected)
    refuse(
      `column "${name}" has ${data.length} elements, its shape ${column.rows} x ${JSON.stringify(column.shape)} needs ${expected}`,
      "Pass exactly rows x shape elements.",
    );
}

/**
 * Checks all columns of one message: at least one, unique names, equal rows, total size under the cap.
 *
 * @throws TomoeError `TENSOR_INVALID`, or `WIRE_TOO_LARGE` naming the cap.
 */
export function assertTensorColumns(
  columns: readonly TensorColumn[],
  limits: TensorLimits = tensorLimits,
): void {
  const first = columns[0];
  if (first === undefined) refuse("no columns", "A tensor message has at least one column.");
  if (columns.length > limits.columns)
    refuse(`${columns.length} columns, more than ${limits.columns}`, "Split them over several messages.");
  let bytes = 0;
  const seen = new Set<string>();
  for (const column of columns) {
    assertTensorColumn(column, limits);
    if (seen.has(column.name))
      refuse(`two columns are named "${column.name}"`, "Name each column differently.");
    seen.add(column.name);
    if (column.rows !== first.rows)
      refuse(
        `column "${column.name}" has ${column.rows} rows, "${first.name}" has ${first.rows}`,
        "All columns of one message have the same rows.",
      );
    bytes += column.data.byteLength;
  }
  if (bytes > limits.totalBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `tensor columns hold ${bytes} bytes, the cap is ${limits.totalBytes}`,
      {
        hint: "Send fewer rows in one message, or a smaller volume.",
        details: { bytes, limitBytes: limits.totalBytes },
      },
    );
  }
}
