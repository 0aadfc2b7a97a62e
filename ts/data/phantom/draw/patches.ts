import type { Grid, PointMm } from "../truth/solids.ts";
import type { PatchClass } from "../truth/structures.ts";
import { patchClasses, patchClassIndex } from "../truth/structures.ts";

/**
 * Classes that win over the commonest one of a patch, the most telling first, with the share of the patch's
 * voxels they need.
 */
const telling: readonly (readonly [PatchClass, number])[] = [
  ["cyst", 0.05],
  ["mass", 0.05],
  ["calcification", 0.05],
  ["abscess", 0.05],
  ["granuloma", 0.02],
  ["cavity", 0.03],
  ["nodule", 0.02],
  ["opacity", 0.08],
  ["disc", 0.04],
  ["square", 0.04],
  ["ring", 0.04],
  ["cross", 0.04],
  ["spleen", 0.15],
  ["kidney", 0.1],
  ["liver", 0.25],
  ["vessel", 0.2],
];

/**
 * The class of each patch of each slice: the most telling one that fills its share, else the commonest.
 *
 * @param structureIds D x H x W structure ids
 * @param patchSize side of a patch, pixels; divides height and width
 * @returns D x (H / patchSize) x (W / patchSize) indices into `patchClasses`
 */
export function patchLabels(
  structureIds: Uint8Array,
  shapeDHW: readonly [number, number, number],
  patchSize: number,
): Int16Array {
  const [depth, height, width] = shapeDHW;
  const rows = height / patchSize,
    columns = width / patchSize;
  const labels = new Int16Array(depth * rows * columns);
  const counts = new Int32Array(patchClasses.length);
  for (let at = 0; at < labels.length; at += 1) {
    const d = Math.floor(at / (rows * columns)),
      row = Math.floor(at / columns) % rows,
      column = at % columns;
    counts.fill(0);
    for (let j = 0; j < patchSize; j += 1) {
      const start = (d * height + row * patchSize + j) * width + column * patchSize;
      for (let i = start; i < start + patchSize; i += 1) {
        const index = patchClassIndex(structureIds[i] as number);
        counts[index] = (counts[index] as number) + 1;
      }
    }
    labels[at] = chooseClass(counts, patchSize * patchSize);
  }
  return labels;
}

function chooseClass(counts: Int32Array, total: number): number {
  for (const [name, share] of telling) {
    const index = patchClasses.indexOf(name);
    if ((counts[index] as number) >= share * total) return index;
  }
  let best = 0;
  for (let index = 1; index < counts.length; index += 1)
    if ((counts[index] as number) > (counts[best] as number)) best = index;
  return best;
}

/** The grid of patches over a grid of voxels: the same slices, a point in the middle of each patch. */
export function patchGrid(grid: Grid, patchSize: number): Grid {
  const [depth, height, width] = grid.shapeDHW;
  const [u, v, w] = grid.stepsMm;
  const inset = (patchSize - 1) / 2;
  const origin = [0, 1, 2].map(
    (axis) => (grid.originMm[axis] as number) + inset * ((u[axis] as number) + (v[axis] as number)),
  );
  const times = (step: PointMm): PointMm => [step[0] * patchSize, step[1] * patchSize, step[2] * patchSize];
  return {
    shapeDHW: [depth, height / patchSize, width / patchSize],
    originMm: origin as unknown as PointMm,
    stepsMm: [times(u), times(v), w],
  };
}
