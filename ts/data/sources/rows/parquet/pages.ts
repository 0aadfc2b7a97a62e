import { crc32 } from "node:zlib";
import { unpacked } from "./codecs/unpack.ts";
import { damaged, notRead } from "./damage.ts";
import type { Chunk } from "./footer.ts";
import { bitsOf, readRuns } from "./runs.ts";
import type { Leaf } from "./schema.ts";
import { structIn, ThriftReader, type ThriftStruct, whole, wholeOr } from "./thrift.ts";
import { plainValues, type Values, valuesOf } from "./values.ts";

/** Entries of a page: where each is null or begins a list, and the values of the others. */
export interface Page {
  readonly entries: number;
  /** Of each entry; absent where no list stands above. */
  readonly repetition: Uint8Array | undefined;
  /** Of each entry; absent where nothing can be null. */
  readonly definition: Uint8Array | undefined;
  readonly values: Values;
}

const dataPage = 0,
  indexPage = 1,
  dictionaryPage = 2,
  dataPage2 = 3,
  /** The encoding of levels that everybody writes. */
  runs = 3;

/**
 * Pages of a chunk.
 *
 * Checksums are held where the writer wrote them; no more is unpacked than the footer says of the chunk.
 *
 * @param bytes - the chunk as it lies in the file.
 * @throws TomoeError `DATA_MANIFEST`, naming the page; `DATA_UNSUPPORTED`.
 */
export function pagesOf(bytes: Uint8Array, chunk: Chunk, leaf: Leaf): readonly Page[] {
  const pages: Page[] = [];
  let dictionary: Values | undefined,
    [at, entries, left] = [0, 0, chunk.unpackedBytes];
  for (let number = 1; entries < chunk.entries; number++) {
    const reader = new ThriftReader(bytes, at);
    const head = reader.struct();
    const stored = whole(head, 3, `the size of page ${number}`),
      unpackedBytes = whole(head, 2, `the unpacked size of page ${number}`);
    if (stored > bytes.length - reader.at)
      throw damaged(`page ${number} is said to be of ${stored} bytes, ${bytes.length - reader.at} are left`);
    left -= unpackedBytes + reader.at - at;
    if (left < 0)
      throw damaged(
        `pages to number ${number} give more than the ${chunk.unpackedBytes} bytes of the column`,
      );
    const body = bytes.subarray(reader.at, reader.at + stored);
    at = reader.at + stored;
    const sum = head.fields.get(4);
    if (typeof sum === "number" && crc32(body) !== sum >>> 0)
      throw damaged(`page ${number} has another checksum than it had when it was written`);
    const raw = { head, body, unpackedBytes, codec: chunk.codec };
    const type = whole(head, 1, `the type of page ${number}`);
    if (type === indexPage) continue;
    if (type === dictionaryPage) {
      if (dictionary !== undefined) throw damaged(`page ${number} is a second dictionary`);
      dictionary = dictionaryIn(raw, leaf);
      continue;
    }
    const reading = { leaf, dictionary, maxBytes: maxPageBytes, left: chunk.entries - entries };
    if (type !== dataPage && type !== dataPage2)
      throw notRead(`page ${number} is of the unknown type ${type}`);
    const page = type === dataPage ? firstKind(raw, reading) : secondKind(raw, reading);
    entries += page.entries;
    pages.push(page);
  }
  return pages;
}

/** Bytes that values which repeat the beginning of the one before may have in one page. */
const maxPageBytes = 1 << 28;

interface RawPage {
  readonly head: ThriftStruct;
  readonly body: Uint8Array;
  readonly unpackedBytes: number;
  readonly codec: number;
}

interface PageReading {
  readonly leaf: Leaf;
  readonly dictionary: Values | undefined;
  readonly maxBytes: number;
  /** Entries of the chunk that no page had yet. */
  readonly left: number;
}

function dictionaryIn({ head, body, unpackedBytes, codec }: RawPage, leaf: Leaf): Values {
  const facts = structIn(head.fields.get(7), "what the dictionary holds");
  const count = whole(facts, 1, "the number of values of the dictionary");
  const encoding = whole(facts, 2, "the encoding of the dictionary");
  if (encoding !== 0 && encoding !== 2) throw notRead(`a dictionary is written by the encoding ${encoding}`);
  const bytes = unpacked(codec, body, unpackedBytes);
  return plainValues(bytes, count, leaf);
}

function entriesOf(facts: ThriftStruct, { left }: PageReading): number {
  const entries = whole(facts, 1, "the number of values of a page");
  if (entries > left) throw damaged(`a page is said to be of ${entries} values, ${left} are left`);
  return entries;
}

/** Levels and values are packed together; levels stand behind their lengths. */
function firstKind({ head, body, unpackedBytes, codec }: RawPage, reading: PageReading): Page {
  const facts = structIn(head.fields.get(5), "what a page holds");
  const entries = entriesOf(facts, reading);
  const bytes = unpacked(codec, body, unpackedBytes);
  const { repeated, definition: defined } = reading.leaf.levels;
  let at = 0;
  const levels = (most: number, encoding: number | undefined): Uint8Array | undefined => {
    if (most === 0) return undefined;
    if (encoding !== runs) throw notRead(`levels are written by the encoding ${encoding}`);
    if (bytes.length - at < 4) throw damaged("a page ends before its levels do");
    const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
    at += 4 + length;
    if (at > bytes.length) throw damaged("a page ends before its levels do");
    return levelsIn(bytes.subarray(at - length, at), entries, most);
  };
  const repetition = levels(repeated, wholeOr(facts, 4, "the encoding of levels"));
  const definition = levels(defined, wholeOr(facts, 3, "the encoding of levels"));
  return pageOf(bytes.subarray(at), facts, 2, { ...reading, entries, repetition, definition });
}

/** Levels stand before what is packed; their lengths are in the header. */
function secondKind({ head, body, unpackedBytes, codec }: RawPage, reading: PageReading): Page {
  const facts = structIn(head.fields.get(8), "what a page holds");
  const entries = entriesOf(facts, reading);
  const [defBytes, repBytes] = [whole(facts, 5, "the size of levels"), whole(facts, 6, "the size of levels")];
  const before = defBytes + repBytes;
  if (before > body.length || before > unpackedBytes) throw damaged("a page ends before its levels do");
  const { repeated, definition: defined } = reading.leaf.levels;
  const repetition = repeated === 0 ? undefined : levelsIn(body.subarray(0, repBytes), entries, repeated);
  const definition = defined === 0 ? undefined : levelsIn(body.subarray(repBytes, before), entries, defined);
  const isPacked = facts.fields.get(7) !== false;
  const bytes = unpacked(isPacked ? codec : 0, body.subarray(before), unpackedBytes - before);
  return pageOf(bytes, facts, 4, { ...reading, entries, repetition, definition });
}

function levelsIn(bytes: Uint8Array, entries: number, most: number): Uint8Array {
  const out = new Uint8Array(entries);
  readRuns(bytes, out, bitsOf(most), most);
  return out;
}

function pageOf(
  bytes: Uint8Array,
  facts: ThriftStruct,
  encodingField: number,
  page: PageReading & Omit<Page, "values">,
): Page {
  const { entries, repetition, definition, leaf } = page;
  const most = leaf.levels.definition;
  const count =
    definition === undefined ? entries : definition.reduce((sum, one) => sum + +(one === most), 0);
  const encoding = whole(facts, encodingField, "the encoding of a page");
  return { entries, repetition, definition, values: valuesOf(bytes, encoding, count, page) };
}
