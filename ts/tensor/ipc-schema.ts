// Field indices below are those of Arrow's Schema.fbs.

import type { TensorDtype, TensorLimits } from "./column.ts";
import { rowElements, tensorDtypes } from "./column.ts";
import { readTensorShape } from "./extension.ts";
import type { FlatTable } from "./flatbuffer.ts";
import { refuseBytes } from "./flatbuffer.ts";

/** What a schema says of one column. */
export interface ColumnType {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly dimNames: readonly string[];
}

const typeInt = 2;
const typeFloat = 3;
const typeFixedSizeList = 16;
const floats: Readonly<Record<number, TensorDtype>> = { 0: "float16", 1: "float32" };
const ints: Readonly<Record<string, TensorDtype>> = {
  "8u": "uint8",
  "16s": "int16",
  "32s": "int32",
  "64s": "int64",
};

function itemDtype(item: FlatTable, name: string): TensorDtype {
  const kind = item.u8(2);
  const type = item.table(3);
  if (type === undefined) refuseBytes(`column "${name}" has items without a type`);
  let dtype: TensorDtype | undefined;
  let found = `type ${kind}`;
  if (kind === typeInt) {
    found = `${type.u8(1) === 0 ? "uint" : "int"}${type.i32(0)}`;
    dtype = ints[`${type.i32(0)}${type.u8(1) === 0 ? "u" : "s"}`];
  } else if (kind === typeFloat) {
    found = `float of precision ${type.i16(0)}`;
    dtype = floats[type.i16(0)];
  }
  if (dtype === undefined)
    refuseBytes(`column "${name}" has items of ${found}`, `Use one of ${tensorDtypes.join(", ")}.`);
  if (item.has(4)) refuseBytes(`column "${name}" is dictionary-encoded`);
  if (item.vector(5, 4).length !== 0) refuseBytes(`column "${name}" has items with children`);
  if (item.vector(6, 4).length !== 0) refuseBytes(`column "${name}" has metadata on its items`);
  return dtype;
}

/** The JSON of a column's tensor metadata: it, and the extension's name, are all the metadata it may have. */
function extensionText(field: FlatTable, name: string): string {
  const pairs = field
    .tables(6, 8, `metadata entries of column "${name}"`)
    .map((pair) => [pair.text(0), pair.text(1)] as const);
  const metadata = new Map(pairs);
  const keys = pairs.map(([key]) => key).sort();
  if (keys.length !== 2 || keys[0] !== "ARROW:extension:metadata" || keys[1] !== "ARROW:extension:name") {
    refuseBytes(
      `column "${name}" has metadata keys ${JSON.stringify(keys)}`,
      "Every column is an arrow.fixed_shape_tensor with no other metadata.",
    );
  }
  const extension = metadata.get("ARROW:extension:name");
  if (extension !== "arrow.fixed_shape_tensor")
    refuseBytes(
      `column "${name}" has extension type "${extension ?? ""}"`,
      "Only arrow.fixed_shape_tensor is accepted.",
    );
  return metadata.get("ARROW:extension:metadata") ?? "";
}

function readColumnType(field: FlatTable, limits: TensorLimits): ColumnType {
  const name = field.text(0);
  const nameBytes = Buffer.byteLength(name, "utf8");
  if (nameBytes < 1 || nameBytes > limits.nameBytes)
    refuseBytes(`a column name has ${nameBytes} bytes, outside 1..${limits.nameBytes}`);
  const type = field.table(3);
  if (field.has(4)) refuseBytes(`column "${name}" is dictionary-encoded`);
  if (field.u8(2) !== typeFixedSizeList || type === undefined)
    refuseBytes(
      `column "${name}" is no fixed-size list (type ${field.u8(2)})`,
      "Every column is an arrow.fixed_shape_tensor.",
    );
  const [item] = field.tables(5, 1, `children of column "${name}"`);
  if (item === undefined) refuseBytes(`column "${name}" has no item type`);
  // The item's name decides nothing, but it has to be text: other readers look at it.
  item.text(0);
  const { shape, dimNames } = readTensorShape(extensionText(field, name), name, limits);
  const listSize = type.i32(0);
  if (listSize !== rowElements(shape))
    refuseBytes(
      `column "${name}" has ${listSize} items a row, its shape ${JSON.stringify(shape)} has ${rowElements(shape)}`,
    );
  return { name, dtype: itemDtype(item, name), shape, dimNames };
}

/**
 * Reads a schema table against the allow-list: 1 to 64 columns, each `arrow.fixed_shape_tensor` over one of
 * six fixed-width types; little-endian; nothing else.
 *
 * @throws TomoeError `DATA_SHARD_SCHEMA` naming the column and what was found.
 */
export function readColumnTypes(schema: FlatTable, limits: TensorLimits): ColumnType[] {
  if (schema.i16(0) !== 0) refuseBytes("the schema is big-endian", "Write it on a little-endian machine.");
  if (schema.vector(2, 4).length !== 0) refuseBytes("the schema has metadata of its own");
  if (schema.vector(3, 8).length !== 0)
    refuseBytes("the schema asks for features (compression or replaced dictionaries)");
  const columns = schema.tables(1, limits.columns, "columns").map((field) => readColumnType(field, limits));
  if (columns.length === 0) refuseBytes("the schema has no columns");
  const names = columns.map((column) => column.name);
  if (new Set(names).size !== names.length)
    refuseBytes(`the schema repeats a column name: ${JSON.stringify(names)}`);
  return columns;
}
