import { type Encoding, elementAt, elementEnd, isShortVr } from "./step.ts";

/** Where the elements of a file start and how they are written. */
export interface DataSetStart {
  readonly at: number;
  /** True for a Part 10 file: preamble and DICM mark. */
  readonly marked: boolean;
  /** Of the elements at `at`: those of the meta header where the file has one. */
  readonly encoding: Encoding;
  /** True when a meta header (group 0002) starts there. */
  readonly meta: boolean;
}

/** Bytes that are enough to tell a DICOM file from any other. */
export const startBytes = 1024;
const preambleBytes = 128;
const mark = Buffer.from("DICM");

/** True when bytes carry the DICOM mark after the preamble. */
export function hasDicomMark(head: Uint8Array): boolean {
  return mark.equals(head.subarray(preambleBytes, preambleBytes + mark.length));
}

/**
 * Finds the data set of a DICOM file, also of one that lacks preamble, mark or meta header, as planning systems
 * write them: two elements in ascending order, the first of group 0002 or 0008, prove it.
 *
 * @param head - the beginning of the file, `startBytes` of it when it has as many.
 * @returns undefined for anything else.
 * @see DICOM PS3.10 7.1 (file meta information), PS3.5 10.1 (implicit VR little endian is the default)
 */
export function findStart(head: Buffer): DataSetStart | undefined {
  if (hasDicomMark(head))
    return { at: preambleBytes + mark.length, marked: true, encoding: "explicit", meta: true };
  const candidates = mark.equals(head.subarray(0, mark.length))
    ? [mark.length]
    : [0, preambleBytes, preambleBytes + mark.length];
  for (const at of candidates)
    for (const encoding of ["explicit", "big", "implicit"] as const) {
      const group = startGroup(head, at, encoding);
      if (group !== undefined) return { at, marked: false, encoding, meta: group === 2 };
    }
  return undefined;
}

/** The group of the first of two elements that follow each other; undefined where these bytes are none. */
function startGroup(head: Buffer, at: number, encoding: Encoding): 2 | 8 | undefined {
  const first = elementAt(head, at, encoding);
  if (first === undefined) return undefined;
  const group = Math.floor(first.tag / 0x10000);
  if (group !== 2 && group !== 8) return undefined;
  const named = encoding !== "implicit";
  const plausible = (vr: string | undefined): boolean =>
    !named || (vr !== undefined && (isShortVr(vr) || /^[OSU][A-Z]$/.test(vr)));
  const end = elementEnd(head, first, encoding);
  if (!plausible(first.vr) || end === undefined) return undefined;
  const second = elementAt(head, end, encoding);
  return second !== undefined && second.tag > first.tag && second.tag < 0x00290000 && plausible(second.vr)
    ? group
    : undefined;
}
