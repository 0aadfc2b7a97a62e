// Writes DICOM Part 10 files byte by byte for tests, independently of the reader.
import { deflateRawSync } from "node:zlib";

export type Syntax =
  | "implicit"
  | "explicit"
  | "big"
  | "deflated"
  | "j2k"
  | "j2k-lossy"
  | { readonly uid: string };

export interface DicomSpec {
  readonly syntax?: Syntax;
  readonly rows?: number;
  readonly columns?: number;
  /** Stored values, column index fastest. */
  readonly values?: ArrayLike<number>;
  readonly signed?: boolean;
  readonly bitsStored?: number;
  readonly bitsAllocated?: 8 | 16;
  readonly position?: readonly [number, number, number];
  readonly orientation?: readonly number[];
  readonly spacing?: readonly [number, number];
  readonly thickness?: number;
  readonly slope?: string;
  readonly intercept?: string;
  readonly series?: string;
  readonly instance?: number;
  readonly modality?: string;
  readonly sopClass?: string;
  readonly imageType?: string;
  /** Tag "ggggeeee" -> element; null drops it. */
  readonly elements?: { readonly [tag: string]: readonly [vr: string, value: string | Uint8Array] | null };
  /** Compressed frame, for an encapsulated syntax, in one or more fragments. */
  readonly fragments?: readonly Uint8Array[];
  /** Entries of the offset table; empty without. */
  readonly offsets?: readonly number[];
  readonly patch?: (file: Buffer) => Buffer;
}

const syntaxUids = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  big: "1.2.840.10008.1.2.2",
  deflated: "1.2.840.10008.1.2.1.99",
  j2k: "1.2.840.10008.1.2.4.90",
  "j2k-lossy": "1.2.840.10008.1.2.4.91",
} as const;
export const ctStorage = "1.2.840.10008.5.1.4.1.1.2";
const longVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

/** A whole DICOM file of one CT slice; every identifying element holds a canary. */
export function dicomFile(spec: DicomSpec): Buffer {
  const { syntax = "explicit", rows = 4, columns = 5 } = spec;
  const uid = typeof syntax === "string" ? syntaxUids[syntax] : syntax.uid;
  const big = syntax === "big";
  const instance = spec.instance ?? 1;
  const values = spec.values ?? new Int16Array(rows * columns);
  const us = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(2);
    if (big) bytes.writeUInt16BE(value & 0xffff);
    else bytes.writeUInt16LE(value & 0xffff);
    return bytes;
  };
  const allocated = spec.bitsAllocated ?? 16;
  const stored = spec.bitsStored ?? allocated;
  const elements = new Map<string, readonly [string, string | Uint8Array] | null>(
    Object.entries({
      "00080008": ["CS", spec.imageType ?? "ORIGINAL\\PRIMARY\\AXIAL"],
      "00080016": ["UI", spec.sopClass ?? ctStorage],
      "00080018": ["UI", `1.2.3.999.${instance}`],
      "00080020": ["DA", "19700101"],
      "00080060": ["CS", spec.modality ?? "CT"],
      "00081030": ["LO", "CANARY-STUDY"],
      "00100010": ["PN", "CANARY^NAME"],
      "00100020": ["LO", "CANARY-MRN"],
      "00180050": ["DS", String(spec.thickness ?? 2)],
      "00181210": ["SH", "B30f"],
      "0020000D": ["UI", "1.2.3.777"],
      "0020000E": ["UI", spec.series ?? "1.2.3.888"],
      "00200012": ["IS", "1"],
      "00200013": ["IS", String(instance)],
      "00200032": ["DS", (spec.position ?? [-10, -20, -30]).join("\\")],
      "00200037": ["DS", (spec.orientation ?? [1, 0, 0, 0, 1, 0]).join("\\")],
      "00200052": ["UI", "1.2.3.666"],
      "00280002": ["US", us(1)],
      "00280004": ["CS", "MONOCHROME2"],
      "00280010": ["US", us(rows)],
      "00280011": ["US", us(columns)],
      "00280030": ["DS", (spec.spacing ?? [1, 1]).join("\\")],
      "00280100": ["US", us(allocated)],
      "00280101": ["US", us(stored)],
      "00280102": ["US", us(stored - 1)],
      "00280103": ["US", us(spec.signed === false ? 0 : 1)],
      "00281052": ["DS", spec.intercept ?? "0"],
      "00281053": ["DS", spec.slope ?? "1"],
      ...spec.elements,
    } satisfies { [tag: string]: readonly [string, string | Uint8Array] | null }),
  );
  const encoded = typeof syntax !== "string" || syntax === "j2k" || syntax === "j2k-lossy";
  const body: Buffer[] = [...elements]
    .sort(([a], [b]) => (a.toUpperCase() < b.toUpperCase() ? -1 : 1))
    .flatMap(([tag, element]) =>
      element === null ? [] : [writeElement(tag, element[0], element[1], syntax)],
    );
  body.push(
    encoded
      ? encapsulated(spec.fragments ?? [new Uint8Array([0, 0])], spec.offsets ?? [])
      : writeElement(
          "7FE00010",
          allocated === 8 ? "OB" : "OW",
          pixelBytes(values, allocated, stored, big),
          syntax,
        ),
  );
  const data = Buffer.concat(body);
  const meta = Buffer.concat([
    writeElement("00020002", "UI", spec.sopClass ?? ctStorage, "explicit"),
    writeElement("00020010", "UI", uid, "explicit"),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const head = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    writeElement("00020000", "UL", length, "explicit"),
    meta,
  ]);
  const file = Buffer.concat([head, syntax === "deflated" ? deflateRawSync(data) : data]);
  return spec.patch === undefined ? file : spec.patch(file);
}

function pixelBytes(values: ArrayLike<number>, allocated: 8 | 16, stored: number, big: boolean): Buffer {
  const mask = 2 ** stored - 1;
  const bytes = Buffer.alloc(values.length * (allocated / 8) + (((values.length * allocated) / 8) % 2));
  for (let i = 0; i < values.length; i++) {
    const value = (values[i] ?? 0) & mask;
    if (allocated === 8) bytes.writeUInt8(value, i);
    else if (big) bytes.writeUInt16BE(value, 2 * i);
    else bytes.writeUInt16LE(value, 2 * i);
  }
  return bytes;
}

/** One data element, padded to an even length. */
export function writeElement(tag: string, vr: string, value: string | Uint8Array, syntax: Syntax): Buffer {
  const raw = typeof value === "string" ? Buffer.from(value, "latin1") : Buffer.from(value);
  const padded =
    raw.length % 2 === 0 ? raw : Buffer.concat([raw, Buffer.from(vr === "UI" || vr === "OB" ? "\0" : " ")]);
  const big = syntax === "big";
  const long = syntax !== "implicit" && longVrs.has(vr);
  const header = Buffer.alloc(long ? 12 : 8);
  const write16 = (number: number, at: number): number =>
    big ? header.writeUInt16BE(number, at) : header.writeUInt16LE(number, at);
  const write32 = (number: number, at: number): number =>
    big ? header.writeUInt32BE(number, at) : header.writeUInt32LE(number, at);
  write16(Number.parseInt(tag.slice(0, 4), 16), 0);
  write16(Number.parseInt(tag.slice(4), 16), 2);
  if (syntax === "implicit") write32(padded.length, 4);
  else {
    header.write(vr, 4, "latin1");
    if (long) write32(padded.length, 8);
    else write16(padded.length, 6);
  }
  return Buffer.concat([header, padded]);
}

/** Encapsulated pixel data: the offset table, the fragments, the delimiter. */
function encapsulated(fragments: readonly Uint8Array[], offsets: readonly number[]): Buffer {
  const item = (bytes: Uint8Array): Buffer => {
    const padded = bytes.length % 2 === 0 ? Buffer.from(bytes) : Buffer.concat([bytes, Buffer.alloc(1)]);
    const header = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
    header.writeUInt32LE(padded.length, 4);
    return Buffer.concat([header, padded]);
  };
  const start = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  return Buffer.concat([
    start,
    item(new Uint8Array(Uint32Array.from(offsets).buffer)),
    ...fragments.map(item),
    Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
  ]);
}
