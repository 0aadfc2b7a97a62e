import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import type { PhantomBody } from "../truth/anatomy.ts";
import { phantomBody } from "../truth/anatomy.ts";
import type { PhantomTruth } from "../truth/facts.ts";
import type { Grid, PointMm } from "../truth/solids.ts";
import { sampleSolids } from "../truth/solids.ts";
import { drawFrame, sliceGrid, stackGrid } from "./planes.ts";

/** A scanned phantom: int16 HU on a grid whose array is already the model's view (see planes.ts). */
export interface PhantomScan {
  readonly truth: PhantomTruth;
  readonly grid: Grid;
  /** D x H x W, W fastest. */
  readonly voxels: Int16Array;
  /** Structure id of each voxel, without noise. */
  readonly structureIds: Uint8Array;
}

/**
 * Scans the phantom of a truth as a stack of slices: a pure function of truth and size.
 *
 * @param sizeDHW slices, rows, columns
 */
export function scanPhantom(truth: PhantomTruth, sizeDHW: readonly [number, number, number]): PhantomScan {
  const noise = createRandom(truth.seed, "noise");
  const body = phantomBody(truth);
  const grid = stackGrid(drawFrame(truth.plane, noise), sizeDHW);
  const { hu, structureIds } = sampleSolids(body.solids, grid);
  return { truth, grid, voxels: withNoise(hu, body.noiseHu, noise), structureIds };
}

/**
 * Scans one slice of the phantom of a truth, in the truth's plane.
 *
 * @param sizeHW rows, columns
 * @param choose the point (mm) the slice cuts, given the body
 */
export function scanPhantomSlice(
  truth: PhantomTruth,
  sizeHW: readonly [number, number],
  choose: (body: PhantomBody) => PointMm,
): PhantomScan {
  const noise = createRandom(truth.seed, "noise");
  const body = phantomBody(truth);
  const grid = sliceGrid(drawFrame(truth.plane, noise), sizeHW, choose(body));
  const { hu, structureIds } = sampleSolids(body.solids, grid);
  return { truth, grid, voxels: withNoise(hu, body.noiseHu, noise), structureIds };
}

/** Adds normal noise and rounds to int16; HU of the body stay far inside its range. */
export function withNoise(hu: Float32Array, deviationHu: number, random: Random): Int16Array {
  const table = noiseTable();
  const voxels = new Int16Array(hu.length);
  const { round } = Math;
  let bits = 0;
  for (let at = 0; at < hu.length; at += 1) {
    bits = (at & 1) === 0 ? random.next() : bits >>> 16;
    voxels[at] = round((hu[at] as number) + deviationHu * (table[bits & (noiseTableSize - 1)] as number));
  }
  return voxels;
}

const noiseTableSize = 4096;
let madeTable: Float32Array | undefined;

/**
 * 4096 normal deviates, each a sum of twelve uniform ones (Irwin-Hall), centred and scaled to deviation 1
 * exactly.
 */
function noiseTable(): Float32Array {
  if (madeTable !== undefined) return madeTable;
  const random = createRandom(0, "noiseTable");
  const values = Array.from({ length: noiseTableSize }, () => {
    let sum = -6;
    for (let n = 0; n < 12; n += 1) sum += random.uniform();
    return sum;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / noiseTableSize;
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / noiseTableSize;
  madeTable = Float32Array.from(values, (value) => (value - mean) / Math.sqrt(variance));
  return madeTable;
}
