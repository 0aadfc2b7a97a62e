import { CodecRefusal, type FrameShape } from "./port.ts";

const [soc, siz, sot, sod, eoc] = [0xff4f, 0xff51, 0xff90, 0xff93, 0xffd9];

/** What the SIZ marker says, and whether the coding is HTJ2K (Part 15). */
export interface Codestream extends FrameShape {
  readonly highThroughput: boolean;
}

/**
 * Reads the main header of a bare JPEG 2000 codestream and steps over its tile parts to its end, so that one that
 * was cut is refused: codecs fill what is missing without a word.
 *
 * @throws CodecRefusal
 * @see ISO/IEC 15444-1 annex A
 */
export function wholeCodestream(bytes: Uint8Array): Codestream {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 45 || view.getUint16(0) !== soc || view.getUint16(2) !== siz)
    throw new CodecRefusal("the pixels do not start like a JPEG 2000 codestream");
  // A codec that has fewer samples than pixels may wait for the others without end.
  const [across, down] = [view.getUint8(43), view.getUint8(44)];
  if (across !== 1 || down !== 1)
    throw new CodecRefusal(`the codestream holds a sample of every ${across} x ${down} pixels alone`);
  let highThroughput = false;
  let at = 2;
  for (; word(view, at) !== sot; at += 2 + word(view, at + 2)) {
    if (word(view, at) < 0xff00) throw new CodecRefusal(`no marker stands at byte ${at} of the codestream`);
    if (word(view, at) === 0xff50) highThroughput = true;
  }
  while (word(view, at) === sot) {
    const length = at + 10 <= bytes.length ? view.getUint32(at + 6) : cut(at);
    // A length of 0 lets the last tile part run to the end of the codestream.
    at = length === 0 ? lastMarker(bytes, at) : at + requireTile(view, at, length);
  }
  if (word(view, at) !== eoc) throw new CodecRefusal(`no end marker stands at byte ${at} of the codestream`);
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
    bits: (view.getUint8(42) & 0x7f) + 1,
    highThroughput,
  };
}

function word(view: DataView, at: number): number {
  return at + 2 <= view.byteLength ? view.getUint16(at) : cut(at);
}

function requireTile(view: DataView, at: number, length: number): number {
  if (length < 14 || at + length > view.byteLength) return cut(at);
  let inner = at + 12;
  while (word(view, inner) !== sod) {
    inner += 2 + word(view, inner + 2);
    if (inner >= at + length) throw new CodecRefusal(`the tile part at byte ${at} holds no data`);
  }
  return length;
}

/** Where the end marker behind the last tile part stands; a pad byte may follow it. */
function lastMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.length - 2; at > from; at--)
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return at;
  return cut(from);
}

function cut(at: number): never {
  throw new CodecRefusal(`the codestream is cut short behind byte ${at}`);
}
