// Writes NIfTI files byte by byte for tests, independently of the reader.
import { gzipSync } from "node:zlib";

export type Dtype = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";

export const dtypeCodes: Readonly<Record<Dtype, { readonly code: number; readonly bytes: number }>> = {
  uint8: { code: 2, bytes: 1 },
  int8: { code: 256, bytes: 1 },
  uint16: { code: 512, bytes: 2 },
  int16: { code: 4, bytes: 2 },
  uint32: { code: 768, bytes: 4 },
  int32: { code: 8, bytes: 4 },
  float32: { code: 16, bytes: 4 },
  float64: { code: 64, bytes: 8 },
};

export interface NiftiSpec {
  readonly version?: 1 | 2;
  readonly littleEndian?: boolean;
  readonly dtype?: Dtype;
  readonly dims: readonly number[];
  /** x fastest. */
  readonly values: ArrayLike<number>;
  /** Three rows of four; default 2 mm RAS. */
  readonly sform?: readonly (readonly number[])[];
  readonly sformCode?: number;
  readonly qform?: {
    readonly bcd: readonly [number, number, number];
    readonly offset: readonly [number, number, number];
    readonly qfac: number;
  };
  readonly qformCode?: number;
  readonly pixdim?: readonly number[];
  readonly slope?: number;
  readonly intercept?: number;
  readonly units?: number;
  /** Bytes between header and voxels. */
  readonly extension?: Uint8Array;
  /** Text fields that may hold identity. */
  readonly descrip?: string;
  readonly gzip?: boolean;
  /** Changes the header after it was built. */
  readonly patch?: (header: DataView, littleEndian: boolean) => void;
}

export const fields = {
  1: {
    datatype: 70,
    bitpix: 72,
    dim: 40,
    pixdim: 76,
    voxOffset: 108,
    slope: 112,
    intercept: 116,
    units: 123,
    descrip: 148,
    qformCode: 252,
    sformCode: 254,
    quaternion: 256,
    sform: 280,
    magic: 344,
    size: 348,
  },
  2: {
    datatype: 12,
    bitpix: 14,
    dim: 16,
    pixdim: 104,
    voxOffset: 168,
    slope: 176,
    intercept: 184,
    units: 500,
    descrip: 240,
    qformCode: 344,
    sformCode: 348,
    quaternion: 352,
    sform: 400,
    magic: 4,
    size: 540,
  },
} as const;

/** A whole NIfTI file. */
export function niftiFile(spec: NiftiSpec): Buffer {
  const { version = 1, littleEndian = true, dtype = "int16", dims, values } = spec;
  const at = fields[version];
  const extension = spec.extension ?? new Uint8Array(0);
  const voxOffset = (version === 1 ? 352 : 544) + extension.length;
  const { code, bytes } = dtypeCodes[dtype];
  const file = Buffer.from(new ArrayBuffer(voxOffset + values.length * bytes));
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const wide = version === 2;
  const real = (offset: number, index: number, value: number): void =>
    wide
      ? view.setFloat64(offset + 8 * index, value, littleEndian)
      : view.setFloat32(offset + 4 * index, value, littleEndian);
  const whole = (offset: number, index: number, value: number): void =>
    wide
      ? view.setBigInt64(offset + 8 * index, BigInt(value), littleEndian)
      : view.setInt16(offset + 2 * index, value, littleEndian);
  view.setInt32(0, at.size, littleEndian);
  file.write(version === 1 ? "n+1\0" : "n+2\0\r\n\x1a\n", at.magic, "latin1");
  [dims.length, ...dims, ...Array.from({ length: 7 - dims.length }, () => 1)].forEach((size, index) => {
    whole(at.dim, index, size);
  });
  view.setInt16(at.datatype, code, littleEndian);
  view.setInt16(at.bitpix, bytes * 8, littleEndian);
  if (wide) view.setBigInt64(at.voxOffset, BigInt(voxOffset), littleEndian);
  else view.setFloat32(at.voxOffset, voxOffset, littleEndian);
  const sform = spec.sform ?? [
    [2, 0, 0, -10],
    [0, 2, 0, -20],
    [0, 0, 2, -30],
  ];
  const spacing = [0, 1, 2].map((column) => Math.hypot(...sform.map((row) => row[column] ?? 0)));
  (spec.pixdim ?? [spec.qform?.qfac ?? 1, ...spacing]).forEach((value, index) => {
    real(at.pixdim, index, value);
  });
  real(at.slope, 0, spec.slope ?? 1);
  real(at.intercept, 0, spec.intercept ?? 0);
  if (wide) view.setInt32(at.units, spec.units ?? 2, littleEndian);
  else view.setUint8(at.units, spec.units ?? 2);
  const setCode = (offset: number, value: number): void =>
    wide ? view.setInt32(offset, value, littleEndian) : view.setInt16(offset, value, littleEndian);
  setCode(at.sformCode, spec.sformCode ?? 1);
  setCode(at.qformCode, spec.qformCode ?? 0);
  sform.flat().forEach((value, index) => {
    real(at.sform, index, value);
  });
  if (spec.qform !== undefined)
    [...spec.qform.bcd, ...spec.qform.offset].forEach((value, index) => {
      real(at.quaternion, index, value);
    });
  if (spec.descrip !== undefined) file.write(spec.descrip, at.descrip, "latin1");
  file.set(extension, voxOffset - extension.length);
  if (extension.length > 0) file[at.size] = 1;
  writeValues(view, voxOffset, dtype, values, littleEndian);
  spec.patch?.(view, littleEndian);
  return spec.gzip === true ? gzipSync(file) : file;
}

function writeValues(
  view: DataView,
  from: number,
  dtype: Dtype,
  values: ArrayLike<number>,
  littleEndian: boolean,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const at = from + i * dtypeCodes[dtype].bytes;
    if (dtype === "uint8") view.setUint8(at, value);
    else if (dtype === "int8") view.setInt8(at, value);
    else if (dtype === "uint16") view.setUint16(at, value, littleEndian);
    else if (dtype === "int16") view.setInt16(at, value, littleEndian);
    else if (dtype === "uint32") view.setUint32(at, value, littleEndian);
    else if (dtype === "int32") view.setInt32(at, value, littleEndian);
    else if (dtype === "float32") view.setFloat32(at, value, littleEndian);
    else view.setFloat64(at, value, littleEndian);
  }
}
