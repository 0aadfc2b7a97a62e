// One body in HU, stored with any axes, type and byte order, for writers of every format.
import { bodyVoxels } from "./body-voxels.ts";
import type { Dtype } from "./nifti-file.ts";

type Triple = readonly [number, number, number];

/** A volume as a file stores it. */
export interface StoredBody {
  /** Stored x (fastest), y, z. */
  readonly dims: Triple;
  readonly values: ArrayLike<number>;
  /** Stored index -> RAS mm, as three rows of four. */
  readonly affine: readonly (readonly number[])[];
  readonly dtype: Dtype;
  readonly littleEndian: boolean;
  /** What the header says of the size, where that is a lie. */
  readonly claimed?: Triple;
  /** Goes into every text of the header that may hold identity. */
  readonly text: string;
}

/** Shape of the body in RAS axes: x to Right, y to Anterior, z to Superior. */
export const shapeRas: Triple = [14, 12, 10];
/** The body, x fastest. */
export const bodyRas = bodyVoxels(...shapeRas);
const spacingRas: Triple = [2, 3, 4];
/** Where its first voxel lies, in RAS mm. */
export const originRas: Triple = [-50, -100, -150];

/** Stored axes by the RAS axis that each is. */
export const storageOrders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const satisfies readonly Triple[];

/**
 * The body with other stored axes.
 *
 * @param order - order[k] is the RAS axis of stored axis k.
 * @param flips - flips[k] turns stored axis k round.
 */
export function storedBody(
  order: readonly number[] = [0, 1, 2],
  flips: readonly boolean[] = [],
  change: Partial<StoredBody> = {},
): StoredBody {
  const size = (axis: number): number => shapeRas[axis] ?? 0;
  const [nx = 0, ny = 0, nz = 0] = order.map(size);
  const values: number[] = [];
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const index = [0, 0, 0];
        [i, j, k].forEach((at, axis) => {
          const ras = order[axis] ?? 0;
          index[ras] = flips[axis] === true ? size(ras) - 1 - at : at;
        });
        const [x = 0, y = 0, z = 0] = index;
        values.push(bodyRas[x + shapeRas[0] * (y + shapeRas[1] * z)] ?? 0);
      }
  const affine = spacingRas.map((mm, world) => {
    const axis = order.indexOf(world);
    const flipped = flips[axis] === true;
    const start = (originRas[world] ?? 0) + (flipped ? mm * (size(world) - 1) : 0);
    return [...[0, 1, 2].map((at) => (at !== axis ? 0 : flipped ? -mm : mm)), start];
  });
  return {
    dims: [nx, ny, nz],
    values,
    affine,
    dtype: "int16",
    littleEndian: true,
    text: "CANARY^TEXT",
    ...change,
  };
}

/** The body as numbers that a type can hold: HU, HU + 1024 where it has no sign, fewer of them in 8 bits. */
export function bodyOf(dtype: Dtype): readonly number[] {
  const values = [...bodyRas];
  if (dtype === "int8") return values.map((hu) => hu >> 4).map((v) => Math.max(-128, Math.min(127, v)));
  if (dtype === "uint8") return values.map((hu) => Math.max(0, hu + 1024) >> 4);
  if (dtype.startsWith("float")) return values.map((hu) => hu + 0.25);
  return dtype.startsWith("u") ? values.map((hu) => hu + 1100) : values;
}

/** Bytes of numbers of a type in either order. */
export function numberBytes(values: ArrayLike<number>, dtype: Dtype, littleEndian: boolean): Buffer {
  const width = Number(/\d+$/.exec(dtype)?.[0]) / 8;
  const bytes = Buffer.alloc(values.length * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const set = {
    uint8: (at: number, value: number) => view.setUint8(at, value),
    int8: (at: number, value: number) => view.setInt8(at, value),
    uint16: (at: number, value: number) => view.setUint16(at, value, littleEndian),
    int16: (at: number, value: number) => view.setInt16(at, value, littleEndian),
    uint32: (at: number, value: number) => view.setUint32(at, value, littleEndian),
    int32: (at: number, value: number) => view.setInt32(at, value, littleEndian),
    float32: (at: number, value: number) => view.setFloat32(at, value, littleEndian),
    float64: (at: number, value: number) => view.setFloat64(at, value, littleEndian),
  }[dtype];
  for (let i = 0; i < values.length; i++) set(i * width, values[i] ?? 0);
  return bytes;
}

/** Columns and origin of an affine, in the LPS world of DICOM, MetaImage and most NRRD files. */
export function lpsColumns(affine: StoredBody["affine"]): readonly (readonly number[])[] {
  return [0, 1, 2, 3].map((column) => affine.map((row, world) => (world < 2 ? -1 : 1) * (row[column] ?? 0)));
}
