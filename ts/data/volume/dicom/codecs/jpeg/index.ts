import type { PixelFormat } from "../../slice.ts";
import { CodecRefusal, type DecodedFrame, type PixelDecoder, requireShape } from "../port.ts";
import { BitReader } from "./bits.ts";
import { blockDecoder, zigzag } from "./coefficients.ts";
import { inverseDct } from "./inverse-dct.ts";
import { decodeLossless } from "./lossless.ts";
import {
  type FrameHeader,
  frameHeader,
  type ScanHeader,
  scanHeader,
  segmentAt,
  startsFrame,
  type Tables,
  takeTables,
} from "./segments.ts";

/**
 * JPEG of one component: baseline, extended and progressive Huffman of 8 and 12 bits, lossless of 2 to 16. No kept
 * package decodes 12 bits; the samples are libjpeg's, to the bit.
 */
export const jpeg: PixelDecoder = {
  name: "JPEG",
  statesSign: false,
  transferSyntaxes: ["50", "51", "53", "55", "57", "70"].map((end) => `1.2.840.10008.1.2.4.${end}`),
  open: async () => decodeJpeg,
};

/** What one frame is decoded into. */
interface Picture {
  readonly header: FrameHeader;
  readonly samples: Uint16Array;
  /** Blocks of 64 coefficients, row by row; empty for a lossless frame. */
  readonly coefficients: Int32Array;
  readonly quantization: { table: Uint16Array | undefined };
  scans: number;
}

function decodeJpeg(bytes: Uint8Array, expected: PixelFormat): DecodedFrame {
  const start = segmentAt(bytes, 0);
  if (start?.marker !== 0xd8) throw new CodecRefusal("the pixels do not start like a JPEG codestream");
  const tables: Tables = { quantization: new Map(), dc: new Map(), ac: new Map(), restartInterval: 0 };
  let picture: Picture | undefined;
  let ended = false;
  for (let at = start.end; !ended; ) {
    const segment = segmentAt(bytes, at);
    if (segment === undefined) break;
    at = segment.end;
    ended = segment.marker === 0xd9;
    if (startsFrame(segment.marker)) {
      if (picture !== undefined) throw new CodecRefusal("the codestream holds more than one frame");
      picture = pictureOf(frameHeader(segment), expected);
    } else if (segment.marker === 0xda) {
      if (picture === undefined) throw new CodecRefusal("a scan stands before the frame it belongs to");
      at = decodeScan(picture, scanHeader(segment), tables, new BitReader(bytes, segment.end));
    } else takeTables(segment, tables);
  }
  if (picture === undefined || picture.scans === 0) throw new CodecRefusal("the codestream holds no picture");
  // A progressive picture without its last scans looks whole and is not.
  if (!ended && picture.header.kind === "progressive")
    throw new CodecRefusal("the codestream ends before its last scan");
  return finished(picture);
}

function pictureOf(header: FrameHeader, expected: PixelFormat): Picture {
  requireShape(header, expected);
  const lossless = header.kind === "lossless";
  if (header.kind === "jpeg-ls") throw new CodecRefusal("the codestream is JPEG-LS, not JPEG");
  if (!lossless && header.bits !== 8 && header.bits !== 12)
    throw new CodecRefusal(`the codestream has samples of ${header.bits} bits; its process has 8 or 12`);
  if (!lossless && header.bits < expected.bitsStored)
    throw new CodecRefusal(
      `the codestream has samples of ${header.bits} bits where the header says ${expected.bitsStored}`,
    );
  const blocks = lossless ? 0 : Math.ceil(header.width / 8) * Math.ceil(header.height / 8);
  return {
    header,
    samples: new Uint16Array(lossless ? header.width * header.height : 0),
    coefficients: new Int32Array(64 * blocks),
    quantization: { table: undefined },
    scans: 0,
  };
}

/** Decodes one scan; returns where the marker behind it stands. */
function decodeScan(picture: Picture, scan: ScanHeader, tables: Tables, bits: BitReader): number {
  const { header, coefficients } = picture;
  picture.scans += 1;
  const dc = tables.dc.get(scan.dc);
  if (header.kind === "lossless") {
    decodeLossless(bits, header, scan, dc, tables.restartInterval, picture.samples);
    return bits.end();
  }
  picture.quantization.table ??= tables.quantization.get(header.quantization);
  const coding = { header: scan, dc, ac: tables.ac.get(scan.ac) };
  const fresh = (): ReturnType<typeof blockDecoder> => blockDecoder(coding, header.kind === "progressive");
  let decode = fresh();
  for (let block = 0; 64 * block < coefficients.length; block++) {
    if (tables.restartInterval > 0 && block > 0 && block % tables.restartInterval === 0) {
      bits.restart(block / tables.restartInterval - 1);
      decode = fresh();
    }
    decode(bits, coefficients.subarray(64 * block, 64 * block + 64));
  }
  return bits.end();
}

function finished({ header, samples, coefficients, quantization }: Picture): DecodedFrame {
  const { width, height, bits } = header;
  const facts = { width, height, components: 1, bits, signed: false };
  if (header.kind === "lossless") return { ...facts, lossy: false, samples };
  if (quantization.table === undefined) throw new CodecRefusal("the quantization table is not there");
  const factors = new Uint16Array(64);
  for (let k = 0; k < 64; k++) factors[zigzag[k] ?? 0] = quantization.table[k] ?? 0;
  const across = Math.ceil(width / 8);
  const wide = new Uint16Array(coefficients.length);
  for (let block = 0; 64 * block < coefficients.length; block++) {
    const at = 64 * across * Math.floor(block / across) + 8 * (block % across);
    inverseDct(coefficients.subarray(64 * block, 64 * block + 64), factors, bits, wide, at, 8 * across);
  }
  const cut = new Uint16Array(width * height);
  for (let row = 0; row < height; row++)
    cut.set(wide.subarray(8 * across * row, 8 * across * row + width), row * width);
  return { ...facts, lossy: true, samples: cut };
}
