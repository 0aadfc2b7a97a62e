import { createRandom } from "../random.ts";
import { abdomenSolids, lesionSolids } from "./abdomen.ts";
import type { PhantomTruth } from "./facts.ts";
import { type BodyFrame, column, ellipsoid, enhancementHu } from "./frame.ts";
import { orderSolids } from "./order-findings.ts";
import type { PointMm, Solid } from "./solids.ts";
import { maskOf } from "./structures.ts";

/**
 * The chest above z = 0 is the same in every axial slice up to this height: nothing in it tells the level.
 */
export const chestPlateauMm = { low: 0, high: 144 } as const;

/** A phantom's body and the noise of its scan. */
export interface PhantomBody {
  readonly solids: readonly Solid[];
  /** Standard deviation of the noise, HU. */
  readonly noiseHu: number;
  /** Centre of the lesion, mm. */
  readonly lesionMm: PointMm;
}

/**
 * The analytic body of a phantom: a pure function of its truth.
 *
 * @returns solids in painting order, world axes RAS+ in mm
 */
export function phantomBody(truth: PhantomTruth): PhantomBody {
  const random = createRandom(truth.seed, "geometry");
  const frame: BodyFrame = {
    x: random.between(-6, 6),
    y: random.between(-6, 6),
    scale: random.between(0.93, 1.05),
    random,
    truth,
  };
  const noiseHu = random.between(5, 10);
  const trunk = trunkSolids(frame);
  const abdomen = abdomenSolids(frame);
  const lesion = lesionSolids(frame);
  const opacity = opacitySolids(frame);
  const order = orderSolids(truth, frame, random);
  return {
    solids: [...trunk, ...abdomen, ...lesion, ...opacity, ...order],
    noiseHu,
    lesionMm: lesion[0].centreMm,
  };
}

/**
 * Body wall, abdominal fat, lungs, heart, aorta and spine: without change along z within the chest plateau.
 */
function trunkSolids(frame: BodyFrame): readonly Solid[] {
  const vessel = enhancementHu[frame.truth.phase].vessel;
  const soft = frame.random.between(35, 48);
  const chest = { lowMm: chestPlateauMm.low, highMm: chestPlateauMm.high } as const;
  const lungHu = frame.random.between(-870, -830);
  const lung = (side: 1 | -1): readonly Solid[] => {
    const structure = side === 1 ? "rightLung" : "leftLung";
    const centre: readonly [number, number] = [side * 73, 2],
      radii: readonly [number, number] = [50, 72];
    return [
      column(frame, centre, radii, { hu: lungHu, structure, ...chest }),
      ellipsoid(frame, [...centre, chest.lowMm], [...radii, 30], {
        hu: lungHu,
        structure,
        highMm: chest.lowMm,
      }),
      ellipsoid(frame, [...centre, chest.highMm], [...radii, 24], {
        hu: lungHu,
        structure,
        lowMm: chest.highMm,
      }),
    ];
  };
  return [
    column(frame, [0, 0], [155, 110], { hu: -100, structure: "fat" }),
    column(frame, [0, 0], [143, 98], { hu: soft, structure: "soft" }),
    column(frame, [0, 6], [128, 84], { hu: -95, structure: "fat", highMm: 0 }),
    ...lung(1),
    ...lung(-1),
    column(frame, [-8, 44], [40, 34], { hu: vessel, structure: "vessel", ...chest }),
    column(frame, [-16, -34], [14, 14], { hu: vessel, structure: "vessel" }),
    column(frame, [0, -66], [22, 20], { hu: frame.random.between(260, 340), structure: "bone" }),
    column(frame, [0, -90], [8, 8], { hu: soft, structure: "bone" }),
  ];
}

/** Opacity in the back of a lung over the whole plateau, so that it does not tell the level. */
function opacitySolids(frame: BodyFrame): readonly Solid[] {
  const { random, truth } = frame;
  const hu = random.between(-340, -260);
  const side = (sign: 1 | -1): Solid =>
    column(frame, [sign * (73 + random.between(-5, 5)), -44], [34, 22], {
      hu,
      structure: sign === 1 ? "rightOpacity" : "leftOpacity",
      lowMm: chestPlateauMm.low,
      highMm: chestPlateauMm.high,
      over: maskOf("leftLung", "rightLung"),
    });
  const left = side(-1),
    right = side(1);
  switch (truth.opacitySide) {
    case "left":
      return [left];
    case "right":
      return [right];
    case "both":
      return [left, right];
    case "none":
      return [];
  }
}
