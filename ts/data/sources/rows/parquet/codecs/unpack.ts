import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { damaged, notRead } from "../damage.ts";
import { unpackFramedLz4, unpackLz4, unpackSnappy } from "./blocks.ts";

type Unpack = (input: Uint8Array, length: number) => Uint8Array;
type Inflate = (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** By the number of a codec: its name, and how it is unpacked where it is. */
const codecs: readonly (readonly [name: string, unpack: Unpack | undefined])[] = [
  ["none", (input) => input],
  ["snappy", unpackSnappy],
  ["gzip", inflated(gunzipSync, "gzip")],
  ["lzo", undefined],
  ["brotli", inflated(brotliDecompressSync, "brotli")],
  ["lz4 (Hadoop)", unpackFramedLz4],
  ["zstd", inflated(zstdDecompressSync, "zstd")],
  ["lz4", unpackLz4],
];

/** One of Node's, which stops at the length that the header states. */
function inflated(inflate: Inflate, name: string): Unpack {
  return (input, length) => {
    try {
      return inflate(input, { maxOutputLength: Math.max(length, 1) });
    } catch (cause) {
      if ((cause as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE")
        throw damaged(`a ${name} page gives more than the ${length} bytes of its header`);
      throw damaged(`a ${name} page cannot be unpacked: ${(cause as { readonly message: string }).message}`);
    }
  };
}

/**
 * Unpacks the bytes of a page.
 *
 * @param length - bytes that its header says it gives; no more are made.
 * @throws TomoeError `DATA_MANIFEST` for bytes that give another length; `DATA_UNSUPPORTED` for lzo and unknown codecs.
 */
export function unpacked(codec: number, input: Uint8Array, length: number): Uint8Array {
  const [name, unpack] = codecs[codec] ?? [`number ${codec}`, undefined];
  if (unpack === undefined) throw notRead(`pages are packed by the codec ${name}`);
  // Of no bytes there may be no stream at all.
  if (length === 0 && input.length === 0) return input;
  const bytes = unpack(input, length);
  if (bytes.length !== length) throw damaged(`a page gives ${bytes.length} bytes, its header says ${length}`);
  return bytes;
}
