import { crc32 } from "node:zlib";

/** A value of Thrift's compact protocol as tests write it; integers are all written with 64 bits. */
export type Written = number | boolean | string | Uint8Array | Struct | readonly Written[];

/** A struct as tests write it: fields by ascending number. */
export class Struct {
  readonly fields: readonly (readonly [number, Written | undefined])[];

  constructor(fields: readonly (readonly [number, Written | undefined])[]) {
    this.fields = fields;
  }
}

/** A struct of fields by number; undefined ones are left out. */
export function struct(...fields: readonly (readonly [number, Written | undefined])[]): Struct {
  return new Struct(fields);
}

/** A number below 2^53 in groups of seven bits. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push((left % 128) + (left >= 128 ? 128 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Uint8Array.from(bytes);
}

/** A signed number in groups of seven bits. */
export function zigzag(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value < 0n ? -2n * value - 1n : 2n * value);
  do {
    bytes.push(Number(left % 128n) + (left >= 128n ? 128 : 0));
    left /= 128n;
  } while (left > 0n);
  return Uint8Array.from(bytes);
}

function kindOf(value: Written): number {
  if (typeof value === "boolean") return value ? 1 : 2;
  if (typeof value === "number") return 6;
  if (typeof value === "string" || value instanceof Uint8Array) return 8;
  return value instanceof Struct ? 12 : 9;
}

function valueBytes(value: Written): Uint8Array {
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 2);
  if (typeof value === "number") return zigzag(BigInt(value));
  if (typeof value === "string" || value instanceof Uint8Array) {
    const bytes = Buffer.from(value as string);
    return Buffer.concat([varint(bytes.length), bytes]);
  }
  if (value instanceof Struct) return structBytes(value);
  const [first = 0] = value;
  const kind = kindOf(first) === 2 ? 1 : kindOf(first);
  const head =
    value.length < 15
      ? Uint8Array.of((value.length << 4) | kind)
      : Buffer.concat([Uint8Array.of(0xf0 | kind), varint(value.length)]);
  return Buffer.concat([head, ...value.map(valueBytes)]);
}

/** A struct in Thrift's compact protocol. */
export function structBytes({ fields }: Struct): Uint8Array {
  const parts: Uint8Array[] = [];
  let before = 0;
  for (const [field, value] of fields) {
    if (value === undefined) continue;
    const kind = kindOf(value);
    const step = field - before;
    parts.push(
      step > 0 && step < 16
        ? Uint8Array.of((step << 4) | kind)
        : Buffer.concat([Uint8Array.of(kind), zigzag(BigInt(field))]),
    );
    if (typeof value !== "boolean") parts.push(valueBytes(value));
    before = field;
  }
  return Buffer.concat([...parts, Uint8Array.of(0)]);
}

/** One run of a value, repeated. */
export function run(count: number, value: number, width: number): Uint8Array {
  const bytes = Array.from({ length: Math.ceil(width / 8) }, (_, at) => Math.floor(value / 256 ** at) % 256);
  return Buffer.concat([varint(2 * count), Uint8Array.from(bytes)]);
}

/** Numbers of equal width one behind the other, the lowest bits first. */
export function packedBits(values: readonly number[], width: number): Uint8Array {
  const bits = values.flatMap((value) =>
    Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2),
  );
  const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    bits.slice(8 * at, 8 * at + 8).reduce((sum, bit, index) => sum + bit * 2 ** index, 0),
  );
  return Uint8Array.from(bytes);
}

/** Packed bits as a run, padded to groups of eight. */
export function packedRun(values: readonly number[], width: number): Uint8Array {
  const groups = Math.ceil(values.length / 8);
  const padded = [...values, ...Array.from({ length: 8 * groups - values.length }, () => 0)];
  return Buffer.concat([varint(2 * groups + 1), packedBits(padded, width)]);
}

/** Bytes behind their length in four bytes. */
export function behindLength(bytes: Uint8Array | string): Uint8Array {
  const body = Buffer.from(bytes as string);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** Texts as PLAIN writes them. */
export const plainTexts = (texts: readonly string[]): Uint8Array => Buffer.concat(texts.map(behindLength));

/** Integers as PLAIN writes them. */
export function plainInt32(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, 4 * index);
  return bytes;
}

/** What a page's header says, where it is not what its body is. */
export interface PageFacts {
  readonly type?: number;
  readonly values: number;
  readonly encoding?: number;
  /** Unpacked bytes. */
  readonly unpacked?: number;
  readonly stored?: number;
  /** True for a right checksum, a number for that one. */
  readonly sum?: boolean | number;
  /** Of the second kind of page. */
  readonly levels?: { readonly definition: number; readonly repetition: number };
  readonly isPacked?: boolean;
}

/** A page: its header and its body. */
export function page(body: Uint8Array, facts: PageFacts): Uint8Array {
  const { type = 0, values, encoding = 0, unpacked = body.length, stored = body.length, sum, levels } = facts;
  const held = struct([1, values], [2, encoding], [3, 3], [4, 3]);
  const second = struct(
    [1, values],
    [2, 0],
    [3, values],
    [4, encoding],
    [5, levels?.definition ?? 0],
    [6, levels?.repetition ?? 0],
    [7, facts.isPacked],
  );
  const head = struct(
    [1, type],
    [2, unpacked],
    [3, stored],
    [4, sum === true ? crc32(body) | 0 : sum === false ? undefined : sum],
    [5, type === 0 ? held : undefined],
    [7, type === 2 ? struct([1, values], [2, encoding]) : undefined],
    [8, type === 3 ? second : undefined],
  );
  return Buffer.concat([structBytes(head), body]);
}

/** A column of a crafted table without columns below it. */
export interface CraftedColumn {
  readonly name: string;
  /** 1 int32, 6 bytes. */
  readonly type: number;
  /** 0 required, 1 optional, 2 repeated. */
  readonly repetition?: number;
  /** 0 text. */
  readonly converted?: number;
  readonly pages: readonly Uint8Array[];
  readonly entries: number;
  readonly codec?: number;
  /** What its chunk says in place of what is so. */
  readonly facts?: readonly (readonly [number, Written | undefined])[];
  /** What stands beside its chunk's facts. */
  readonly chunk?: readonly (readonly [number, Written | undefined])[];
}

/** A whole table of one row group. */
export function crafted(
  columns: readonly CraftedColumn[],
  rows: number,
  footer: readonly (readonly [number, Written | undefined])[] = [],
): Buffer {
  const parts: Uint8Array[] = [Buffer.from("PAR1")];
  let at = 4;
  const chunks = columns.map(({ name, type, pages, entries, codec = 0, facts = [], chunk = [] }) => {
    const bytes = Buffer.concat(pages);
    const from = at;
    parts.push(bytes);
    at += bytes.length;
    const said = replaced(
      [
        [1, type],
        [2, [0]],
        [3, [name]],
        [4, codec],
        [5, entries],
        [6, bytes.length],
        [7, bytes.length],
        [9, from],
      ],
      facts,
    );
    return new Struct(
      replaced(
        [
          [2, from],
          [3, new Struct(said)],
        ],
        chunk,
      ),
    );
  });
  const elements = [
    struct([4, "schema"], [5, columns.length]),
    ...columns.map(({ name, type, repetition = 0, converted }) =>
      struct([1, type], [3, repetition], [4, name], [6, converted]),
    ),
  ];
  const said = replaced(
    [
      [1, 2],
      [2, elements],
      [3, rows],
      [4, [struct([1, chunks], [2, at], [3, rows])]],
    ],
    footer,
  );
  return closed(Buffer.concat(parts), structBytes(new Struct(said)));
}

/** A file of data and a footer. */
export function closed(data: Uint8Array, footer: Uint8Array, magic = "PAR1"): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([data, footer, length, Buffer.from(magic)]);
}

function replaced(
  fields: readonly (readonly [number, Written | undefined])[],
  by: readonly (readonly [number, Written | undefined])[],
): readonly (readonly [number, Written | undefined])[] {
  const all = new Map([...fields, ...by]);
  return [...all].toSorted(([a], [b]) => a - b);
}

/** A column of texts in one page. */
export function textColumn(
  name: string,
  texts: readonly string[],
  facts: Partial<PageFacts> = {},
): CraftedColumn {
  const pages = [page(plainTexts(texts), { values: texts.length, ...facts })];
  return { name, type: 6, converted: 0, pages, entries: texts.length };
}

/** A column of integers in one page. */
export function intColumn(
  name: string,
  values: readonly number[],
  facts: Partial<PageFacts> = {},
): CraftedColumn {
  const pages = [page(plainInt32(values), { values: values.length, ...facts })];
  return { name, type: 1, pages, entries: values.length };
}
