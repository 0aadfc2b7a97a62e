/**
 * Child process: decodes the JPEG 2000 images of its stdin with OpenJPEG (wasm) and writes the samples to
 * stdout.
 */
import { createRequire } from "node:module";
import { type DecodedImage, packAnswer, unpackImages } from "./jpeg2000-frames.ts";

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  decode(): void;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  };
  getIsReversible(): boolean;
  delete(): void;
}

interface Codec {
  readonly J2KDecoder: new () => Decoder;
}

const failed = (status: number): DecodedImage => ({
  status,
  width: 0,
  height: 0,
  bits: 0,
  signed: false,
  reversible: false,
  samples: new Uint8Array(0),
});

function decode(codec: Codec, image: Uint8Array): DecodedImage {
  const decoder = new codec.J2KDecoder();
  try {
    decoder.getEncodedBuffer(image.length).set(image);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    if (componentCount !== 1 || bitsPerSample < 1 || bitsPerSample > 16) return failed(2);
    return {
      status: 0,
      width,
      height,
      bits: bitsPerSample,
      signed: isSigned,
      reversible: decoder.getIsReversible(),
      samples: widen(decoder.getDecodedBuffer(), bitsPerSample, isSigned),
    };
  } catch {
    return failed(1);
  } finally {
    decoder.delete();
  }
}

/**
 * The codec gives one byte a sample up to 8 bits; the answer always has two. The copy also leaves wasm
 * memory, which the next image reuses.
 */
function widen(decoded: Uint8Array | Uint8ClampedArray, bits: number, signed: boolean): Uint8Array {
  if (bits > 8) return Uint8Array.from(decoded);
  const out = new Uint8Array(2 * decoded.length);
  decoded.forEach((value, index) => {
    out[2 * index] = value;
    if (signed && value > 127) out[2 * index + 1] = 0xff;
  });
  return out;
}

async function main(): Promise<void> {
  const require = createRequire(import.meta.url);
  const load = require("@cornerstonejs/codec-openjpeg/decodewasmjs") as (options: {
    readonly print: () => void;
    readonly printErr: () => void;
  }) => Promise<Codec>;
  // OpenJPEG prints [INFO] lines on stdout, which carries the answers here.
  const codec = await load({ print: () => undefined, printErr: () => undefined });
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part);
  const images = unpackImages(Buffer.concat(parts));
  if (images === undefined) {
    process.exitCode = 65;
    return;
  }
  for (const image of images) process.stdout.write(packAnswer(decode(codec, image)));
}

await main();
