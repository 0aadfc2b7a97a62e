import type { Random } from "../random.ts";
import type { PhantomTruth, Phase } from "./facts.ts";
import type { PointMm, Solid } from "./solids.ts";

const far = 1000;
const everything = 0x7fffffff;

/** One phantom's body: where its middle lies, how large it is, and what it is drawn from. */
export interface BodyFrame {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly random: Random;
  readonly truth: PhantomTruth;
}

/** HU of what contrast medium reaches, by phase. */
export const enhancementHu: Record<
  Phase,
  {
    readonly vessel: number;
    readonly cortex: number;
    readonly pelvis: number;
    readonly liver: number;
    readonly spleen: number;
  }
> = {
  "non-contrast": { vessel: 40, cortex: 32, pelvis: 15, liver: 56, spleen: 48 },
  arterial: { vessel: 320, cortex: 190, pelvis: 15, liver: 66, spleen: 120 },
  "portal venous": { vessel: 165, cortex: 175, pelvis: 20, liver: 115, spleen: 125 },
  delayed: { vessel: 95, cortex: 140, pelvis: 420, liver: 85, spleen: 85 },
};

function place(frame: BodyFrame, [x, y, z]: PointMm): PointMm {
  return [frame.x + x * frame.scale, frame.y + y * frame.scale, z];
}

function grow(frame: BodyFrame, [x, y, z]: PointMm): PointMm {
  return [x * frame.scale, y * frame.scale, z];
}

/** An elliptic column along z, placed and scaled with the body; without bounds unless `rest` gives some. */
export function column(
  frame: BodyFrame,
  centre: readonly [number, number],
  radii: readonly [number, number],
  rest: Pick<Solid, "hu" | "structure"> & Partial<Solid>,
): Solid {
  return {
    shape: "column",
    centreMm: place(frame, [centre[0], centre[1], 0]),
    radiiMm: grow(frame, [radii[0], radii[1], 1]),
    lowMm: -far,
    highMm: far,
    over: everything,
    ...rest,
  };
}

/** An ellipsoid, placed and scaled with the body. */
export function ellipsoid(
  frame: BodyFrame,
  centre: PointMm,
  radii: PointMm,
  rest: Pick<Solid, "hu" | "structure"> & Partial<Solid>,
): Solid {
  return {
    shape: "ellipsoid",
    centreMm: place(frame, centre),
    radiiMm: grow(frame, radii),
    lowMm: -far,
    highMm: far,
    over: everything,
    ...rest,
  };
}
