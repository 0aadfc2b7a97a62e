import { TomoeError } from "../errors.ts";
import type { TensorColumn, TensorDtype, TensorLimits } from "./column.ts";
import { itemBytes, rowElements, tensorLimits } from "./column.ts";
import type { FlatBlock } from "./flatbuffer.ts";
import { refuseBytes } from "./flatbuffer.ts";
import type { IpcFrame } from "./ipc-frames.ts";
import { readLayout } from "./ipc-frames.ts";
import type { ColumnType } from "./ipc-schema.ts";
import { readColumnTypes } from "./ipc-schema.ts";

type Span = { readonly offset: number; readonly length: number };

/** The data buffers of a record batch, one a column, every length and count checked against the schema. */
function readSpans(
  batch: IpcFrame,
  columns: readonly ColumnType[],
): { readonly rows: number; readonly spans: readonly Span[] } {
  const { header } = batch;
  const rows = header.size64(0);
  const nodes = header.vector(1, 16);
  const buffers = header.vector(2, 16);
  if (header.has(3))
    refuseBytes(
      "the record batch is compressed",
      "Write it uncompressed: mapped bytes are used as they lie.",
    );
  if (header.vector(4, 8).length !== 0) refuseBytes("the record batch has variadic buffers");
  // A fixed-size list of a fixed-width item: two nodes (list, item) and three buffers (validity, item
  // validity, items).
  if (nodes.length !== 2 * columns.length || buffers.length !== 3 * columns.length) {
    refuseBytes(
      `the record batch has ${nodes.length} nodes and ${buffers.length} buffers, ${columns.length} columns need ${2 * columns.length} and ${3 * columns.length}`,
    );
  }
  let end = 0;
  const spans = columns.map((column, index) => {
    const elements = rows * rowElements(column.shape);
    checkNodes(header.block, nodes.at(2 * index), [rows, 0, elements, 0], column);
    const span = readSpan(batch, buffers.at(3 * index), elements, column, end);
    end = span.offset + span.length;
    return { offset: span.offset, length: elements * itemBytes(column.dtype) };
  });
  return { rows, spans };
}

/** Rows and items of a column, and that none is missing. */
function checkNodes(block: FlatBlock, at: number, expected: readonly number[], column: ColumnType): void {
  const found = expected.map((_, word) => block.size64(at + 8 * word));
  if (found.some((value, word) => value !== expected[word]))
    refuseBytes(
      `column "${column.name}" has rows, nulls, items, nulls [${found.join(", ")}], the batch needs [${expected.join(", ")}]`,
      "A tensor has no missing values, and every column has the batch's rows.",
    );
}

/** Where a column's items lie in the body: behind those of the column before, and without validity bitmaps. */
function readSpan(batch: IpcFrame, at: number, elements: number, column: ColumnType, after: number): Span {
  const words = [0, 1, 2, 3, 4, 5].map((word) => batch.header.block.size64(at + 8 * word));
  const [validityAt = 0, validity = 0, itemValidityAt = 0, itemValidity = 0, offset = 0, length = 0] = words;
  const starts = [validityAt, itemValidityAt, offset];
  if (Math.max(...starts) > batch.bodyBytes)
    refuseBytes(
      `column "${column.name}" has buffers at [${starts.join(", ")}] of a body of ${batch.bodyBytes} bytes`,
    );
  if (validity !== 0 || itemValidity !== 0)
    refuseBytes(
      `column "${column.name}" carries a validity bitmap`,
      "A tensor has no missing values: write none.",
    );
  const needed = elements * itemBytes(column.dtype);
  // Writers pad a buffer to 64 bytes; some count the padding as its length.
  if (length < needed || length > Math.ceil(needed / 64) * 64)
    refuseBytes(`column "${column.name}" has a buffer of ${length} bytes, ${elements} items need ${needed}`);
  if (offset % 8 !== 0 || offset < after || offset + length > batch.bodyBytes)
    refuseBytes(
      `column "${column.name}" has its buffer at ${offset}..${offset + length} of a body of ${batch.bodyBytes} bytes, the one before ends at ${after}`,
    );
  return { offset, length };
}

const views: Readonly<
  Record<TensorDtype, (buffer: ArrayBufferLike, offset: number, length: number) => TensorColumn["data"]>
> = {
  int16: (buffer, offset, length) => new Int16Array(buffer, offset, length),
  uint8: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  int32: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  int64: (buffer, offset, length) => new BigInt64Array(buffer, offset, length),
  float16: (buffer, offset, length) => new Float16Array(buffer, offset, length),
  float32: (buffer, offset, length) => new Float32Array(buffer, offset, length),
};

/**
 * Reads the columns of an Arrow IPC file or stream of one record batch. Everything is validated before a
 * value is used;
 * the arrays are views of `bytes`, nothing is copied. Check the checksum first: a changed voxel is still a
 * valid voxel.
 *
 * @param bytes - the whole file or stream, at an address that is a multiple of 8.
 * @throws TomoeError `DATA_SHARD_SCHEMA` for anything outside the allow-list; `WIRE_TOO_LARGE` above a cap;
 *   `TENSOR_INVALID` for misaligned bytes, which the library would copy without a word.
 */
export function decodeTensors(bytes: Uint8Array, limits: TensorLimits = tensorLimits): TensorColumn[] {
  if (bytes.byteLength > limits.totalBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `the Arrow bytes are ${bytes.byteLength}, the cap is ${limits.totalBytes}`,
      {
        hint: "Send fewer rows in one message, or a smaller volume.",
        details: { bytes: bytes.byteLength, limitBytes: limits.totalBytes },
      },
    );
  }
  if (bytes.byteOffset % 8 !== 0) {
    throw new TomoeError(
      "TENSOR_INVALID",
      `the Arrow bytes begin at offset ${bytes.byteOffset} of their buffer, not at a multiple of 8`,
      {
        hint: "Join received chunks with ChunkAssembler, or read the file into a buffer of its own.",
        details: { byteOffset: bytes.byteOffset },
      },
    );
  }
  const layout = readLayout(bytes, limits);
  const columns = readColumnTypes(layout.schema.header, limits);
  if (layout.footer !== undefined) {
    const schema = layout.footer.table(1);
    if (schema === undefined) refuseBytes("the footer has no schema");
    if (JSON.stringify(readColumnTypes(schema, limits)) !== JSON.stringify(columns))
      refuseBytes("the footer's schema differs from the stream's");
  }
  const { rows, spans } = readSpans(layout.batch, columns);
  const body = bytes.byteOffset + layout.batch.start + layout.batch.metadataBytes;
  return columns.map((column, index) => {
    const span = spans[index] ?? refuseBytes(`column "${column.name}" lacks a buffer`);
    const data = views[column.dtype](bytes.buffer, body + span.offset, span.length / itemBytes(column.dtype));
    return { ...column, rows, data } as TensorColumn;
  });
}
