import type { PixelFormat } from "../slice.ts";
import { CodecRefusal, type DecodedFrame, type PixelDecoder } from "./port.ts";

const headerBytes = 64;

/** RLE Lossless: a header of offsets and one PackBits segment a byte plane, high byte first. */
export const rle: PixelDecoder = {
  name: "RLE",
  statesSign: false,
  transferSyntaxes: ["1.2.840.10008.1.2.5"],
  open: async () => decodeRle,
};

/** @see DICOM PS3.5 annex G */
function decodeRle(bytes: Uint8Array, expected: PixelFormat): DecodedFrame {
  const { rows, columns, bitsAllocated, bitsStored } = expected;
  const count = rows * columns;
  const planes = bitsAllocated / 8;
  const samples = new Uint16Array(count);
  const plane = new Uint8Array(count);
  for (const [index, segment] of segments(bytes, planes).entries()) {
    unpackBits(segment, plane, index + 1);
    const shift = 8 * (planes - 1 - index);
    for (let i = 0; i < count; i++) samples[i] = (samples[i] ?? 0) | ((plane[i] ?? 0) << shift);
  }
  return {
    width: columns,
    height: rows,
    components: 1,
    bits: bitsStored,
    signed: false,
    lossy: false,
    samples,
  };
}

function segments(bytes: Uint8Array, wanted: number): readonly Uint8Array[] {
  if (bytes.length < headerBytes)
    throw new CodecRefusal(`the RLE header has ${bytes.length} bytes where it needs ${headerBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = view.getUint32(0, true);
  if (number !== wanted)
    throw new CodecRefusal(
      `the RLE header names ${number} segments where ${8 * wanted} bits a pixel need ${wanted}`,
    );
  const starts = Array.from({ length: number }, (_, index) => view.getUint32(4 * (index + 1), true));
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? bytes.length;
    if (start < headerBytes || end < start || end > bytes.length)
      throw new CodecRefusal(
        `RLE segment ${index + 1} runs from byte ${start} to ${end} of a frame of ${bytes.length}`,
      );
    return bytes.subarray(start, end);
  });
}

/**
 * Fills `plane` from one segment. What follows the last byte is padding to an even length and is left alone; a
 * shortage is refused.
 */
function unpackBits(segment: Uint8Array, plane: Uint8Array, number: number): void {
  let at = 0;
  let filled = 0;
  while (filled < plane.length && at < segment.length) {
    const control = segment[at] ?? 0;
    at += 1;
    if (control === 128) continue;
    const length = control < 128 ? control + 1 : 257 - control;
    // A run may be cut by the end of the plane, where the encoder padded an odd count of pixels.
    const taken = Math.min(length, plane.length - filled);
    if (control < 128) {
      if (at + taken > segment.length) break;
      plane.set(segment.subarray(at, at + taken), filled);
      at += length;
    } else {
      const value = segment[at];
      if (value === undefined) break;
      plane.fill(value, filled, filled + taken);
      at += 1;
    }
    filled += taken;
  }
  if (filled < plane.length)
    throw new CodecRefusal(
      `RLE segment ${number} ends after ${filled} of the ${plane.length} bytes it has to give`,
    );
}
