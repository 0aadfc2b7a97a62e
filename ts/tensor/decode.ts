import { TomoeError } from "../errors.ts";
import type { TensorColumn, TensorDtype, TensorLimits } from "./column.ts";
import { itemBytes, rowElements, tensorLimits } from "./column.ts";
import type { FlatTable } from "./flatbuffer.ts";
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
  const header: FlatTable = batch.header,
    { block } = header;
  const rows = header.size64(0),
    nodes = header.vector(1, 16),
    buffers = header.vector(2, 16);
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
    const lengths = [rows, elements];
    lengths.forEach((length, level) => {
      const at = nodes.at(2 * index + level);
      const found = block.size64(at),
        nulls = block.size64(at + 8);
      if (found !== length)
        refuseBytes(
          `column "${column.name}" has ${found} ${level === 0 ? "rows" : "items"}, the batch needs ${length}`,
        );
      if (nulls !== 0)
        refuseBytes(`column "${column.name}" has ${nulls} nulls`, "A tensor has no missing values.");
    });
    const [validity, itemValidity, items] = [0, 1, 2].map((buffer): Span => {
      const at = buffers.at(3 * index + buffer);
      return { offset: block.size64(at), length: block.size64(at + 8) };
    });
    const starts = [validity?.offset, itemValidity?.offset, items?.offset];
    if (!starts.every((start) => start !== undefined && start <= batch.bodyBytes))
      refuseBytes(
        `column "${column.name}" has buffers at [${starts.join(", ")}] of a body of ${batch.bodyBytes} bytes`,
      );
    if (validity === undefined || itemValidity === undefined || items === undefined)
      refuseBytes(`column "${column.name}" lacks a buffer`);
    if (validity.length !== 0 || itemValidity.length !== 0)
      refuseBytes(
        `column "${column.name}" carries a validity bitmap`,
        "A tensor has no missing values: write none.",
      );
    const needed = elements * itemBytes(column.dtype),
      padded = Math.ceil(needed / 64) * 64;
    if (items.length < needed || items.length > padded)
      refuseBytes(
        `column "${column.name}" has a buffer of ${items.length} bytes, ${elements} items need ${needed}`,
      );
    if (items.offset % 8 !== 0 || items.offset < end || items.offset + items.length > batch.bodyBytes) {
      refuseBytes(
        `column "${column.name}" has its buffer at ${items.offset}..${items.offset + items.length} of a body of ${batch.bodyBytes} bytes, the one before ends at ${end}`,
      );
    }
    end = items.offset + items.length;
    return { offset: items.offset, length: needed };
  });
  return { rows, spans };
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
