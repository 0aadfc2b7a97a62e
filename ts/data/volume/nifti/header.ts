import { TomoeError } from "../../../errors.ts";
import { Fields, type Layout, layouts } from "./layout.ts";

/** Voxel types read, by NIfTI datatype code. */
export type NiftiDtype = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";

/**
 * The header fields this reader uses, checked; text fields and extensions are never read: they may hold
 * identity.
 */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  readonly shapeXYZ: readonly [number, number, number];
  readonly dtype: NiftiDtype;
  readonly bytesPerVoxel: number;
  readonly voxOffset: number;
  /** 1 and 0 when the header's slope is 0, which means "no scaling". */
  readonly slope: number;
  readonly intercept: number;
  /** True when a slope of 0 stood beside an intercept, which the standard then ignores. */
  readonly interceptIgnored: boolean;
  /** True when slope and intercept are both NaN, which other readers take for "no scaling". */
  readonly scalingNan: boolean;
  /** What the values are meant as; 0 says nothing. */
  readonly intent: number;
  /** True when the byte after the header announces extensions. */
  readonly extensionDeclared: boolean;
  readonly pixdim: readonly number[];
  /** Millimetres per header unit: 1 for mm and for an undeclared unit. */
  readonly mmPerUnit: number;
  readonly unitDeclared: boolean;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: readonly [number, number, number];
  readonly quaternionOffset: readonly [number, number, number];
  readonly sformRows: readonly [readonly number[], readonly number[], readonly number[]];
}

/** Bytes needed to read a header of either version. */
export const headerBytes = 540;

const dtypes: ReadonlyMap<number, { readonly dtype: NiftiDtype; readonly bytes: number }> = new Map([
  [2, { dtype: "uint8", bytes: 1 }],
  [256, { dtype: "int8", bytes: 1 }],
  [512, { dtype: "uint16", bytes: 2 }],
  [4, { dtype: "int16", bytes: 2 }],
  [768, { dtype: "uint32", bytes: 4 }],
  [8, { dtype: "int32", bytes: 4 }],
  [16, { dtype: "float32", bytes: 4 }],
  [64, { dtype: "float64", bytes: 8 }],
]);

const refusedDtypes: ReadonlyMap<number, string> = new Map([
  [0, "unknown"],
  [1, "binary"],
  [32, "complex64"],
  [128, "rgb24"],
  [1024, "int64"],
  [1280, "uint64"],
  [1536, "float128"],
  [1792, "complex128"],
  [2048, "complex256"],
  [2304, "rgba32"],
]);

/**
 * The version and byte order that the first four bytes announce, or undefined when they announce neither
 * version.
 */
export function niftiVersion(
  bytes: Uint8Array,
): { readonly version: 1 | 2; readonly littleEndian: boolean } | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size === 348 || size === 540) return { version: size === 348 ? 1 : 2, littleEndian };
  }
  return undefined;
}

/**
 * Reads and checks a NIfTI-1 or NIfTI-2 header of a single file (.nii).
 *
 * @param bytes - the beginning of the uncompressed file, at least 348 (540) bytes.
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_HEADER`, `DATA_DTYPE_UNSUPPORTED`, `DATA_UNSUPPORTED` (pairs,
 * several volumes).
 * @see https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h and nifti2.h
 */
export function readNiftiHeader(bytes: Uint8Array): NiftiHeader {
  if (bytes.length < 4) throw tooShort(bytes.length, "NIfTI header", 348);
  const announced = niftiVersion(bytes);
  if (announced === undefined && bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new TomoeError("DATA_UNSUPPORTED", "the file is compressed twice: gzip inside gzip", {
      hint: "Decompress it once, e.g. `gunzip -c SCAN.nii.gz > SCAN2.nii.gz`.",
      details: {},
    });
  if (announced === undefined)
    throw headerError("sizeof_hdr is neither 348 (NIfTI-1) nor 540 (NIfTI-2) in either byte order", {});
  const { version, littleEndian } = announced;
  const layout = layouts[version];
  if (bytes.length < layout.size) throw tooShort(bytes.length, `NIfTI-${version} header`, layout.size);
  checkMagic(bytes, version, layout);
  const fields = new Fields(bytes, littleEndian, version === 2);
  const { slope, intercept, scalingNan } = readScaling(fields, layout);
  const { dtype, bytes: bytesPerVoxel } = readDtype(fields, layout);
  const unit = fields.unit(layout.units);
  const row = (index: number): readonly number[] =>
    [0, 1, 2, 3].map((column) => fields.real(layout.sform, 4 * index + column));
  const three = (from: number): [number, number, number] => [
    fields.real(layout.quaternion, from),
    fields.real(layout.quaternion, from + 1),
    fields.real(layout.quaternion, from + 2),
  ];
  return {
    version,
    littleEndian,
    dtype,
    bytesPerVoxel,
    shapeXYZ: readShape(fields, layout),
    voxOffset: readVoxOffset(fields, layout, version),
    slope: slope === 0 ? 1 : slope,
    intercept: slope === 0 ? 0 : intercept,
    interceptIgnored: slope === 0 && intercept !== 0,
    scalingNan,
    intent: fields.code(layout.intent),
    extensionDeclared: (bytes[layout.size] ?? 0) !== 0,
    pixdim: [0, 1, 2, 3].map((index) => fields.real(layout.pixdim, index)),
    mmPerUnit: unit === 1 ? 1000 : unit === 3 ? 0.001 : 1,
    unitDeclared: unit >= 1 && unit <= 3,
    qformCode: fields.code(layout.qformCode),
    sformCode: fields.code(layout.sformCode),
    quaternion: three(0),
    quaternionOffset: three(3),
    sformRows: [row(0), row(1), row(2)],
  };
}

function checkMagic(bytes: Uint8Array, version: 1 | 2, layout: Layout): void {
  const expected = version === 1 ? "n+1\0" : "n+2\0\r\n\x1a\n";
  const magic = String.fromCharCode(...bytes.subarray(layout.magic, layout.magic + expected.length));
  if (magic === expected) return;
  if (magic.startsWith("ni1\0") || magic.startsWith("ni2\0")) {
    throw new TomoeError("DATA_UNSUPPORTED", "this is the header half of a .hdr/.img pair", {
      hint: "Convert the pair to one .nii.gz file, e.g. with nibabel or dcm2niix.",
      details: {},
    });
  }
  throw headerError(`the magic of NIfTI-${version} is missing (an Analyze 7.5 file, or damaged)`, {});
}

function readDtype(fields: Fields, layout: Layout): { readonly dtype: NiftiDtype; readonly bytes: number } {
  const code = fields.int16(layout.datatype);
  const bitpix = fields.int16(layout.bitpix);
  const known = dtypes.get(code);
  if (known === undefined) {
    const name = refusedDtypes.get(code);
    throw new TomoeError(
      "DATA_DTYPE_UNSUPPORTED",
      `datatype ${code}${name === undefined ? "" : ` (${name})`} is not one a CT volume is read from`,
      {
        hint: `Convert the voxels to int16 HU; read are ${[...dtypes.values()].map((row) => row.dtype).join(", ")}.`,
        details: { datatype: code },
      },
    );
  }
  if (bitpix !== known.bytes * 8)
    throw headerError(
      `bitpix is ${bitpix} where datatype ${code} (${known.dtype}) has ${known.bytes * 8} bits`,
      { bitpix, datatype: code },
    );
  return known;
}

function readShape(fields: Fields, layout: Layout): readonly [number, number, number] {
  const rank = fields.dim(0, layout);
  if (!Number.isInteger(rank) || rank < 1 || rank > 7)
    throw headerError(`dim[0], the number of axes, is ${rank}, not 1..7`, { rank });
  const dims = Array.from({ length: rank }, (_, index) => fields.dim(index + 1, layout));
  const wrong = dims.findIndex((size) => !(size >= 1) || size > Number.MAX_SAFE_INTEGER);
  if (wrong >= 0) throw headerError(`dim[${wrong + 1}] is ${dims[wrong]}, not a positive size`, { dims });
  const [x = 1, y = 1, z = 1, ...rest] = dims;
  if (rank < 2)
    throw new TomoeError("DATA_UNSUPPORTED", `the file holds ${rank} axis of ${x} values, not an image`, {
      hint: "Give a 3D volume.",
      details: { dims },
    });
  if (rest.some((size) => size !== 1)) {
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `the file holds ${dims.join(" x ")} values: more than one volume`,
      { hint: "Split it into one 3D file for each volume.", details: { dims } },
    );
  }
  return [x, y, z];
}

function readVoxOffset(fields: Fields, layout: Layout, version: 1 | 2): number {
  const offset = fields.voxOffset(layout);
  const least = version === 1 ? 352 : 544;
  if (!Number.isSafeInteger(offset) || offset < least) {
    throw headerError(
      `vox_offset is ${offset}; the voxels of a single-file NIfTI-${version} start at a whole number of at least ${least}`,
      { voxOffset: String(offset), least },
    );
  }
  return offset;
}

/** Slope and intercept; both NaN are no scaling, as nifti_clib (ITK, FSL) and nibabel read them. */
function readScaling(
  fields: Fields,
  layout: Layout,
): { readonly slope: number; readonly intercept: number; readonly scalingNan: boolean } {
  const slope = fields.real(layout.slope);
  const intercept = fields.real(layout.intercept);
  if (Number.isNaN(slope) && Number.isNaN(intercept)) return { slope: 1, intercept: 0, scalingNan: true };
  return {
    slope: finite("scl_slope", slope),
    intercept: finite("scl_inter", intercept),
    scalingNan: false,
  };
}

function finite(name: string, value: number): number {
  if (!Number.isFinite(value))
    throw headerError(`${name} is ${value}, so no voxel value can be known`, { [name]: String(value) });
  return value;
}

function tooShort(have: number, what: string, need: number): TomoeError {
  return new TomoeError("DATA_TRUNCATED", `the file holds ${have} bytes, fewer than its ${what} of ${need}`, {
    hint: "Copy the file again.",
    details: { haveBytes: have, needBytes: need },
  });
}

function headerError(
  what: string,
  details: { readonly [key: string]: number | string | readonly number[] },
): TomoeError {
  return new TomoeError("DATA_HEADER", what, {
    hint: "Rewrite the header from the source, e.g. with nibabel, or convert the original DICOM again.",
    details,
  });
}
