import type { Belonging } from "./encoding/allowed.ts";
import type { Encoding } from "./encoding/step.ts";

/** Where the pixels of a file lie. */
export interface PixelElement {
  readonly offset: number;
  /** 0xFFFFFFFF for encapsulated (compressed) pixels. */
  readonly length: number;
}

/** Where the value of an element lies. */
export interface Field {
  readonly vr: string | undefined;
  readonly offset: number;
  readonly length: number;
}

/** What was found of one file. */
export interface Found<Keyword> {
  readonly bytes: Buffer;
  readonly fields: ReadonlyMap<Keyword, Field>;
  readonly pixels: PixelElement | undefined;
  readonly transferSyntax: string;
  /** Names the file in messages. */
  readonly where: string;
  /**
   * True when the elements are not encoded as the transfer syntax says (implicit for explicit, or the reverse).
   */
  readonly encodingDiffers: boolean;
  /** False for a file without the DICM mark of Part 10. */
  readonly marked: boolean;
  /** Compared elements that stand there more than once. */
  readonly repeated: ReadonlySet<Keyword>;
  /** What the file says that it belongs to, as digests of this process alone. */
  readonly belonging?: ReadonlyMap<Belonging, string>;
  /** How the elements are written, those of a frame's groups too. */
  readonly encoding: Encoding;
  /** Which frame of a multi-frame object these are the elements of, counted from 0. */
  readonly frame?: number;
  /** What the object states beside its groups and the groups of this frame state otherwise. */
  readonly overruled?: readonly Keyword[];
}

/** Text of a value without its padding. */
export function fieldText(bytes: Buffer, field: Field): string {
  const { offset, length } = field;
  let end = Math.min(bytes.length, offset + length);
  while (end > offset && isPadding(bytes[end - 1] ?? 0)) end--;
  return bytes.toString("latin1", offset, end);
}

/** NUL, and what is white space in Latin-1. */
function isPadding(byte: number): boolean {
  return byte === 0 || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;
}
