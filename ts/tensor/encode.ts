import type { Data, DataType } from "apache-arrow";
import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Int16,
  Int32,
  Int64,
  Message,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint8,
} from "apache-arrow";
import { TomoeError } from "../errors.ts";
import type { TensorColumn, TensorDtype, TensorLimits } from "./column.ts";
import { assertTensorColumns, rowElements, tensorLimits } from "./column.ts";

const itemTypes: Readonly<Record<TensorDtype, () => DataType>> = {
  int16: () => new Int16(),
  uint8: () => new Uint8(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  float16: () => new Float16(),
  float32: () => new Float32(),
};

/**
 * Keeps every piece the writer emits as it is; the library's own sink would join them, one more copy of the
 * body.
 */
class ChunkListWriter extends RecordBatchFileWriter {
  readonly chunks: Uint8Array[] = [];

  protected override _write(chunk: ArrayBufferView): this {
    if (!this._started || chunk.byteLength === 0) return this;
    this.chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this._position += chunk.byteLength;
    return this;
  }

  // The library leaves the schema message out of a file, though the format says that a file holds a whole
  // stream.
  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema));
  }
}

function tensorField(column: TensorColumn): Field {
  const item = new Field("item", itemTypes[column.dtype](), false);
  const type = new FixedSizeList(rowElements(column.shape), item);
  // Metadata on the field carries the extension type; building a Table from vectors would drop it.
  return new Field(
    column.name,
    type,
    false,
    new Map([
      ["ARROW:extension:name", "arrow.fixed_shape_tensor"],
      ["ARROW:extension:metadata", JSON.stringify({ shape: column.shape, dim_names: column.dimNames })],
    ]),
  );
}

function tensorData(field: Field, column: TensorColumn): Data {
  const { buffer, byteOffset, byteLength } = column.data;
  // Float16 is Uint16 bits to the library.
  const data = column.dtype === "float16" ? new Uint16Array(buffer, byteOffset, byteLength / 2) : column.data;
  const child = makeData({
    type: itemTypes[column.dtype](),
    length: column.data.length,
    nullCount: 0,
    data,
  } as Parameters<typeof makeData>[0]);
  return makeData({ type: field.type as FixedSizeList, length: column.rows, nullCount: 0, child });
}

/**
 * Writes columns as one Arrow IPC file of one record batch, every column an `arrow.fixed_shape_tensor`.
 *
 * @param columns - at least one; equal rows; unique names.
 * @returns the file as a list of pieces in order. The body pieces are views of the columns' own buffers:
 * nothing is
 *   copied, so leave the arrays unchanged until the pieces are written. Equal columns give equal bytes.
 * @throws TomoeError `TENSOR_INVALID` for a wrong array class, length, shape or name; `WIRE_TOO_LARGE` above
 * the cap.
 * @see https://arrow.apache.org/docs/format/CanonicalExtensions.html#fixed-shape-tensor
 */
export function encodeTensors(
  columns: readonly TensorColumn[],
  limits: TensorLimits = tensorLimits,
): Uint8Array[] {
  assertTensorColumns(columns, limits);
  const fields = columns.map(tensorField);
  const children = columns.map((column, index) => tensorData(fields[index] ?? tensorField(column), column));
  const struct = makeData({
    type: new Struct(fields),
    length: columns[0]?.rows ?? 0,
    nullCount: 0,
    children,
  });
  const writer = new ChunkListWriter();
  writer.write(new RecordBatch(new Schema(fields), struct));
  writer.finish();
  const bytes = writer.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  if (bytes > limits.totalBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `the Arrow file has ${bytes} bytes, the cap is ${limits.totalBytes}`,
      {
        hint: "Send fewer rows in one message, or a smaller volume.",
        details: { bytes, limitBytes: limits.totalBytes },
      },
    );
  }
  return writer.chunks;
}
