import { CodecRefusal } from "../port.ts";
import { type HuffmanTable, huffmanTable } from "./bits.ts";

/** How a frame is coded. */
export type FrameKind = "sequential" | "progressive" | "lossless" | "jpeg-ls";

/** Start of frame. */
export interface FrameHeader {
  readonly kind: FrameKind;
  readonly bits: number;
  readonly height: number;
  readonly width: number;
  readonly components: number;
  /** Quantization table of the first component. */
  readonly quantization: number;
}

/** Start of scan, for the one component. */
export interface ScanHeader {
  readonly dc: number;
  readonly ac: number;
  /** First and last coefficient; the predictor in place of the first where the frame is lossless. */
  readonly from: number;
  readonly to: number;
  readonly high: number;
  /** Successive approximation, or the point transform where the frame is lossless. */
  readonly low: number;
}

/** Tables as they stand when a scan starts; later segments replace them. */
export interface Tables {
  readonly quantization: Map<number, Uint16Array>;
  readonly dc: Map<number, HuffmanTable>;
  readonly ac: Map<number, HuffmanTable>;
  restartInterval: number;
}

/** One marker and where its parameters lie; `length` is 0 for a marker without any. */
export interface Segment {
  readonly marker: number;
  readonly body: Uint8Array;
  /** First byte behind it. */
  readonly end: number;
}

const kinds: ReadonlyMap<number, FrameKind> = new Map([
  [0xc0, "sequential"],
  [0xc1, "sequential"],
  [0xc2, "progressive"],
  [0xc3, "lossless"],
  [0xf7, "jpeg-ls"],
]);

/** True for a marker that starts a frame, of whatever coding. */
export function startsFrame(marker: number): boolean {
  return marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
}

/**
 * The marker segment at a byte.
 *
 * @returns undefined at the end of the bytes.
 * @throws CodecRefusal where no marker stands, or its parameters are cut short.
 */
export function segmentAt(bytes: Uint8Array, from: number): Segment | undefined {
  let at = from;
  // Any number of fill bytes may stand before a marker (ISO/IEC 10918-1 B.1.1.2).
  while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
  if (at + 1 >= bytes.length) return undefined;
  const marker = bytes[at + 1] ?? 0;
  if (bytes[at] !== 0xff || marker === 0)
    throw new CodecRefusal(`no marker stands at byte ${at} of the codestream`);
  if (marker >= 0xd0 && marker <= 0xd9) return { marker, body: bytes.subarray(at, at), end: at + 2 };
  const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  if (length < 2 || at + 2 + length > bytes.length)
    throw new CodecRefusal(`the codestream ends inside the segment at byte ${at}`);
  return { marker, body: bytes.subarray(at + 4, at + 2 + length), end: at + 2 + length };
}

/** Reads a start of frame. */
export function frameHeader({ marker, body }: Segment): FrameHeader {
  const kind = kinds.get(marker);
  if (kind === undefined)
    throw new CodecRefusal(
      `the codestream is of JPEG process SOF${marker - 0xc0} (arithmetic or hierarchical), which is not decoded`,
    );
  const components = body[5] ?? 0;
  if (body.length < 6 || body.length < 6 + 3 * components)
    throw new CodecRefusal("the frame header is cut short");
  const word = (at: number): number => ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
  return {
    kind,
    bits: body[0] ?? 0,
    height: word(1),
    width: word(3),
    components,
    quantization: body[8] ?? 0,
  };
}

/** Reads a start of scan. */
export function scanHeader({ body }: Segment): ScanHeader {
  if (body[0] !== 1 || body.length < 6)
    throw new CodecRefusal(`a scan has ${body[0] ?? 0} components where a CT slice has 1`);
  const selector = body[2] ?? 0;
  const approximation = body[5] ?? 0;
  return {
    dc: selector >> 4,
    ac: selector & 15,
    from: body[3] ?? 0,
    to: body[4] ?? 0,
    high: approximation >> 4,
    low: approximation & 15,
  };
}

/** Takes what a DQT, DHT or DRI segment defines; other segments define nothing that pixels need. */
export function takeTables({ marker, body }: Segment, tables: Tables): void {
  if (marker === 0xdb) takeQuantization(body, tables);
  if (marker === 0xc4) takeHuffman(body, tables);
  if (marker === 0xdd) {
    if (body.length < 2) throw new CodecRefusal("the restart interval is cut short");
    tables.restartInterval = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
  }
}

function takeQuantization(body: Uint8Array, tables: Tables): void {
  let at = 0;
  while (at < body.length) {
    const head = body[at] ?? 0;
    const wide = head >> 4 !== 0;
    at += 1;
    if (at + (wide ? 128 : 64) > body.length) throw new CodecRefusal("a quantization table is cut short");
    const from = at;
    const table = Uint16Array.from({ length: 64 }, (_, i) =>
      wide ? ((body[from + 2 * i] ?? 0) << 8) | (body[from + 2 * i + 1] ?? 0) : (body[from + i] ?? 0),
    );
    tables.quantization.set(head & 15, table);
    at += wide ? 128 : 64;
  }
}

function takeHuffman(body: Uint8Array, tables: Tables): void {
  let at = 0;
  while (at < body.length) {
    const head = body[at] ?? 0;
    const lengths = body.subarray(at + 1, at + 17);
    const count = lengths.reduce((sum, length) => sum + length, 0);
    if (at + 17 + count > body.length || count > 256) throw new CodecRefusal("a Huffman table is cut short");
    const table = huffmanTable(lengths, body.subarray(at + 17, at + 17 + count));
    (head >> 4 === 0 ? tables.dc : tables.ac).set(head & 15, table);
    at += 17 + count;
  }
}
