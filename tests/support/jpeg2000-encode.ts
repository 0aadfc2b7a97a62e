// Encodes test pictures with OpenJPEG (wasm), so that the decoder has real codestreams to read.
import { createRequire } from "node:module";

interface Encoder {
  getDecodedBuffer(info: {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }): Uint8Array;
  setQuality(lossless: boolean, quality: number): void;
  setDecompositions(levels: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

/** A bare codestream of one 16-bit component. */
export async function encodeJpeg2000(
  values: Int16Array | Uint16Array,
  width: number,
  height: number,
  options: { readonly bits?: number; readonly signed?: boolean; readonly lossy?: boolean } = {},
): Promise<Uint8Array> {
  const require = createRequire(import.meta.url);
  const load = require("@cornerstonejs/codec-openjpeg/wasmjs") as (module: {
    readonly print: () => void;
    readonly printErr: () => void;
  }) => Promise<{ readonly J2KEncoder: new () => Encoder }>;
  const codec = await load({ print: () => undefined, printErr: () => undefined });
  const encoder = new codec.J2KEncoder();
  try {
    const info = {
      width,
      height,
      bitsPerSample: options.bits ?? 16,
      componentCount: 1,
      isSigned: options.signed ?? true,
    };
    encoder.getDecodedBuffer(info).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    encoder.setQuality(options.lossy !== true, options.lossy === true ? 10 : 0);
    // The default of five halvings is refused for pictures under 32 pixels.
    encoder.setDecompositions(2);
    encoder.encode();
    return Uint8Array.from(encoder.getEncodedBuffer());
  } finally {
    encoder.delete();
  }
}
