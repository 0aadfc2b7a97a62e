// Small scans of every format, and damaged copies of them that a number alone makes again.

import type { ReadOptions } from "../../ts/data/index.ts";
import { bodyVoxels, seeded } from "./body-voxels.ts";
import { type DicomSpec, dicomFile } from "./dicom-file.ts";
import { type MetaImageSpec, metaImageFile } from "./metaimage-file.ts";
import { type MultiframeSpec, multiframeFile, placeAt, rescale } from "./multiframe-file.ts";
import { niftiFile } from "./nifti-file.ts";
import { npyFile } from "./npy-file.ts";
import { type NrrdSpec, nrrdFile } from "./nrrd-file.ts";
import type { StoredBody } from "./stored-body.ts";

/** A good scan that is damaged. A reader or a codec joins the campaign by its rows here. */
export interface Example {
  readonly name: string;
  /** With its dot; readers look at the content first. */
  readonly extension: string;
  readonly bytes: Buffer;
  /** Bytes that say what the file is: most damage is done there, since voxels may be anything. */
  readonly structure: readonly (readonly [from: number, to: number])[];
  /** What a caller has to say beside the path. */
  readonly options?: ReadOptions;
}

const [nx, ny, nz] = [8, 6, 4];
const body = bodyVoxels(nx, ny, nz);

function nifti(name: string, change: Partial<Parameters<typeof niftiFile>[0]> = {}): Example {
  const bytes = niftiFile({ dims: [nx, ny, nz], values: body, ...change });
  return {
    name: `NIfTI ${name}`,
    extension: change.gzip === true ? ".nii.gz" : ".nii",
    bytes,
    structure: [[0, change.gzip === true ? bytes.length : change.version === 2 ? 544 : 352]],
  };
}

function dicom(name: string, change: DicomSpec = {}): Example {
  const [rows, columns] = [10, 12];
  const plane = Int16Array.from(bodyVoxels(columns, rows, 1));
  const bytes = dicomFile({ rows, columns, values: plane, ...change });
  const ends = change.syntax === "deflated" ? bytes.length : bytes.length - 2 * rows * columns;
  return { name: `DICOM ${name}`, extension: ".dcm", bytes, structure: [[128, ends]] };
}

/** An enhanced object of three frames, out of order; its groups and their lengths are most of its header. */
function enhanced(name: string, change: Partial<MultiframeSpec> = {}): Example {
  const [rows, columns, places] = [10, 12, [6, 0, 3]] as const;
  const bytes = multiframeFile({
    rows,
    columns,
    values: bodyVoxels(columns, rows, places.length),
    shared: { [rescale]: { "00281052": ["DS", "0"], "00281053": ["DS", "1"], "00281054": ["LO", "HU"] } },
    frames: places.map((z) => placeAt(-4, -5, z)),
    ...change,
  });
  const ends = bytes.length - 2 * rows * columns * places.length;
  return { name: `DICOM ${name}`, extension: ".dcm", bytes, structure: [[128, ends]] };
}

const stored: StoredBody = {
  dims: [nx, ny, nz],
  values: body,
  affine: [
    [2, 0, 0, -8],
    [0, 2, 0, -6],
    [0, 0, 3, 10],
  ],
  dtype: "int16",
  littleEndian: true,
  text: "a text",
};

/** A text header with the voxels behind it. */
function plain(
  name: string,
  extension: string,
  { header, voxels }: { readonly header: Buffer; readonly voxels: Buffer },
): Example {
  return { name, extension, bytes: Buffer.concat([header, voxels]), structure: [[0, header.length]] };
}
const metaImage = (name: string, spec: MetaImageSpec = {}, change: Partial<StoredBody> = {}): Example =>
  plain(`MetaImage ${name}`, ".mha", metaImageFile({ ...stored, ...change }, spec));
const nrrd = (name: string, spec: NrrdSpec = {}, change: Partial<StoredBody> = {}): Example =>
  plain(`NRRD ${name}`, ".nrrd", nrrdFile({ ...stored, ...change }, spec));
function npy(name: string, fortran: boolean): Example {
  const bytes = npyFile(stored, { fortran });
  const affineRas = [...stored.affine.map((row) => [...row]), [0, 0, 0, 1]];
  return {
    name: `npy ${name}`,
    extension: ".npy",
    bytes,
    structure: [[0, bytes.length - 2 * body.length]],
    options: { affineRas: affineRas as unknown as NonNullable<ReadOptions["affineRas"]> },
  };
}

/** One a way in which a file can be written. */
export const examples: readonly Example[] = [
  nifti("1, little-endian int16"),
  nifti("1, big-endian", { littleEndian: false }),
  nifti("1, scaled float32", { dtype: "float32", slope: 0.5, intercept: -3 }),
  nifti("1, qform alone, with an extension", {
    sformCode: 0,
    qform: { bcd: [0, 0, 0], offset: [1, 2, 3], qfac: 1 },
    qformCode: 1,
    // Its size, 32, and the code of a comment.
    extension: Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 32 : at === 4 ? 6 : 0)),
  }),
  nifti("2", { version: 2 }),
  nifti("1, gzipped", { gzip: true }),
  dicom("explicit"),
  dicom("implicit", { syntax: "implicit" }),
  dicom("big-endian", { syntax: "big" }),
  dicom("deflated", { syntax: "deflated" }),
  dicom("of 12 unsigned bits", {
    bitsStored: 12,
    signed: false,
    slope: "1",
    intercept: "-1024",
    values: body.subarray(0, 120).map((hu) => hu + 1024),
  }),
  dicom("that an overlay goes with", {
    elements: { "60000010": ["US", new Uint8Array([10, 0])], "00281054": ["LO", "HU"] },
  }),
  enhanced("of three frames"),
  enhanced("of three frames with a rescale of their own", {
    shared: { [rescale]: null },
    frames: [6, 0, 3].map((z) => ({
      ...placeAt(-4, -5, z),
      [rescale]: { "00281052": ["DS", String(z)], "00281053": ["DS", "1"], "00281054": ["LO", "HU"] },
    })),
  }),
  metaImage("of int16"),
  metaImage("of big-endian float32", {}, { dtype: "float32", littleEndian: false }),
  metaImage("compressed", { compressed: true }),
  nrrd("of int16"),
  nrrd("gzipped", { gzip: true }),
  npy("in C order", false),
  npy("in Fortran order", true),
];

/** The example that a mutant of this number is made of. */
export const exampleOf = (number: number, of: readonly Example[] = examples): Example => {
  const example = of[number % of.length];
  if (example === undefined) throw new Error("there are no examples");
  return example;
};

type Draw = (below: number) => number;
type Damage = (bytes: Buffer, at: number, draw: Draw) => Buffer;

const extremes = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const words = [0, 1, 2, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const put = (bytes: Buffer, at: number, value: number): Buffer => {
  if (at < bytes.length) bytes[at] = value & 0xff;
  return bytes;
};
const cutTo = (bytes: Buffer, length: number): Buffer => bytes.subarray(0, Math.max(0, length));

/** One step of damage each; places are of the structure three times in four. */
const damages: readonly Damage[] = [
  (bytes, at, draw) => put(bytes, at, (bytes[at] ?? 0) ^ (1 << draw(8))),
  (bytes, at, draw) => put(bytes, at, extremes[draw(extremes.length)] ?? 0),
  (bytes, at, draw) => put(bytes, at, draw(256)),
  // A size, an offset, a count or a code of two or four bytes, in either byte order.
  (bytes, at, draw) => {
    const [width, value] = [draw(2) === 0 ? 2 : 4, words[draw(words.length)] ?? 0];
    if (at + width > bytes.length) return bytes;
    const kept = width === 2 ? value & 0xffff : value;
    if (width === 2) draw(2) === 0 ? bytes.writeUInt16LE(kept, at) : bytes.writeUInt16BE(kept, at);
    else draw(2) === 0 ? bytes.writeUInt32LE(kept, at) : bytes.writeUInt32BE(kept, at);
    return bytes;
  },
  // A length that is off by a little.
  (bytes, at, draw) => put(bytes, at, (bytes[at] ?? 0) + draw(9) - 4),
  // A VR or another code of two letters.
  (bytes, at, draw) => {
    const vr = ["SQ", "UN", "OB", "OW", "UV", "DS", "IS", "UI", "US", "SS", "ZZ"][draw(11)] ?? "UN";
    return put(put(bytes, at, vr.charCodeAt(0)), at + 1, vr.charCodeAt(1));
  },
  // A number in text.
  (bytes, at, draw) => put(bytes, at, "0123456789+-.eE\\ ,".charCodeAt(draw(18))),
  (bytes, _, draw) => cutTo(bytes, draw(bytes.length + 1)),
  (bytes, at) => cutTo(bytes, at),
  (bytes, _, draw) => Buffer.concat([bytes, Buffer.alloc(draw(600), draw(256))]),
  // A run twice, a run gone, and a run of another place.
  (bytes, at, draw) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - draw(64)))]),
  (bytes, at, draw) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + draw(64))]),
  (bytes, at, draw) => {
    const from = draw(Math.max(1, bytes.length - 64));
    const run = Buffer.from(bytes.subarray(from, from + 1 + draw(64)));
    run.copy(bytes, at);
    return bytes;
  },
  (bytes, at, draw) =>
    bytes.fill(extremes[draw(extremes.length)] ?? 0, at, Math.min(bytes.length, at + 1 + draw(32))),
];

/** The damaged copy of this number: one to three steps of damage to the example of the number. */
export function volumeMutant(number: number, of: readonly Example[] = examples): Buffer {
  const { bytes, structure } = exampleOf(number, of);
  const random = seeded(number ^ 0x51ab7);
  const draw: Draw = (below) => Math.floor(random() * below);
  let mutant = Buffer.from(bytes);
  for (let steps = 1 + draw(3); steps > 0; steps--) {
    const [from, to] = structure[draw(structure.length)] ?? [0, bytes.length];
    const at = draw(4) === 0 ? draw(mutant.length + 1) : from + draw(Math.max(1, to - from));
    mutant = Buffer.from((damages[draw(damages.length)] ?? cutTo)(mutant, Math.min(at, mutant.length), draw));
  }
  return mutant;
}
