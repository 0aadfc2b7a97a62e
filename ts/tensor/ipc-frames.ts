// Arrow IPC encapsulated messages:
// https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
import { TomoeError } from "../errors.ts";
import type { TensorLimits } from "./column.ts";
import type { FlatTable } from "./flatbuffer.ts";
import { FlatBlock, refuseBytes } from "./flatbuffer.ts";

const magic = "ARROW1";
const metadataV5 = 4;
const headerNames: Readonly<Record<number, string>> = {
  1: "schema",
  2: "dictionary batch",
  3: "record batch",
  4: "tensor",
  5: "sparse tensor",
};

/** One message: its header table, and where it and its body lie in the bytes. */
export interface IpcFrame {
  readonly header: FlatTable;
  readonly start: number;
  /** Length prefix, metadata and padding: the body begins at `start + metadataBytes`. */
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** A file or stream of one schema and one record batch; `footer` is there for a file. */
export interface IpcLayout {
  readonly schema: IpcFrame;
  readonly batch: IpcFrame;
  readonly footer: FlatTable | undefined;
}

function readFrame(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: 1 | 3,
  limits: TensorLimits,
): IpcFrame {
  const kind = `the ${headerNames[expected] ?? "message"} message`;
  if (start + 8 > end)
    refuseBytes(
      `${kind} should begin at byte ${start}, the bytes end at ${end}`,
      "The file was cut off: write it again.",
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(start, true) !== 0xffff_ffff) refuseBytes(`no message begins at byte ${start}`);
  const length = view.getInt32(start + 4, true);
  if (length === 0)
    refuseBytes(
      `the stream ends at byte ${start} before ${kind}`,
      "A tensor file holds exactly one record batch.",
    );
  if (length < 0 || length % 8 !== 0 || start + 8 + length > end)
    refuseBytes(`${kind} announces ${length} bytes of metadata at byte ${start} of ${end}`);
  if (length > limits.metadataBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `${kind} has ${length} bytes of metadata, the cap is ${limits.metadataBytes}`,
      { hint: "Send fewer columns in one message." },
    );
  }
  const message = new FlatBlock(bytes.subarray(start + 8, start + 8 + length), kind).root();
  const version = message.i16(0),
    headerType = message.u8(1),
    header = message.table(2),
    bodyBytes = message.size64(3);
  if (version !== metadataV5) refuseBytes(`${kind} has metadata version ${version}, not ${metadataV5} (V5)`);
  if (headerType !== expected)
    refuseBytes(
      `found a ${headerNames[headerType] ?? `message of type ${headerType}`} where ${kind} belongs`,
      "A tensor file is one schema and one record batch, without dictionaries.",
    );
  if (header === undefined) refuseBytes(`${kind} has no header`);
  if (message.vector(4, 4).length !== 0) refuseBytes(`${kind} has metadata of its own`);
  if (bodyBytes % 8 !== 0 || start + 8 + length + bodyBytes > end)
    refuseBytes(
      `${kind} announces a body of ${bodyBytes} bytes at byte ${start + 8 + length} of ${end}`,
      "The file was cut off: write it again.",
    );
  return { header, start, metadataBytes: 8 + length, bodyBytes };
}

function isMagic(bytes: Uint8Array, at: number): boolean {
  return (
    at >= 0 &&
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
      "latin1",
      at,
      at + magic.length,
    ) === magic
  );
}

function readFooter(
  bytes: Uint8Array,
  limits: TensorLimits,
): { readonly footer: FlatTable; readonly start: number } {
  const end = bytes.byteLength - magic.length - 4;
  if (end < 8 || !isMagic(bytes, end + 4))
    refuseBytes(
      `the file of ${bytes.byteLength} bytes does not end in ${magic}`,
      "The file was cut off: write it again.",
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(end, true);
  if (length <= 0 || end - length < 8)
    refuseBytes(`the footer announces ${length} bytes in a file of ${bytes.byteLength}`);
  if (length > limits.metadataBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `the footer has ${length} bytes, the cap is ${limits.metadataBytes}`,
      { hint: "Send fewer columns in one message." },
    );
  }
  return {
    footer: new FlatBlock(bytes.subarray(end - length, end), "the footer").root(),
    start: end - length,
  };
}

/**
 * Finds the messages of an Arrow IPC file or stream of one record batch. A file is read as the stream inside
 * it, and its
 * footer has to say the same.
 *
 * @throws TomoeError `DATA_SHARD_SCHEMA` for anything else; `WIRE_TOO_LARGE` above a cap.
 */
export function readLayout(bytes: Uint8Array, limits: TensorLimits): IpcLayout {
  const isFile = isMagic(bytes, 0);
  const tail = isFile ? readFooter(bytes, limits) : undefined;
  const end = tail?.start ?? bytes.byteLength;
  const schema = readFrame(bytes, isFile ? 8 : 0, end, 1, limits);
  if (schema.bodyBytes !== 0) refuseBytes(`the schema message has a body of ${schema.bodyBytes} bytes`);
  const batch = readFrame(bytes, schema.start + schema.metadataBytes, end, 3, limits);
  const after = batch.start + batch.metadataBytes + batch.bodyBytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    after + 8 > end ||
    view.getUint32(after, true) !== 0xffff_ffff ||
    view.getInt32(after + 4, true) !== 0
  ) {
    refuseBytes(
      `no end of stream at byte ${after}, behind the first record batch`,
      "A tensor file holds exactly one record batch.",
    );
  }
  if (after + 8 !== end)
    refuseBytes(
      `${end - after - 8} bytes lie between the end of the stream at byte ${after + 8} and ${isFile ? "the footer" : "the end"}`,
    );
  if (tail !== undefined) checkFooterBlocks(tail.footer, batch);
  return { schema, batch, footer: tail?.footer };
}

function checkFooterBlocks(footer: FlatTable, batch: IpcFrame): void {
  const version = footer.i16(0),
    dictionaries = footer.vector(2, 24),
    blocks = footer.vector(3, 24);
  if (version !== metadataV5)
    refuseBytes(`the footer has metadata version ${version}, not ${metadataV5} (V5)`);
  if (footer.vector(4, 4).length !== 0) refuseBytes("the footer has metadata of its own");
  if (dictionaries.length !== 0 || blocks.length !== 1)
    refuseBytes(
      `the footer lists ${dictionaries.length} dictionaries and ${blocks.length} record batches, not 0 and 1`,
    );
  const at = blocks.at(0);
  const found = [footer.block.size64(at), footer.block.i32(at + 8), footer.block.size64(at + 16)];
  const expected = [batch.start, batch.metadataBytes, batch.bodyBytes];
  if (!found.every((value, index) => value === expected[index])) {
    refuseBytes(
      `the footer puts the record batch at [${found.join(", ")}], it lies at [${expected.join(", ")}] (byte, metadata bytes, body bytes)`,
    );
  }
}
