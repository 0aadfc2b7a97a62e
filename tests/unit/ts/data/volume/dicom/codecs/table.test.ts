// One suite that every decoder passes: what it gives, and how it refuses what it cannot give.
import {
  CodecRefusal,
  type DecodeFrame,
  type PixelDecoder,
} from "../../../../../../../ts/data/volume/dicom/codecs/port.ts";
import { decoderOf, decoders } from "../../../../../../../ts/data/volume/dicom/codecs/table.ts";
import type { PixelFormat } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { encodeHtj2k, encodeJpegLs, jpegPictures } from "../../../../../../support/codestreams.ts";
import { encodeJpeg2000 } from "../../../../../../support/jpeg2000-encode.ts";
import { rleFrame, rleSegments } from "../../../../../../support/rle-encode.ts";

const [columns, rows] = [37, 21];
const root = "1.2.840.10008.1.2";
/** Twelve bits with flat parts, edges and noise that repeats at no short period. */
const picture = Uint16Array.from({ length: columns * rows }, (_, i) =>
  i % 7 < 3 ? 1000 : (Math.imul(i, 2_654_435_761) >>> 20) & 0xfff,
);
const format: PixelFormat = { rows, columns, bitsAllocated: 16, bitsStored: 12, signed: false };
const jpegPicture = (name: string): { readonly jpeg: Uint8Array; readonly samples: Uint16Array } => {
  const found = jpegPictures().find((one) => one.name === name);
  if (found === undefined) throw new Error(`no picture ${name}`);
  return found;
};
const lossless = jpegPicture("lossless, predictor 1, 12 bits");

/** What each decoder reads, and the samples in it. */
const codings: readonly {
  readonly syntax: string;
  readonly lossy: boolean;
  /** Precision of the codestream, where it is not that of the samples. */
  readonly bits?: number;
  readonly bytes: () => Promise<Uint8Array>;
  readonly samples: Uint16Array;
}[] = [
  { syntax: ".5", lossy: false, bytes: async () => rleFrame(rleSegments(picture, 2)), samples: picture },
  { syntax: ".4.57", lossy: false, bits: 16, bytes: async () => lossless.jpeg, samples: lossless.samples },
  {
    syntax: ".4.51",
    lossy: true,
    bytes: async () => jpegPicture("extended, 12 bits").jpeg,
    samples: jpegPicture("extended, 12 bits").samples,
  },
  { syntax: ".4.80", lossy: false, bytes: () => encodeJpegLs(picture, columns, 12), samples: picture },
  {
    syntax: ".4.90",
    lossy: false,
    bytes: () => encodeJpeg2000(picture, columns, rows, { bits: 12, signed: false }),
    samples: picture,
  },
  { syntax: ".4.201", lossy: false, bytes: () => encodeHtj2k(picture, columns, 12), samples: picture },
];

async function opened(syntax: string): Promise<DecodeFrame> {
  const decoder: PixelDecoder | undefined = decoderOf(root + syntax);
  if (decoder === undefined) throw new Error(`no decoder of ${syntax}`);
  return decoder.open();
}

/** What a decoder throws; the child calls anything that is no refusal a damaged codestream. */
function refusal(decode: DecodeFrame, bytes: Uint8Array, change: Partial<PixelFormat> = {}): string {
  try {
    decode(bytes, { ...format, ...change });
  } catch (error) {
    return error instanceof CodecRefusal ? error.message : "the codestream is damaged";
  }
  return "decoded";
}

describe("the table of decoders", () => {
  it("names each transfer syntax once", () => {
    const all = decoders.flatMap(({ transferSyntaxes }) => transferSyntaxes);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(14);
    expect(decoderOf("1.2.840.10008.1.2.1")).toBeUndefined();
  });

  it("has a suite for every decoder", () => {
    expect(new Set(codings.map(({ syntax }) => decoderOf(root + syntax)))).toEqual(new Set(decoders));
  });
});

describe.each(codings)("the decoder of $syntax", ({ syntax, lossy, bits = 12, bytes, samples }) => {
  it("gives every sample, also behind a pad byte, and says what the codestream is", async () => {
    const decode = await opened(syntax);
    const plain = await bytes();
    for (const each of [plain, Buffer.concat([plain, Buffer.alloc(1)])]) {
      const frame = decode(each, format);
      expect(frame).toMatchObject({
        width: columns,
        height: rows,
        components: 1,
        bits,
        signed: false,
        lossy,
      });
      expect([...frame.samples]).toEqual([...samples]);
    }
  });

  it("gives the same again, whatever it was asked in between", async () => {
    const decode = await opened(syntax);
    const plain = await bytes();
    const before = decode(plain, format).samples;
    refusal(decode, plain.subarray(0, plain.length >> 1));
    expect([...before]).toEqual([...samples]);
    expect([...decode(plain, format).samples]).toEqual([...samples]);
  });

  it("refuses a frame of another size with both numbers, before or after it is decoded", async () => {
    const decode = await opened(syntax);
    const plain = await bytes();
    expect(refusal(decode, plain, { rows: 22 })).toMatch(
      syntax === ".5" ? /ends after 777 of the 814 bytes/ : /37 x 21 where the header says 37 x 22/,
    );
  });

  it("refuses more bits than the header allocates", async () => {
    const decode = await opened(syntax);
    expect(refusal(decode, await bytes(), { bitsAllocated: 8, bitsStored: 8 })).toMatch(
      syntax === ".5"
        ? /names 2 segments where 8 bits a pixel need 1/
        : /1[26] bits where the header allocates 8/,
    );
  });

  it("refuses nothing, noise, and every codestream that is cut short", async () => {
    const decode = await opened(syntax);
    const plain = await bytes();
    const noise = Uint8Array.from({ length: 400 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 24) & 0xff);
    for (const each of [new Uint8Array(0), new Uint8Array(200), noise])
      expect(refusal(decode, each)).not.toBe("decoded");
    const cuts = [1, 2, 3, 5, 10, 20, 60, 100, 300].map((left) => plain.subarray(0, left));
    const ends = [8, 16, 40].map((off) => plain.subarray(0, plain.length - off));
    for (const cut of [...cuts, ...ends]) expect([cut.length, refusal(decode, cut)]).not.toContain("decoded");
  });

  it("answers every damaged byte with a frame of the right size or a refusal", async () => {
    const decode = await opened(syntax);
    const plain = await bytes();
    for (let round = 0; round < 30; round++) {
      const damaged = Uint8Array.from(plain);
      const at = Math.imul(round + 1, 40_503) % damaged.length;
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (round % 8));
      try {
        expect(decode(damaged, format).samples).toHaveLength(columns * rows);
      } catch (error) {
        expect(error).toBeDefined();
      }
    }
  });
});
