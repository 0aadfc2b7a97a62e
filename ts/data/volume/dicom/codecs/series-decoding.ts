import type { ReadLog } from "../../log.ts";
import type { SliceHeader } from "../slice.ts";
import { DecoderPool } from "./pool.ts";
import type { DecodedFrame, PixelDecoder } from "./port.ts";

/** What a warning tells of a decoded frame. */
interface FrameFacts {
  readonly codec: string;
  readonly lossy: boolean;
  readonly signDiffers: boolean;
  readonly depthDiffers: boolean;
  readonly closed: boolean;
}

/** Decodes the compressed slices of one series side by side into its array of stored values. */
export class SeriesDecoding {
  readonly #stored: Int16Array | Uint16Array | Int32Array;
  readonly #plane: number;
  readonly #pool: DecoderPool;
  readonly #facts: FrameFacts[] = [];

  /**
   * @param stored - receives slice after slice.
   * @param plane - pixels of a slice.
   */
  constructor(stored: Int16Array | Uint16Array | Int32Array, plane: number, signal: AbortSignal | undefined) {
    this.#stored = stored;
    this.#plane = plane;
    this.#pool = new DecoderPool(signal);
  }

  /**
   * Takes one slice; the values are there when `finish` returns.
   *
   * @throws TomoeError `DATA_PIXEL_DECODE` naming a slice, this one or one before; `CANCELLED`.
   */
  async push(
    index: number,
    { where, pixels: format }: Pick<SliceHeader, "where" | "pixels">,
    decoder: PixelDecoder,
    { bytes, closed }: { readonly bytes: Uint8Array; readonly closed: boolean },
  ): Promise<void> {
    await this.#pool.push({ where, decoder, bytes, format }, (frame) => {
      placeValues(frame, format, this.#stored, index * this.#plane);
      this.#facts.push({
        codec: decoder.name,
        lossy: frame.lossy,
        signDiffers: decoder.statesSign && frame.signed !== format.signed,
        depthDiffers: frame.bits !== format.bitsStored,
        closed,
      });
    });
  }

  /** Waits for every slice and says what is odd in the codestreams; throws as `push` does. */
  async finish(log: ReadLog): Promise<void> {
    await this.#pool.finish();
    const facts = this.#facts;
    const warn = (code: string, odd: readonly FrameFacts[], what: string): void => {
      if (odd.length > 0) log.warn(code, `${odd.length} of ${facts.length} ${what}`);
    };
    const codecs = [...new Set(facts.filter(({ lossy }) => lossy).map(({ codec }) => codec))].sort();
    warn(
      "LOSSY_COMPRESSION",
      facts.filter(({ lossy }) => lossy),
      `slices are stored with lossy ${codecs.join(" and ")}; their HU are approximate`,
    );
    warn(
      "J2K_SIGN_DIFFERS",
      facts.filter(({ signDiffers }) => signDiffers),
      "codestreams have another sign than the header; the header's is used on the codestream's bits",
    );
    const depths = facts.filter(({ depthDiffers }) => depthDiffers);
    warn(
      depths.every(({ codec }) => codec === "JPEG 2000") ? "J2K_DEPTH_DIFFERS" : "CODESTREAM_DEPTH_DIFFERS",
      depths,
      "codestreams have another bit depth than the header; the codestream's is used",
    );
    warn(
      "PIXEL_DELIMITER_MISSING",
      facts.filter(({ closed }) => !closed),
      "slices lack the delimiter behind their compressed pixels, all of which are there",
    );
  }

  /** Ends what still runs; safe to call twice. */
  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}

/**
 * Writes a frame's samples as the numbers DICOM means: signed as the header says. Words of a codestream without a sign
 * of its own hold the header's bits; one with a sign has extended it to its own.
 */
export function placeValues(
  { samples, bits, signed: ownSign }: Pick<DecodedFrame, "samples" | "bits" | "signed">,
  { signed, bitsStored }: SliceHeader["pixels"],
  stored: Int16Array | Uint16Array | Int32Array,
  at: number,
): void {
  const width = signed && !ownSign ? Math.min(bits, bitsStored) : bits;
  // One loop for each sign: a call for every pixel took a third of the time that a series needs beside its codec.
  const unused = 32 - width;
  const mask = 2 ** width - 1;
  if (signed)
    for (let i = 0; i < samples.length; i++) stored[at + i] = ((samples[i] ?? 0) << unused) >> unused;
  else for (let i = 0; i < samples.length; i++) stored[at + i] = (samples[i] ?? 0) & mask;
}
