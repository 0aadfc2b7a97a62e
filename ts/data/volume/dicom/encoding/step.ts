/** How the elements of a data set are written: "big" is explicit VR big endian. */
export type Encoding = "explicit" | "implicit" | "big";

/** Where one element lies. */
export interface Element {
  /** Group and element number, as 0xggggeeee. */
  readonly tag: number;
  /** Undefined where the encoding writes none. */
  readonly vr: string | undefined;
  readonly offset: number;
  /** `undefinedLength` where only a delimiter ends it. */
  readonly length: number;
}

export const undefinedLength = 0xffffffff;
const itemTag = 0xfffee000;
const itemEndTag = 0xfffee00d;
const sequenceEndTag = 0xfffee0dd;
/** Deeper sequences than any object defines; a file made to exhaust the stack stops here. */
const deepest = 64;

/**
 * VRs whose length has two bytes. Every other one, those of later editions too, has two reserved bytes and four of
 * length.
 *
 * @see DICOM PS3.5 table 7.1-1, and 6.2: "all new VRs defined in future versions" have the long form
 */
const shortVrs = new Set("AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split(" "));
/** What stands for a VR in some files although it is none; it has always been written with a short length. */
const isVr = /^[A-Z]{2}$/;

/** The element that starts at a byte; undefined where its header does not fit into the bytes. */
export function elementAt(bytes: Buffer, at: number, encoding: Encoding): Element | undefined {
  if (at + 8 > bytes.length) return undefined;
  const big = encoding === "big";
  const uint16 = (from: number): number => (big ? bytes.readUInt16BE(from) : bytes.readUInt16LE(from));
  const uint32 = (from: number): number => (big ? bytes.readUInt32BE(from) : bytes.readUInt32LE(from));
  const tag = uint16(at) * 0x10000 + uint16(at + 2);
  if (encoding === "implicit" || tag >= itemTag)
    return { tag, vr: undefined, offset: at + 8, length: uint32(at + 4) };
  const vr = bytes.toString("latin1", at + 4, at + 6);
  if (shortVrs.has(vr) || !isVr.test(vr)) return { tag, vr, offset: at + 8, length: uint16(at + 6) };
  if (at + 12 > bytes.length) return undefined;
  return { tag, vr, offset: at + 12, length: uint32(at + 8) };
}

/** True for the letters of a value representation that PS3.5 6.2 defines with a short length. */
export function isShortVr(vr: string): boolean {
  return shortVrs.has(vr);
}

/**
 * Where an element ends: sequences and undefined lengths are stepped over, nested ones too.
 *
 * @returns undefined where it does not end inside the bytes, or is no sequence of items.
 * @see DICOM PS3.5 7.5 (nesting), 6.2.2 (UN of undefined length holds implicit little endian items)
 */
export function elementEnd(
  bytes: Buffer,
  element: Element,
  encoding: Encoding,
  depth = 0,
): number | undefined {
  if (element.length !== undefinedLength) return within(bytes, element.offset + element.length);
  if (depth > deepest) return undefined;
  const inner = element.vr === "UN" ? "implicit" : encoding;
  let at = element.offset;
  for (;;) {
    const item = elementAt(bytes, at, inner);
    if (item?.tag === sequenceEndTag) return item.offset;
    if (item?.tag !== itemTag) return undefined;
    const end = itemEnd(bytes, item, inner, depth);
    if (end === undefined) return undefined;
    at = end;
  }
}

/** One item of a sequence: its elements lie in `from` .. `to`. */
export interface Item {
  readonly from: number;
  readonly to: number;
  /** How they are written. */
  readonly encoding: Encoding;
}

/**
 * The items of a sequence.
 *
 * @param field - where its value lies; it ends inside the bytes, as `elementEnd` found.
 * @returns undefined for what is no sequence of items, or one whose items do not end where it does.
 */
export function itemsOf(
  bytes: Buffer,
  { offset, length, vr }: Pick<Element, "offset" | "length" | "vr">,
  encoding: Encoding,
): readonly Item[] | undefined {
  const inner = vr === "UN" ? "implicit" : encoding;
  const items: Item[] = [];
  let at = offset;
  while (length === undefinedLength || at < offset + length) {
    const item = elementAt(bytes, at, inner);
    if (item?.tag === sequenceEndTag && length === undefinedLength) return items;
    const end = item?.tag === itemTag ? itemEnd(bytes, item, inner, 0) : undefined;
    if (item === undefined || end === undefined) return undefined;
    const to = item.length === undefinedLength ? end - 8 : end;
    items.push({ from: item.offset, to, encoding: inner });
    at = end;
  }
  return at === offset + length ? items : undefined;
}

/**
 * The elements of an item.
 *
 * @returns undefined where they do not end where the item does: two lengths contradict each other, and which is right
 * nobody can say.
 */
export function elementsOf(bytes: Buffer, { from, to, encoding }: Item): readonly Element[] | undefined {
  const elements: Element[] = [];
  let at = from;
  while (at < to) {
    const element = elementAt(bytes, at, encoding);
    const end = element === undefined ? undefined : elementEnd(bytes, element, encoding);
    if (element === undefined || end === undefined) return undefined;
    elements.push(element);
    at = end;
  }
  return at === to ? elements : undefined;
}

function itemEnd(bytes: Buffer, item: Element, encoding: Encoding, depth: number): number | undefined {
  return item.length === undefinedLength
    ? openItemEnd(bytes, item.offset, encoding, depth)
    : within(bytes, item.offset + item.length);
}

function openItemEnd(bytes: Buffer, from: number, encoding: Encoding, depth: number): number | undefined {
  let at = from;
  for (;;) {
    const element = elementAt(bytes, at, encoding);
    if (element === undefined) return undefined;
    if (element.tag === itemEndTag) return element.offset;
    const end = elementEnd(bytes, element, encoding, depth + 1);
    if (end === undefined) return undefined;
    at = end;
  }
}

function within(bytes: Buffer, end: number): number | undefined {
  return end <= bytes.length ? end : undefined;
}
