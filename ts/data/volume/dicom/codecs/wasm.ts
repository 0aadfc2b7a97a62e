import { CodecRefusal, type DecodedFrame } from "./port.ts";

/** A decoder object of the codec packages, all of which have the same shape. */
export interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  decode(): void;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned?: boolean;
  };
  delete(): void;
}

/** What a codec package exports: the start of its wasm module. */
export type WasmStart<M> = (options: {
  readonly print: () => void;
  readonly printErr: () => void;
}) => Promise<M>;

/** Starts the wasm module of a package. Its prints are dropped: stdout carries the answers. */
export function startWasm<M>(start: WasmStart<M>): Promise<M> {
  return start({ print: () => undefined, printErr: () => undefined });
}

/**
 * Decodes one codestream.
 *
 * @param decoder - a new object; it is deleted.
 * @param lossy - asked after decoding.
 * @throws CodecRefusal, or whatever the codec throws.
 */
export function decodeWasm<D extends WasmDecoder>(
  decoder: D,
  bytes: Uint8Array,
  lossy: (decoder: D) => boolean,
): DecodedFrame {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned = false } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const count = width * height * componentCount;
    // Some codecs report a damaged codestream by an empty picture alone.
    if (count === 0 || decoded.length !== count * (bitsPerSample > 8 ? 2 : 1))
      throw new CodecRefusal("the codestream is damaged");
    const facts = { width, height, components: componentCount, bits: bitsPerSample, signed: isSigned };
    return { ...facts, lossy: lossy(decoder), samples: widened(decoded, bitsPerSample > 8) };
  } finally {
    decoder.delete();
  }
}

/** A copy that leaves wasm memory, which the next frame reuses. */
function widened(decoded: Uint8Array | Uint8ClampedArray, wide: boolean): Uint16Array {
  if (!wide) return Uint16Array.from(decoded);
  const copy = new Uint8Array(decoded.length);
  copy.set(decoded);
  return new Uint16Array(copy.buffer);
}
