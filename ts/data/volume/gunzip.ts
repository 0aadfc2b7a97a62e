import { constants, createUnzip, gunzipSync, type Unzip } from "node:zlib";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { printable } from "../../files/index.ts";

/**
 * Above this size a ratio beyond `largestRatio` is taken for a decompression bomb; real CT compresses 2..5
 * times.
 */
const ratioCheckFromBytes = 64 * 1024 * 1024;
const largestRatio = 200;
/** No deflate stream expands further than this. */
const deflateRatioLimit = 1032;
const chunkSize = 1 << 20;
/** Below this a copy costs nothing, and a buffer of just the right size is worth it. */
const inPlaceFromBytes = 16 * 1024 * 1024;
/** zlib counts the room in its buffer in 32 bits. */
const largestBuffer = 2 ** 31;

type Form = "gzip" | "zlib";

/** True for bytes that begin like a gzip member. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses the beginning of a gzip file: at least `want` bytes when they are there.
 *
 * @param bytes - the compressed file; only its first 64 KiB are touched.
 * @throws TomoeError `DATA_TRUNCATED` when it is not valid gzip that far.
 */
export function gunzipHead(bytes: Uint8Array, want: number, path: string): Uint8Array {
  for (const taken of [4096, 65536]) {
    let head: Uint8Array;
    try {
      head = gunzipSync(bytes.subarray(0, taken), { finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
    } catch (error) {
      throw damaged(path, error);
    }
    if (head.length >= want || taken >= bytes.length) return head;
  }
  throw new TomoeError(
    "DATA_HEADER",
    `${printable(path)} holds no ${want} bytes of header in its first 64 KiB of compressed data`,
    {
      hint: "Compress the file again with plain gzip.",
      details: { path },
    },
  );
}

/** What a bounded decompression gave. */
export interface Gunzipped {
  /** The first `impliedBytes` of the data; fewer where there are no more. */
  readonly bytes: Buffer;
  /** Length of the data, with what lies beyond `bytes`. */
  readonly lengthBytes: number;
  /** Compressed bytes after the end of the gzip data, which zlib leaves alone. */
  readonly unusedBytes: number;
}

/** A gzip file, or zlib data, on its way in. */
export interface Compressed {
  /** The file from its beginning; a piece is overwritten when the second one after it is asked for. */
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
  readonly path: string;
  /** What a message calls the data; gzip where it is left out. */
  readonly form?: Form | undefined;
  /** Hears how many bytes of the result are there, while the next ones are decompressed beside it; must not throw. */
  readonly onFilled?: ((bytes: Buffer, filled: number) => void) | undefined;
}

/**
 * Decompresses a whole gzip file into one buffer, under a bound that its own header sets.
 *
 * @param impliedBytes - size that the header inside describes.
 * @param slackBytes - how much more the file may hold before it is refused; it is counted and dropped.
 * @throws TomoeError `DATA_DECOMPRESS_LIMIT` beyond the bound, or for an implied size of more than 64 MiB at
 * a ratio above 200:1;
 *   `DATA_TRUNCATED` for a file that ends early or fails its checksum; what reading the pieces raises.
 */
export async function gunzipBounded(
  { pieces, sizeBytes, path, form, onFilled }: Compressed,
  impliedBytes: number,
  slackBytes: number,
): Promise<Gunzipped> {
  refuseBomb(sizeBytes, impliedBytes, slackBytes, path);
  const most = impliedBytes + slackBytes;
  const isInPlace = impliedBytes >= inPlaceFromBytes && most < largestBuffer;
  // One byte more than may come: the engine never needs a second buffer, and what is too large shows in the first.
  const engine = createUnzip({ chunkSize: isInPlace ? most + 1 : chunkSize });
  let out: Buffer | undefined = isInPlace ? undefined : Buffer.from(new ArrayBuffer(impliedBytes));
  let lengthBytes = 0;
  engine.on("data", (chunk: Buffer) => {
    const at = lengthBytes;
    lengthBytes += chunk.length;
    if (lengthBytes > most) engine.destroy(tooLarge(path, `past the ${most} bytes its header allows`, most));
    if (at >= impliedBytes) return;
    out ??= Buffer.from(chunk.buffer, chunk.byteOffset, impliedBytes);
    const filled = out;
    if (chunk.buffer !== filled.buffer || chunk.byteOffset !== filled.byteOffset + at) chunk.copy(filled, at);
    // At the next turn the next chunk is being decompressed beside this.
    setImmediate(() => onFilled?.(filled, Math.min(at + chunk.length, impliedBytes)));
  });
  // It tells the two forms apart itself.
  const feeding = feed(engine, pieces).catch((error: unknown) => {
    engine.destroy();
    throw error;
  });
  // Both are waited for, so that the file is closed when this returns, and when it fails.
  const parts = await Promise.allSettled([feeding, endOf(engine, path, form)]);
  for (const part of parts) if (part.status === "rejected") throw part.reason;
  await new Promise((resolve) => setImmediate(resolve));
  const held = out ?? Buffer.alloc(0);
  // The buffer lives on, and what lies behind was not asked for.
  new Uint8Array(held.buffer, held.byteOffset + held.length).fill(0);
  return {
    bytes: held.subarray(0, lengthBytes),
    lengthBytes,
    unusedBytes: sizeBytes - engine.bytesWritten,
  };
}

/** Gives the engine piece after piece; the next is read while one is decompressed. A failure of the engine ends it. */
async function feed(engine: Unzip, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const source = pieces[Symbol.asyncIterator]();
  // An engine that failed may never say of the piece in its hands that it is done.
  const closed = new Promise((resolve) => engine.once("close", resolve));
  try {
    let next = source.next();
    for (;;) {
      const { done, value } = await next;
      if (done === true || engine.destroyed) break;
      const written = new Promise((resolve) => engine.write(value, resolve));
      next = source.next();
      // It is waited for only once this piece is done.
      next.catch(() => undefined);
      await Promise.race([written, closed]);
    }
    engine.end();
  } finally {
    await source.return?.();
  }
}

/** Waits until all output was taken. */
async function endOf(engine: Unzip, path: string, form: Form | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.once("error", (error) => reject(isTomoeError(error) ? error : damaged(path, error, form)));
    engine.once("close", resolve);
  });
}

function refuseBomb(sizeBytes: number, impliedBytes: number, slackBytes: number, path: string): void {
  const ratio = impliedBytes / Math.max(1, sizeBytes);
  if (ratio > deflateRatioLimit + 1 && impliedBytes > slackBytes) {
    throw new TomoeError(
      "DATA_TRUNCATED",
      `the header of ${printable(path)} describes ${impliedBytes} bytes, which ${sizeBytes} compressed bytes cannot hold`,
      {
        hint: "The file was cut short or its header lies; fetch it again.",
        details: { path, impliedBytes, compressedBytes: sizeBytes },
      },
    );
  }
  if (impliedBytes > ratioCheckFromBytes && ratio > largestRatio) {
    throw tooLarge(
      path,
      `${impliedBytes} bytes out of ${sizeBytes}, a ratio of ${Math.round(ratio)}:1 where no CT exceeds ${largestRatio}:1`,
      impliedBytes,
    );
  }
}

function tooLarge(path: string, what: string, limitBytes: number): TomoeError {
  return new TomoeError("DATA_DECOMPRESS_LIMIT", `${printable(path)} decompresses ${what}`, {
    hint: "If this is a real scan, decompress it yourself and check the header against the file size.",
    details: { path, limitBytes },
  });
}

function damaged(path: string, cause: unknown, form: Form = "gzip"): TomoeError {
  const code =
    typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
      ? cause.code
      : "unknown";
  const how = code === "Z_BUF_ERROR" ? `ends before its ${form} data does` : `holds damaged ${form} data`;
  return new TomoeError("DATA_TRUNCATED", `${printable(path)} ${how} (${code})`, {
    hint: `Copy or download the file again${form === "gzip" ? "; `gzip -t` must accept it" : ""}.`,
    details: { path, system: code },
  });
}
