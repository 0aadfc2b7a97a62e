// Damaged codestreams of every codec, decoded in the very process that decodes a series' frames.
import { fileURLToPath } from "node:url";
import { largestAnswer, packRequest, unpackAnswer } from "../../ts/data/volume/dicom/codecs/messages.ts";
import { decoders } from "../../ts/data/volume/dicom/codecs/table.ts";
import type { PixelFormat } from "../../ts/data/volume/dicom/slice.ts";
import { isTomoeError } from "../../ts/errors.ts";
import { type Exchange, startExchange } from "../../ts/process/index.ts";
import { encodeHtj2k, encodeJpegLs, jpegPictures } from "./codestreams.ts";
import { encodeJpeg2000 } from "./jpeg2000-encode.ts";
import { rleFrame, rleSegments } from "./rle-encode.ts";
import { type Example, exampleOf, volumeMutant } from "./volume-mutants.ts";

/** A good codestream that is damaged, and the frame that its header promises. */
interface Codestream extends Example {
  readonly decoder: string;
  readonly format: PixelFormat;
}

const [columns, rows] = [24, 20];
/** What a decoder may compute, its start included, and what may pass. */
const mostMs = 5000;
/** As the reader's own pool bounds a decoder process. */
const maxMemoryBytes = 1664 * 1024 * 1024;

const picture = Uint16Array.from({ length: columns * rows }, (_, i) =>
  i % 7 < 3 ? 1000 : (Math.imul(i, 2_654_435_761) >>> 20) & 0xfff,
);

/** One or more of each decoder; most damage is done to the first bytes, where markers and tables lie. */
export async function codestreams(): Promise<readonly Codestream[]> {
  const made = (decoder: string, bytes: Uint8Array, change: Partial<PixelFormat> = {}): Codestream => ({
    name: decoder,
    decoder,
    extension: "",
    bytes: Buffer.from(bytes),
    structure: [
      [0, Math.min(bytes.length, 160)],
      [0, bytes.length],
    ],
    format: { rows, columns, bitsAllocated: 16, bitsStored: 12, signed: false, ...change },
  });
  const signed = Int16Array.from(picture, (value) => value - 1024);
  return [
    made("RLE", rleFrame(rleSegments(picture, 2))),
    ...jpegPictures().map(({ jpeg, bits, width, height }) =>
      made("JPEG", jpeg, { rows: height, columns: width, bitsAllocated: bits > 8 ? 16 : 8 }),
    ),
    made("JPEG-LS", await encodeJpegLs(picture, columns, 12)),
    made("JPEG-LS", await encodeJpegLs(picture, columns, 12, 2)),
    made("JPEG 2000", await encodeJpeg2000(picture, columns, rows, { bits: 12, signed: false })),
    made("JPEG 2000", await encodeJpeg2000(signed, columns, rows, { lossy: true })),
    made("HTJ2K", await encodeHtj2k(picture, columns, 12)),
    made("HTJ2K", await encodeHtj2k(picture, columns, 12, false)),
  ];
}

export interface CodecVerdicts {
  readonly decoded: number;
  readonly refused: number;
  /** Decoder processes that ended in a frame; the reader says so of the frame and goes no further. */
  readonly ended: number;
  /** What must not be: a frame of another size, an error that is not typed, over 5 s. */
  readonly faults: readonly string[];
}

/** Decodes the damaged codestreams `from` to `to`, those of one decoder alone where it is given. */
export async function runCodecCampaign(from: number, to: number, only?: string): Promise<CodecVerdicts> {
  const of = (await codestreams()).filter(({ decoder }) => only === undefined || decoder === only);
  const lane = new Lane();
  const count = { decoded: 0, refused: 0, ended: 0 };
  const faults: string[] = [];
  try {
    for (let number = from; number < to; number++) {
      const { decoder, format } = exampleOf(number, of) as Codestream;
      const begun = performance.now();
      const verdict = await lane.decode(decoder, format, volumeMutant(number, of));
      const took = performance.now() - begun;
      if (verdict === "decoded" || verdict === "refused" || verdict === "ended") count[verdict]++;
      else faults.push(`mutant ${number} of ${decoder}: ${verdict}`);
      if (took > mostMs) faults.push(`mutant ${number} of ${decoder}: ${Math.round(took)} ms`);
    }
  } finally {
    await lane.stop();
  }
  return { ...count, faults };
}

/** A decoder process, a new one after each that ended. */
class Lane {
  #exchange: Exchange | undefined;

  async decode(decoder: string, format: PixelFormat, bytes: Buffer): Promise<string> {
    this.#exchange ??= startExchange({
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", fileURLToPath(childUrl)],
      maxMemoryBytes,
    });
    const index = decoders.findIndex(({ name }) => name === decoder);
    const bounds = { timeoutMs: mostMs, maxAnswerBytes: largestAnswer(format) };
    try {
      const answer = await this.#exchange.ask(packRequest(index, format, bytes), bounds);
      if (!Buffer.isBuffer(answer)) {
        this.#exchange = undefined;
        return "ended";
      }
      const frame = unpackAnswer(answer);
      if (typeof frame === "string") return "refused";
      const isWhole = frame?.width === format.columns && frame.height === format.rows;
      return isWhole && frame.samples.length === format.columns * format.rows ? "decoded" : "another frame";
    } catch (error) {
      await this.stop();
      return isTomoeError(error) ? error.code : `not typed: ${String(error)}`;
    }
  }

  async stop(): Promise<void> {
    await this.#exchange?.stop();
    this.#exchange = undefined;
  }
}

const childUrl = new URL("../../ts/data/volume/dicom/codecs/decoder-child.ts", import.meta.url);
