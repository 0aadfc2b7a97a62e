import type { Random } from "../random.ts";
import type { LesionOrgan, LesionType } from "./facts.ts";
import { type BodyFrame, ellipsoid, enhancementHu } from "./frame.ts";
import type { PointMm, Solid } from "./solids.ts";
import { lesionStructure, maskOf } from "./structures.ts";

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

/** What the organs are painted over. */
const inside = {
  highMm: abdomenTopMm,
  over: maskOf("fat", "soft", "leftLung", "rightLung", "liver", "spleen"),
};

/** Bowel, stomach, liver, spleen and kidneys, but for the organ that is missing. */
export function abdomenSolids(frame: BodyFrame): readonly Solid[] {
  const { random, truth } = frame;
  const hu = enhancementHu[truth.phase];
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
  const [liverAt, liverRadii] = nudged(frame.random, "liver");
  const liver = ellipsoid(frame, liverAt, liverRadii, {
    hu: hu.liver + random.between(-5, 5),
    structure: "liver",
    ...inside,
  });
  const [spleenAt, spleenRadii] = nudged(frame.random, "spleen");
  const spleen = ellipsoid(frame, spleenAt, spleenRadii, {
    hu: hu.spleen + random.between(-5, 5),
    structure: "spleen",
    ...inside,
  });
  const left = kidneySolids(frame, "left kidney"),
    right = kidneySolids(frame, "right kidney");
  const missing = truth.missingOrgan;
  return [
    bowel,
    stomach,
    liver,
    ...(missing === "spleen" ? [] : [spleen]),
    ...(missing === "left kidney" ? [] : left),
    ...(missing === "right kidney" ? [] : right),
  ];
}

/** Centre and radii of an organ, each body's a little different. */
function nudged(random: Random, organ: LesionOrgan): readonly [PointMm, PointMm] {
  const {
    centreMm: [x, y, z],
    radiiMm: [rx, ry, rz],
  } = organs[organ];
  const swell = random.between(0.94, 1.06);
  return [
    [x + random.between(-4, 4), y + random.between(-4, 4), z + random.between(-6, 0)],
    [rx * swell, ry * swell, rz * swell],
  ];
}

/** A kidney: cortex, and within it the pelvis that contrast medium reaches last. */
function kidneySolids(frame: BodyFrame, organ: "left kidney" | "right kidney"): readonly Solid[] {
  const hu = enhancementHu[frame.truth.phase];
  const [at, radii] = nudged(frame.random, organ);
  const structure = organStructure[organ];
  return [
    ellipsoid(frame, at, radii, { hu: hu.cortex + frame.random.between(-5, 5), structure, ...inside }),
    ellipsoid(frame, at, [radii[0] * 0.45, radii[1] * 0.45, radii[2] * 0.6], {
      hu: hu.pelvis,
      structure,
      highMm: abdomenTopMm,
      over: maskOf(structure),
    }),
  ];
}

/** A lesion of 0.13 to 0.18 of the body's half width inside its organ; an abscess is gas in a rim. */
export function lesionSolids(frame: BodyFrame): readonly [Solid, ...Solid[]] {
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
