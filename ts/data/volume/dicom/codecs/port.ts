import type { PixelFormat } from "../slice.ts";

/** One frame as its codestream gives it, before the header's sign is laid over it. */
export interface DecodedFrame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Precision that the codestream states, 1..16. */
  readonly bits: number;
  /** True where the codestream itself says that its samples are signed. */
  readonly signed: boolean;
  /** True when the coding throws away what it cannot give back. */
  readonly lossy: boolean;
  /** width x height samples, row by row; the low `bits` of each count. */
  readonly samples: Uint16Array;
}

/**
 * Decodes one frame.
 *
 * @param bytes - the codestream, its fragments joined; a pad byte may follow.
 * @param expected - what the header says of the frame; a codestream that promises another frame is refused before
 * anything is allocated for it.
 * @throws CodecRefusal with the cause; anything else that is thrown counts as a damaged codestream.
 */
export type DecodeFrame = (bytes: Uint8Array, expected: PixelFormat) => DecodedFrame;

/** A codec behind the one port that all of them share. */
export interface PixelDecoder {
  /** As messages name it. */
  readonly name: string;
  readonly transferSyntaxes: readonly string[];
  /** True where its codestreams say whether samples are signed. */
  readonly statesSign: boolean;
  /** Loads it; done once in each decoder process, by the first frame that needs it. */
  open(): Promise<DecodeFrame>;
}

/** Why a codec does not give a frame; the message holds no byte of the file but checked numbers. */
export class CodecRefusal extends Error {}

/** What a codestream says of itself before it is decoded, or of what it was decoded to. */
export type FrameShape = Pick<DecodedFrame, "width" | "height" | "components" | "bits">;

/** More pixels than any CT slice has. */
const largestPixels = 64 * 1024 * 1024;

/**
 * Refuses a codestream that is not one component in the size the header says, or of more bits than the header
 * allocates.
 *
 * @throws CodecRefusal with both numbers.
 */
export function requireShape(found: FrameShape, { rows, columns, bitsAllocated }: PixelFormat): void {
  if (found.width !== columns || found.height !== rows)
    throw new CodecRefusal(
      `the codestream is ${found.width} x ${found.height} where the header says ${columns} x ${rows}`,
    );
  if (found.components !== 1)
    throw new CodecRefusal(`the codestream has ${found.components} components where a CT slice has 1`);
  if (found.bits < 1 || found.bits > 16)
    throw new CodecRefusal(`the codestream has samples of ${found.bits} bits; 1 to 16 are read`);
  if (found.bits > bitsAllocated)
    throw new CodecRefusal(
      `the codestream has samples of ${found.bits} bits where the header allocates ${bitsAllocated}`,
    );
  if (rows * columns > largestPixels)
    throw new CodecRefusal(`${columns} x ${rows} pixels are above the limit of ${largestPixels}`);
}
