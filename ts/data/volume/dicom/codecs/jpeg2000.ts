import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type JsonValue, TomoeError } from "../../../../errors.ts";
import { type PixelFormat, signExtend } from "../slice.ts";
import { answerHeaderBytes, type DecodedImage, packImages, unpackAnswers } from "./jpeg2000-frames.ts";

/** One compressed image and what its DICOM header promises. */
export interface Jpeg2000Image {
  readonly where: string;
  readonly bytes: Uint8Array;
  readonly format: PixelFormat;
}

/** Facts of a decoded image that a receipt or a warning tells. */
export interface Jpeg2000Facts {
  readonly bits: number;
  readonly signed: boolean;
  readonly reversible: boolean;
}

/** What the SIZ marker says, read before the codec sees a byte. */
interface Size {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
  readonly signed: boolean;
}

const imagesPerChild = 16;
const startMs = 20_000;
const perMegapixelMs = 20_000;
/** A Node child maps about 600 MiB before its first line; the codec gets 1 GiB on top. */
const childMemoryBytes = 1664 * 1024 * 1024;
const largestPixels = 64 * 1024 * 1024;

/**
 * Decodes JPEG 2000 images in child processes bounded in memory, output and time; several run side by side.
 *
 * @param take - receives each image's stored values in turn: rows x columns numbers, sign-extended.
 * @returns facts of each image, in order.
 * @throws TomoeError `DATA_PIXEL_DECODE` naming the image, `CANCELLED`.
 */
export async function decodeJpeg2000(
  images: readonly Jpeg2000Image[],
  take: (index: number, values: Int32Array) => void,
  signal: AbortSignal | undefined,
): Promise<readonly Jpeg2000Facts[]> {
  for (const image of images) requireMatch(image, codestreamSize(image));
  const facts: Jpeg2000Facts[] = new Array(images.length);
  const batches: number[] = [];
  const perBatch = Math.max(1, Math.min(imagesPerChild, Math.ceil(images.length / lanes())));
  for (let from = 0; from < images.length; from += perBatch) batches.push(from);
  const stop = new AbortController();
  const ends = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const lane = async (): Promise<void> => {
    for (let from = batches.shift(); from !== undefined; from = batches.shift()) {
      const batch = images.slice(from, from + perBatch);
      for (const [offset, decoded] of (await decodeBatch(batch, ends)).entries()) {
        const image = batch[offset];
        if (image === undefined) continue;
        facts[from + offset] = { bits: decoded.bits, signed: decoded.signed, reversible: decoded.reversible };
        take(from + offset, storedValues(image, decoded));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(lanes(), batches.length) }, lane));
  } finally {
    // After one failure the other children have nothing left to do.
    stop.abort();
  }
  return facts;
}

function lanes(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

async function decodeBatch(
  batch: readonly Jpeg2000Image[],
  signal: AbortSignal,
): Promise<readonly DecodedImage[]> {
  const { runBounded } = await import("../../../../process/index.ts");
  const pixels = batch.reduce((sum, { format }) => sum + format.rows * format.columns, 0);
  const child = fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "./jpeg2000-child.ts" : "./jpeg2000-child.js", import.meta.url),
  );
  const [first] = batch;
  const where = first === undefined ? "no image" : first.where;
  let answer: Uint8Array;
  try {
    const result = await runBounded({
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", child],
      input: packImages(batch.map((image) => image.bytes)),
      timeoutMs: startMs + Math.ceil((pixels / 1e6) * perMegapixelMs),
      maxOutputBytes: 2 * pixels + answerHeaderBytes * batch.length + 1024,
      maxMemoryBytes: childMemoryBytes,
      signal,
    });
    if (result.exitCode !== 0)
      throw decodeError(
        where,
        `the decoder process ended with ${result.exitCode === null ? `signal ${result.signal ?? "unknown"}` : `code ${result.exitCode}`}`,
        {},
      );
    answer = result.stdout;
  } catch (error) {
    const code = error instanceof TomoeError ? error.code : undefined;
    if (code === "PROCESS_TIMEOUT" || code === "PROCESS_OUTPUT_LIMIT")
      throw decodeError(
        where,
        code === "PROCESS_TIMEOUT"
          ? "decoding took too long and was stopped"
          : "the decoder gave more than the header promises",
        {},
      );
    throw error;
  }
  const decoded = unpackAnswers(answer, batch.length);
  if (decoded === undefined) throw decodeError(where, "the decoder process gave an incomplete answer", {});
  return decoded;
}

/**
 * The codec's samples as the numbers DICOM means: the low bits of the codestream's precision, signed as the
 * DICOM header says.
 */
function storedValues({ where, format }: Jpeg2000Image, decoded: DecodedImage): Int32Array {
  const count = format.rows * format.columns;
  if (decoded.status !== 0)
    throw decodeError(
      where,
      decoded.status === 1
        ? "the codestream is damaged"
        : "the codestream is not one component of up to 16 bits",
      { status: decoded.status },
    );
  if (
    decoded.width !== format.columns ||
    decoded.height !== format.rows ||
    decoded.samples.length !== 2 * count
  ) {
    throw decodeError(
      where,
      `the codestream decodes to ${decoded.width} x ${decoded.height} where the header says ${format.columns} x ${format.rows}`,
      {},
    );
  }
  const view = new DataView(decoded.samples.buffer, decoded.samples.byteOffset, decoded.samples.byteLength);
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++)
    values[i] = signExtend(view.getUint16(2 * i, true), decoded.bits, format.signed);
  return values;
}

/**
 * Reads the SIZ marker segment of a bare codestream.
 *
 * @throws TomoeError `DATA_PIXEL_DECODE` when there is none.
 * @see ISO/IEC 15444-1 A.5.1
 */
function codestreamSize({ bytes, where }: Jpeg2000Image): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 43 || view.getUint32(0) !== 0xff4fff51)
    throw decodeError(where, "the pixels do not start like a JPEG 2000 codestream", {});
  const precision = view.getUint8(42);
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
    bits: (precision & 0x7f) + 1,
    signed: (precision & 0x80) !== 0,
  };
}

function requireMatch({ where, format }: Jpeg2000Image, size: Size): void {
  const { rows, columns } = format;
  if (size.width !== columns || size.height !== rows)
    throw decodeError(
      where,
      `the codestream is ${size.width} x ${size.height} where the header says ${columns} x ${rows}`,
      {},
    );
  if (size.components !== 1 || size.bits > 16)
    throw decodeError(
      where,
      `the codestream has ${size.components} components of ${size.bits} bits, not one of up to 16`,
      {},
    );
  if (rows * columns > largestPixels)
    throw decodeError(where, `${columns} x ${rows} pixels are above the limit of ${largestPixels}`, {});
}

function decodeError(
  where: string,
  what: string,
  details: { readonly [key: string]: JsonValue },
): TomoeError {
  return new TomoeError("DATA_PIXEL_DECODE", `${where}: ${what}`, {
    hint: "Export the series again, or decompress it with another tool (gdcmconv --raw).",
    details,
  });
}
