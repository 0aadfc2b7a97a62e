import type { Structure } from "./structures.ts";
import { structureId } from "./structures.ts";

/** World position in mm, RAS+: x to patient Right, y Anterior, z Superior. */
export type PointMm = readonly [number, number, number];

/**
 * One solid of the analytic body. Its axes are those of the world; later solids paint over earlier ones.
 * An ellipsoid uses three radii; a column is an ellipse in x and y. Both are cut to [lowMm, highMm) in z.
 */
export interface Solid {
  readonly shape: "ellipsoid" | "column";
  readonly centreMm: PointMm;
  readonly radiiMm: PointMm;
  readonly lowMm: number;
  readonly highMm: number;
  readonly hu: number;
  readonly structure: Structure;
  /** Bit mask of the structures this one replaces. */
  readonly over: number;
}

/**
 * Voxel grid in the world: index (i, j, k) lies at origin + i u + j v + k w, in mm; u, v, w at right angles.
 */
export interface Grid {
  readonly shapeDHW: readonly [number, number, number];
  readonly originMm: PointMm;
  /** One step along W, H and D. */
  readonly stepsMm: readonly [PointMm, PointMm, PointMm];
}

/** HU without noise and structure ids on a grid, D x H x W with W fastest. */
export interface SampledBody {
  readonly hu: Float32Array;
  readonly structureIds: Uint8Array;
}

export const airHu = -1000;

/**
 * Samples a body at the voxel centres of a grid.
 *
 * @param solids painted in order over air
 * @returns HU and structure id of each voxel
 */
export function sampleSolids(solids: readonly Solid[], grid: Grid): SampledBody {
  const [depth, height, width] = grid.shapeDHW;
  const count = depth * height * width;
  const body = { hu: new Float32Array(count).fill(airHu), structureIds: new Uint8Array(count) };
  for (const solid of solids) paint(solid, grid, body);
  return body;
}

/** Index range along one grid axis that a solid's bounding box can reach. */
function reach(solid: Solid, grid: Grid, axis: 0 | 1 | 2, count: number): readonly [number, number] {
  const step = grid.stepsMm[axis];
  const box = boxOf(solid);
  let length = 0,
    middle = 0,
    half = 0;
  for (let a = 0; a < 3; a += 1) {
    const component = step[a] as number;
    length += component * component;
    middle += component * ((box.centre[a] as number) - (grid.originMm[a] as number));
    half += Math.abs(component) * (box.half[a] as number);
  }
  const first = Math.ceil((middle - half) / length - 1e-6),
    last = Math.floor((middle + half) / length + 1e-6);
  return [Math.max(0, first), Math.min(count - 1, last)];
}

function boxOf(solid: Solid): { readonly centre: PointMm; readonly half: PointMm } {
  const [x, y, z] = solid.centreMm;
  const [rx, ry, rz] = solid.radiiMm;
  const bottom = solid.shape === "ellipsoid" ? Math.max(solid.lowMm, z - rz) : solid.lowMm;
  const top = solid.shape === "ellipsoid" ? Math.min(solid.highMm, z + rz) : solid.highMm;
  return { centre: [x, y, (bottom + top) / 2], half: [rx, ry, Math.max(0, (top - bottom) / 2)] };
}

function paint(solid: Solid, grid: Grid, body: SampledBody): void {
  const [depth, height, width] = grid.shapeDHW;
  const [u, v, w] = grid.stepsMm;
  const [k0, k1] = reach(solid, grid, 2, depth);
  const [j0, j1] = reach(solid, grid, 1, height);
  const [i0, i1] = reach(solid, grid, 0, width);
  const [cx, cy, cz] = solid.centreMm;
  const [rx, ry, rz] = solid.radiiMm;
  const inverseZ = solid.shape === "ellipsoid" ? 1 / rz : 0;
  const { lowMm, highMm, hu, over } = solid;
  const id = structureId(solid.structure);
  for (let k = k0; k <= k1; k += 1) {
    for (let j = j0; j <= j1; j += 1) {
      const x0 = grid.originMm[0] + j * v[0] + k * w[0];
      const y0 = grid.originMm[1] + j * v[1] + k * w[1];
      const z0 = grid.originMm[2] + j * v[2] + k * w[2];
      const row = (k * height + j) * width;
      for (let i = i0; i <= i1; i += 1) {
        const z = z0 + i * u[2];
        if (z < lowMm || z >= highMm) continue;
        const dx = (x0 + i * u[0] - cx) / rx,
          dy = (y0 + i * u[1] - cy) / ry,
          dz = (z - cz) * inverseZ;
        if (dx * dx + dy * dy + dz * dz > 1) continue;
        const at = row + i;
        if (((over >>> (body.structureIds[at] as number)) & 1) === 0) continue;
        body.hu[at] = hu;
        body.structureIds[at] = id;
      }
    }
  }
}
