import { constants, gunzip, gunzipSync } from "node:zlib";
import { bug, TomoeError } from "../../errors.ts";
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
  readonly bytes: Buffer;
  /** Compressed bytes after the end of the gzip data, which zlib leaves alone. */
  readonly unusedBytes: number;
}

/**
 * Decompresses a whole gzip file under a bound that its own header sets.
 *
 * @param impliedBytes - size that the header inside describes.
 * @param slackBytes - how much more the file may hold before it is refused.
 * @throws TomoeError `DATA_DECOMPRESS_LIMIT` beyond the bound, or for an implied size of more than 64 MiB at
 * a ratio above 200:1;
 *   `DATA_TRUNCATED` for a file that ends early or fails its checksum.
 */
export async function gunzipBounded(
  bytes: Uint8Array,
  impliedBytes: number,
  slackBytes: number,
  path: string,
): Promise<Gunzipped> {
  const ratio = impliedBytes / Math.max(1, bytes.length);
  if (ratio > deflateRatioLimit + 1 && impliedBytes > slackBytes) {
    throw new TomoeError(
      "DATA_TRUNCATED",
      `the header of ${printable(path)} describes ${impliedBytes} bytes, which ${bytes.length} compressed bytes cannot hold`,
      {
        hint: "The file was cut short or its header lies; fetch it again.",
        details: { path, impliedBytes, compressedBytes: bytes.length },
      },
    );
  }
  if (impliedBytes > ratioCheckFromBytes && ratio > largestRatio) {
    throw tooLarge(
      path,
      `${impliedBytes} bytes out of ${bytes.length}, a ratio of ${Math.round(ratio)}:1 where no CT exceeds ${largestRatio}:1`,
      impliedBytes,
    );
  }
  const most = impliedBytes + slackBytes;
  return new Promise((resolve, reject) => {
    gunzip(bytes, { chunkSize, maxOutputLength: most, info: true }, (error, result: unknown) => {
      if (error !== null) {
        reject(
          "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
            ? tooLarge(path, `past the ${most} bytes its header allows`, most)
            : damaged(path, error),
        );
        return;
      }
      resolve(withUnused(result, bytes.length));
    });
  });
}

/**
 * With `info: true` zlib hands over the engine too, which alone knows how many compressed bytes were used.
 */
function withUnused(result: unknown, given: number): Gunzipped {
  if (
    typeof result === "object" &&
    result !== null &&
    "buffer" in result &&
    Buffer.isBuffer(result.buffer) &&
    "engine" in result
  ) {
    const { buffer, engine } = result;
    const used =
      typeof engine === "object" &&
      engine !== null &&
      "bytesWritten" in engine &&
      typeof engine.bytesWritten === "number"
        ? engine.bytesWritten
        : given;
    return { bytes: buffer, unusedBytes: given - used };
  }
  throw bug("zlib returned no buffer", { node: process.version });
}

function tooLarge(path: string, what: string, limitBytes: number): TomoeError {
  return new TomoeError("DATA_DECOMPRESS_LIMIT", `${printable(path)} decompresses ${what}`, {
    hint: "If this is a real scan, decompress it yourself and check the header against the file size.",
    details: { path, limitBytes },
  });
}

function damaged(path: string, cause: unknown): TomoeError {
  const code =
    typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
      ? cause.code
      : "unknown";
  const how = code === "Z_BUF_ERROR" ? "ends before its gzip data does" : "holds damaged gzip data";
  return new TomoeError("DATA_TRUNCATED", `${printable(path)} ${how} (${code})`, {
    hint: "Copy or download the file again; `gzip -t` must accept it.",
    details: { path, system: code },
  });
}
