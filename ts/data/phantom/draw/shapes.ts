import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import type { Grid, Solid } from "../truth/solids.ts";
import { sampleSolids } from "../truth/solids.ts";
import { structureId } from "../truth/structures.ts";
import { drawFrame, sliceGrid } from "./planes.ts";
import { withNoise } from "./scan.ts";

/** Classes of the facts of a simple shape; sides are the patient's, as in every other image. */
export const shapeClasses = {
  shape: ["disc", "square", "ring", "cross"],
  shapeSide: ["left", "right", "front", "back"],
  shapeBrightness: ["dark", "bright"],
} as const;

/** One simple shape on an even ground. */
export interface ShapeTruth {
  readonly seed: number;
  readonly shape: (typeof shapeClasses.shape)[number];
  readonly shapeSide: (typeof shapeClasses.shapeSide)[number];
  readonly shapeBrightness: (typeof shapeClasses.shapeBrightness)[number];
}

/** One slice image and what each of its pixels belongs to. */
export interface SliceImage {
  readonly grid: Grid;
  /** H x W, int16 HU. */
  readonly voxels: Int16Array;
  readonly structureIds: Uint8Array;
}

/** Draws what a shape slice shows. */
export function shapeTruth(seed: number, random: Random): ShapeTruth {
  return {
    seed,
    shape: random.pick(shapeClasses.shape),
    shapeSide: random.pick(shapeClasses.shapeSide),
    shapeBrightness: random.pick(shapeClasses.shapeBrightness),
  };
}

const sideOffset = { left: [-1, 0], right: [1, 0], front: [0, 1], back: [0, -1] } as const;

/**
 * Draws a shape in an axial slice: a body of water-like HU with one shape on one side of it.
 *
 * @param sizeHW rows, columns
 */
export function drawShape(truth: ShapeTruth, sizeHW: readonly [number, number]): SliceImage {
  const random = createRandom(truth.seed, "geometry");
  const grid = sliceGrid(drawFrame("axial", random), sizeHW, [0, 0, 0]);
  const ground = random.between(-60, 60);
  const body: Solid = {
    shape: "column",
    centreMm: [0, 0, 0],
    radiiMm: [random.between(145, 160), random.between(120, 155), 1],
    lowMm: -1,
    highMm: 1,
    hu: ground,
    structure: "soft",
    over: 1,
  };
  const image = sampleSolids([body], grid);
  const [dx, dy] = sideOffset[truth.shapeSide];
  const x = dx * random.between(64, 88) + (dx === 0 ? random.between(-24, 24) : 0);
  const y = dy * random.between(56, 82) + (dy === 0 ? random.between(-24, 24) : 0);
  const radius = random.between(32, 46);
  const hu =
    truth.shapeBrightness === "bright"
      ? ground + random.between(150, 600)
      : ground - random.between(150, 600);
  paintShape(truth.shape, grid, image, { x, y, radius, hu });
  return {
    grid,
    voxels: withNoise(image.hu, random.between(5, 10), createRandom(truth.seed, "noise")),
    structureIds: image.structureIds,
  };
}

function paintShape(
  shape: ShapeTruth["shape"],
  grid: Grid,
  image: { readonly hu: Float32Array; readonly structureIds: Uint8Array },
  at: { readonly x: number; readonly y: number; readonly radius: number; readonly hu: number },
): void {
  const [, height, width] = grid.shapeDHW;
  const id = structureId(shape);
  for (let j = 0; j < height; j += 1) {
    for (let i = 0; i < width; i += 1) {
      const dx = Math.abs(grid.originMm[0] + i * grid.stepsMm[0][0] - at.x) / at.radius;
      const dy = Math.abs(grid.originMm[1] + j * grid.stepsMm[1][1] - at.y) / at.radius;
      if (!insideShape(shape, dx, dy)) continue;
      image.hu[j * width + i] = at.hu;
      image.structureIds[j * width + i] = id;
    }
  }
}

/** Whether a point at |dx|, |dy| radii from the middle belongs to a shape. */
function insideShape(shape: ShapeTruth["shape"], dx: number, dy: number): boolean {
  const squared = dx * dx + dy * dy;
  switch (shape) {
    case "disc":
      return squared <= 1;
    case "ring":
      return squared <= 1.2 && squared >= 0.3;
    case "square":
      return dx <= 0.95 && dy <= 0.95;
    case "cross":
      return (dx <= 0.35 && dy <= 1.15) || (dy <= 0.35 && dx <= 1.15);
  }
}
