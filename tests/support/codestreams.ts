// Real codestreams for tests: the encoders of the codec packages, and JPEG pictures made once by libjpeg.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  setNearLossless?(error: number): void;
  setQuality?(lossless: boolean, quality: number): void;
  setDecompositions?(levels: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

async function encodeWith(
  path: string,
  name: string,
  samples: Uint16Array,
  width: number,
  bits: number,
  set: (encoder: Encoder) => void,
): Promise<Uint8Array> {
  const load = createRequire(import.meta.url)(path) as (module: {
    readonly print: () => void;
    readonly printErr: () => void;
  }) => Promise<Readonly<Record<string, new () => Encoder>>>;
  const codec = await load({ print: () => undefined, printErr: () => undefined });
  const Made = codec[name];
  if (Made === undefined) throw new Error(`no ${name}`);
  const encoder = new Made();
  try {
    const info = { width, height: samples.length / width, bitsPerSample: bits, componentCount: 1 };
    const raw = bits > 8 ? new Uint8Array(samples.slice().buffer) : Uint8Array.from(samples);
    encoder.getDecodedBuffer({ ...info, isSigned: false, isUsingColorTransform: false }).set(raw);
    set(encoder);
    encoder.encode();
    return Uint8Array.from(encoder.getEncodedBuffer());
  } finally {
    encoder.delete();
  }
}

/** JPEG-LS; `near` is the largest error of a sample. */
export function encodeJpegLs(
  samples: Uint16Array,
  width: number,
  bits: number,
  near = 0,
): Promise<Uint8Array> {
  return encodeWith("@cornerstonejs/codec-charls/wasmjs", "JpegLSEncoder", samples, width, bits, (encoder) =>
    encoder.setNearLossless?.(near),
  );
}

/** HTJ2K. */
export function encodeHtj2k(
  samples: Uint16Array,
  width: number,
  bits: number,
  lossless = true,
): Promise<Uint8Array> {
  return encodeWith(
    "@cornerstonejs/codec-openjph/wasmjs",
    "HTJ2KEncoder",
    samples,
    width,
    bits,
    (encoder) => {
      encoder.setQuality?.(lossless, lossless ? 0 : 0.01);
      encoder.setDecompositions?.(2);
    },
  );
}

/** A picture of the fixtures: one JPEG process, and what libjpeg decodes it to. */
export interface JpegPicture {
  readonly name: string;
  readonly transferSyntax: string;
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  readonly jpeg: Uint8Array;
  readonly samples: Uint16Array;
}

/**
 * Every picture in `fixtures/jpeg`, coded and decoded by DCMTK 3.6.7 and, those with restart markers and the progressive
 * ones of 8 bits, by libjpeg-turbo through Pillow 12.
 */
export function jpegPictures(): readonly JpegPicture[] {
  const file = new URL("../fixtures/jpeg/pictures.json", import.meta.url);
  const pictures = JSON.parse(readFileSync(file, "utf8")) as (Omit<JpegPicture, "jpeg" | "samples"> & {
    readonly jpeg: string;
    readonly samples: string;
  })[];
  return pictures.map((picture) => {
    const samples = Uint8Array.from(Buffer.from(picture.samples, "base64"));
    return {
      ...picture,
      jpeg: Uint8Array.from(Buffer.from(picture.jpeg, "base64")),
      samples: new Uint16Array(samples.buffer),
    };
  });
}
