import { isTomoeError } from "../../../errors.ts";
import { errnoOf } from "../../../files/index.ts";
import type { GreyImage } from "../../../plots/index.ts";
import type { TripleDHW } from "../../../schema/volume.ts";
import type { EvaluatedCase } from "../../evaluate/cases.ts";
import { shardReader } from "../../evaluate/controls.ts";
import type { CachePlaces } from "../../prepare/cache-places.ts";

/** Three planes through the middle of a scan. */
export type ScanPlanes = readonly { readonly name: string; readonly grey: GreyImage }[];

/** Soft tissue in grey; lungs and air are black, bone is white. */
const window = { low: -200, high: 300 };

/** Where the volumes are cached, and what grid they are on. */
export interface ScanGrid extends CachePlaces {
  readonly sizeDHW: TripleDHW;
}

/** A case, and whether the slices that the model is fed of it are axial. */
export interface ScanCase extends Pick<EvaluatedCase, "id" | "volume"> {
  readonly isAxial: boolean;
}

interface Axes {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Place in the volume of a pixel, from the left and from the top. */
  readonly at: (x: number, y: number) => number;
}

/**
 * Planes through the middle in radiological display: patient right on the left, front on the left of the sagittal one,
 * front and head at the top. A stack that is not of axial slices shows its middle slice, and two planes across it.
 *
 * @param voxels - HU, slices x rows x columns, as the model is fed them: of axial slices the first is the lowest, row 0
 * the front, column 0 the patient's right.
 */
export function planesOf(
  voxels: Int16Array,
  [slices, rows, columns]: TripleDHW,
  isAxial: boolean,
): ScanPlanes {
  const place = (d: number, h: number, w: number): number => (d * rows + h) * columns + w;
  const [d, h, w] = [slices >> 1, rows >> 1, columns >> 1];
  const [first, second, third] = isAxial
    ? ["axial", "coronal", "sagittal"]
    : ["slice", "across rows", "across columns"];
  const planes: readonly Axes[] = [
    { name: first, width: columns, height: rows, at: (x, y) => place(d, y, x) },
    { name: second, width: columns, height: slices, at: (x, y) => place(slices - 1 - y, h, x) },
    { name: third, width: rows, height: slices, at: (x, y) => place(slices - 1 - y, x, w) },
  ];
  return planes.map(({ name, width, height, at }) => {
    const pixels = new Uint8ClampedArray(width * height);
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1)
        pixels[y * width + x] = (255 * ((voxels[at(x, y)] ?? 0) - window.low)) / (window.high - window.low);
    return { name, grey: { pixels: new Uint8Array(pixels.buffer), width, height } };
  });
}

/**
 * Planes of cases from the cache that the model is fed from; a case whose shard is gone has none.
 *
 * @throws TomoeError `INTERNAL` for a shard of another kind.
 */
export async function planesOfCases(
  cases: readonly ScanCase[],
  grid: ScanGrid,
): Promise<ReadonlyMap<string, ScanPlanes>> {
  const found = new Map<string, ScanPlanes>();
  const read = shardReader(grid),
    size = grid.sizeDHW.reduce((product, one) => product * one, 1);
  for (const { id, volume, isAxial } of cases) {
    try {
      const column = await read(volume);
      found.set(
        id,
        planesOf(column.subarray(volume.row * size, (volume.row + 1) * size), grid.sizeDHW, isAxial),
      );
    } catch (error) {
      if (isTomoeError(error) || errnoOf(error) !== "ENOENT") throw error;
    }
  }
  return found;
}
