import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import type { LesionOrgan, LesionType, PhantomTruth, Phase } from "./facts.ts";
import { orderSolids } from "./order-findings.ts";
import type { PointMm, Solid } from "./solids.ts";
import { lesionStructure, maskOf } from "./structures.ts";

/**
 * The chest above z = 0 is the same in every axial slice up to this height: nothing in it tells the level.
 */
export const chestPlateauMm = { low: 0, high: 144 } as const;

const far = 1000;
const everything = 0x7fffffff;

/** HU of what contrast medium reaches, by phase. */
const enhancementHu: Record<
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

const lesionHu: Record<LesionType, number> = { cyst: -20, mass: 260, calcification: 800, abscess: -600 };

/** Where each organ that can hold a lesion lies, relative to the middle of the body; right is +x. */
const organs: Record<LesionOrgan, { readonly centreMm: PointMm; readonly radiiMm: PointMm }> = {
  liver: { centreMm: [62, 24, -62], radiiMm: [72, 58, 60] },
  spleen: { centreMm: [-96, -18, -52], radiiMm: [34, 46, 48] },
  "left kidney": { centreMm: [-46, -46, -86], radiiMm: [27, 25, 52] },
  "right kidney": { centreMm: [48, -46, -90], radiiMm: [27, 25, 52] },
};

const organStructure = {
  liver: "liver",
  spleen: "spleen",
  "left kidney": "leftKidney",
  "right kidney": "rightKidney",
} as const;

/** Abdominal organs and lesions end below the chest, so that its slices stay alike. */
const abdomenTopMm = -1;

/** A phantom's body and the noise of its scan. */
export interface PhantomBody {
  readonly solids: readonly Solid[];
  /** Standard deviation of the noise, HU. */
  readonly noiseHu: number;
  /** Centre of the lesion, mm. */
  readonly lesionMm: PointMm;
}

interface BodyFrame {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly random: Random;
  readonly truth: PhantomTruth;
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
    solids: [...trunk, ...abdomen.solids, ...lesion, ...opacity, ...order],
    noiseHu,
    lesionMm: lesion[0].centreMm,
  };
}

function place(frame: BodyFrame, [x, y, z]: PointMm): PointMm {
  return [frame.x + x * frame.scale, frame.y + y * frame.scale, z];
}

function grow(frame: BodyFrame, [x, y, z]: PointMm): PointMm {
  return [x * frame.scale, y * frame.scale, z];
}

function column(
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

function ellipsoid(
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

function abdomenSolids(frame: BodyFrame): { readonly solids: readonly Solid[] } {
  const { random, truth } = frame;
  const hu = enhancementHu[truth.phase];
  const inside = {
    highMm: abdomenTopMm,
    over: maskOf("fat", "soft", "leftLung", "rightLung", "liver", "spleen"),
  };
  const nudged = (organ: LesionOrgan): readonly [PointMm, PointMm] => {
    const {
      centreMm: [x, y, z],
      radiiMm: [rx, ry, rz],
    } = organs[organ];
    const swell = random.between(0.94, 1.06);
    return [
      [x + random.between(-4, 4), y + random.between(-4, 4), z + random.between(-6, 0)],
      [rx * swell, ry * swell, rz * swell],
    ];
  };
  const bowel = ellipsoid(frame, [-6 + random.between(-8, 8), 40, -118], [64, 34, 40], {
    hu: random.between(30, 45),
    structure: "soft",
    ...inside,
  });
  const stomach = ellipsoid(frame, [-48 + random.between(-6, 6), 44, -44], [32, 28, 34], {
    hu: random.between(25, 40),
    structure: "soft",
    ...inside,
  });
  const [liverAt, liverRadii] = nudged("liver");
  const liver = ellipsoid(frame, liverAt, liverRadii, {
    hu: hu.liver + random.between(-5, 5),
    structure: "liver",
    ...inside,
  });
  const [spleenAt, spleenRadii] = nudged("spleen");
  const spleen = ellipsoid(frame, spleenAt, spleenRadii, {
    hu: hu.spleen + random.between(-5, 5),
    structure: "spleen",
    ...inside,
  });
  const kidney = (organ: "left kidney" | "right kidney"): readonly Solid[] => {
    const [at, radii] = nudged(organ);
    const structure = organStructure[organ];
    return [
      ellipsoid(frame, at, radii, { hu: hu.cortex + random.between(-5, 5), structure, ...inside }),
      ellipsoid(frame, at, [radii[0] * 0.45, radii[1] * 0.45, radii[2] * 0.6], {
        hu: hu.pelvis,
        structure,
        highMm: abdomenTopMm,
        over: maskOf(structure),
      }),
    ];
  };
  const left = kidney("left kidney"),
    right = kidney("right kidney");
  const missing = truth.missingOrgan;
  return {
    solids: [
      bowel,
      stomach,
      liver,
      ...(missing === "spleen" ? [] : [spleen]),
      ...(missing === "left kidney" ? [] : left),
      ...(missing === "right kidney" ? [] : right),
    ],
  };
}

/** A lesion of 0.13 to 0.18 of the body's half width inside its organ; an abscess is gas in a rim. */
function lesionSolids(frame: BodyFrame): readonly [Solid, ...Solid[]] {
  const { random, truth } = frame;
  const {
    centreMm: [x, y, z],
  } = organs[truth.lesionOrgan];
  const radius = 155 * random.between(0.13, 0.18);
  const inLiver = truth.lesionOrgan === "liver";
  const across = inLiver ? 26 : 5,
    along = inLiver ? 22 : 10;
  const at: PointMm = [
    x + random.between(-across, across),
    y + random.between(inLiver ? -14 : -5, across),
    z - 4 + random.between(-along, along),
  ];
  const structure = lesionStructure(truth.lesionType);
  const rest = {
    structure,
    highMm: abdomenTopMm,
    over: maskOf("fat", "soft", "liver", "spleen", "leftKidney", "rightKidney", "leftLung", "rightLung"),
  };
  const hu = lesionHu[truth.lesionType] + random.between(-8, 8);
  if (truth.lesionType !== "abscess")
    return [ellipsoid(frame, at, [radius, radius, radius], { hu, ...rest })];
  const core = radius * 0.7;
  return [
    ellipsoid(frame, at, [radius, radius, radius], { hu: 70, ...rest }),
    ellipsoid(frame, at, [core, core, core], { hu, ...rest, over: maskOf(structure) }),
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
