import type { JsonValue, TomoeError } from "../../../../errors.ts";
import type { DicomElements } from "../elements.ts";
import { dicomError } from "../problem.ts";

/** The compressed frames of a file. */
export interface EncapsulatedFrames {
  /** The codestream of each frame, its fragments joined. */
  readonly frames: readonly Buffer[];
  /** False when the delimiter behind the last fragment is missing; every fragment is whole all the same. */
  readonly closed: boolean;
}

interface Fragment {
  /** Where its item starts, from the first byte behind the offset table on. */
  readonly at: number;
  readonly bytes: Buffer;
}

interface Fragments {
  readonly table: readonly number[];
  readonly fragments: readonly Fragment[];
  readonly closed: boolean;
}

/**
 * Takes encapsulated pixels apart: a frame may span fragments; where one starts, the offset table, the extended offset
 * table, or the number of fragments says.
 *
 * @param count - frames that the header tells of.
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_DICOM_PARSE`.
 * @see DICOM PS3.5 A.4 (encapsulated pixel data), PS3.3 C.7.6.3.1.8 (extended offset table)
 */
export function encapsulatedFrames(elements: DicomElements, count: number): EncapsulatedFrames {
  const { table, fragments, closed } = readItems(elements);
  if (fragments.length === 0) throw elements.problem("the pixels hold no fragment", "PixelData");
  const stated = elements.uint64s("ExtendedOffsetTable") ?? (table.length > 0 ? table : undefined);
  if (stated !== undefined && stated.length !== count)
    throw elements.problem(
      `the offset table names ${stated.length} frames where the header says ${count}`,
      "PixelData",
    );
  const starts = count === 1 ? [0] : startsOf(elements, fragments, stated, count);
  const frames = starts.map((start, index) =>
    Buffer.concat(
      fragments.slice(start, starts[index + 1] ?? fragments.length).map((fragment) => fragment.bytes),
    ),
  );
  return { frames, closed };
}

/** The number of the fragment with which each frame starts. */
function startsOf(
  elements: DicomElements,
  fragments: readonly Fragment[],
  stated: readonly number[] | undefined,
  count: number,
): readonly number[] {
  if (stated !== undefined) {
    const starts = stated.map((offset) => fragments.findIndex((fragment) => fragment.at === offset));
    if (starts[0] === 0 && starts.every((start, index) => index === 0 || start > (starts[index - 1] ?? 0)))
      return starts;
    throw elements.problem("the offset table does not point to the fragments", "PixelData");
  }
  if (fragments.length === count) return fragments.map((_, index) => index);
  // Without a table the codestreams themselves tell: JPEG starts with SOI, JPEG 2000 with SOC and SIZ.
  const starts = fragments.flatMap(({ bytes }, index) =>
    bytes[0] === 0xff &&
    ((bytes[1] === 0xd8 && bytes[2] === 0xff) || (bytes[1] === 0x4f && bytes[2] === 0xff))
      ? [index]
      : [],
  );
  if (starts.length === count && starts[0] === 0) return starts;
  throw elements.problem(
    `${fragments.length} fragments for ${count} frames, and no offset table says which belong together`,
    "PixelData",
  );
}

function readItems(elements: DicomElements): Fragments {
  const { pixels, bytes, where } = elements;
  if (pixels === undefined) throw elements.problem("the pixels are missing", "PixelData");
  if (pixels.length !== 0xffffffff)
    throw elements.problem("compressed pixels that are not encapsulated", "PixelData");
  const fragments: Fragment[] = [];
  let table: readonly number[] | undefined;
  let behindTable = 0;
  for (let at = pixels.offset; ; ) {
    const item = table === undefined ? 0 : fragments.length + 1;
    // A writer that stopped before the delimiter has left every fragment whole.
    if (at === bytes.length && table !== undefined) return { table, fragments, closed: false };
    if (at + 8 > bytes.length) throw cutShort(where, item);
    const tag = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    at += 8;
    // FFFE,E0DD ends the sequence; FFFE,E000 starts an item, the first of which is the offset table.
    if (tag === 0xe0ddfffe) return { table: table ?? [], fragments, closed: true };
    if (tag !== 0xe000fffe)
      throw elements.problem(`fragment ${item} does not start with an item tag`, "PixelData");
    if (at + length > bytes.length) throw cutShort(where, item);
    const body = bytes.subarray(at, at + length);
    at += length;
    if (table !== undefined) fragments.push({ at: at - length - 8 - behindTable, bytes: body });
    else {
      table = offsets(elements, body);
      behindTable = at;
    }
  }
}

function offsets(elements: DicomElements, body: Buffer): readonly number[] {
  if (body.length % 4 !== 0) throw elements.problem("the offset table holds no whole numbers", "PixelData");
  return Array.from({ length: body.length / 4 }, (_, index) => body.readUInt32LE(4 * index));
}

function cutShort(where: string, fragment: number): TomoeError {
  const details: { readonly [key: string]: JsonValue } = { fragment };
  return dicomError(
    "DATA_TRUNCATED",
    `${where}: the compressed pixels end inside fragment ${fragment}`,
    details,
  );
}
