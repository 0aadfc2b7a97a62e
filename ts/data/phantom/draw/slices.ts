import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import type { PhantomBody } from "../truth/anatomy.ts";
import type { PhantomTruth, Plane } from "../truth/facts.ts";
import { factClasses, phantomTruth } from "../truth/facts.ts";
import { levelMm } from "../truth/order-findings.ts";
import type { PointMm } from "../truth/solids.ts";
import type { Structure } from "../truth/structures.ts";
import { lesionStructure, structures } from "../truth/structures.ts";
import { scanPhantomSlice } from "./scan.ts";
import type { ShapeTruth, SliceImage } from "./shapes.ts";
import { drawShape, shapeTruth } from "./shapes.ts";

/** What can be said of one slice of a phantom; null = cannot be told from it. */
export interface SliceView {
  readonly truth: PhantomTruth;
  /** Pixels of each structure. */
  readonly pixels: ReadonlyMap<Structure, number>;
  readonly phase: PhantomTruth["phase"] | null;
  readonly lesionSeen: boolean;
  /** Organs that show, each by enough pixels or by the lesion in it, which may hide it. */
  readonly organsSeen: readonly SliceOrgan[];
  /** The missing organ, where spleen and both kidneys would show. */
  readonly missingOrgan: PhantomTruth["missingOrgan"] | null;
  readonly opacitySide: PhantomTruth["opacitySide"] | null;
  /** Side of the granulomas, in axial slices of the chest. */
  readonly granulomaSide: PhantomTruth["opacitySide"] | null;
  /**
   * What lies in the front of the lungs, in axial slices of the chest: one slice cannot tell a vessel from a
   * nodule.
   */
  readonly frontFinding: "spot" | "cavity" | "none" | null;
}

/** Organs whose presence a slice can show. */
export const sliceOrgans = ["liver", "spleen", "leftKidney", "rightKidney"] as const;

export type SliceOrgan = (typeof sliceOrgans)[number];

const organOfLesion: Record<PhantomTruth["lesionOrgan"], SliceOrgan> = {
  liver: "liver",
  spleen: "spleen",
  "left kidney": "leftKidney",
  "right kidney": "rightKidney",
};

/** One slice of the 2D set. */
export type SliceSample = {
  readonly plane: Plane;
  readonly seed: number;
  readonly image: SliceImage;
} & (
  | { readonly kind: "anatomy"; readonly view: SliceView }
  | { readonly kind: "shape"; readonly truth: ShapeTruth }
);

/** Fewest pixels that count as seen, of a 48 x 48 slice; scaled by area for other sizes. */
const seenPixels = 6;
const shapeShare = 0.2;
const slicePlanes: readonly (readonly [Plane, number])[] = [
  ["axial", 0.61],
  ["coronal", 0.13],
  ["sagittal", 0.13],
  ["oblique", 0.13],
];
/** Share of axial slices asked for their plane, so that the four answers are equally likely. */
export const axialSliceAsked = 0.13 / 0.61;

/**
 * The slice of a seed: a pure function of seed and size. Findings are cut more often than chance would.
 *
 * @param seed from the stream "slices"
 * @param sizeHW rows, columns
 */
export function sliceSample(seed: number, sizeHW: readonly [number, number]): SliceSample {
  const random = createRandom(seed, "slices");
  if (random.chance(shapeShare)) {
    const truth = shapeTruth(seed, random);
    return { kind: "shape", plane: "axial", seed, image: drawShape(truth, sizeHW), truth };
  }
  const plane = drawSlicePlane(random);
  const truth = phantomTruth(seed, plane);
  const image = scanPhantomSlice(truth, sizeHW, (body) => chooseCut(truth, body, random));
  return { kind: "anatomy", plane, seed, image, view: viewOf(truth, image) };
}

function drawSlicePlane(random: Random): Plane {
  let left = random.uniform();
  for (const [plane, share] of slicePlanes) {
    if (left < share) return plane;
    left -= share;
  }
  return "oblique";
}

const orderStructures: readonly Structure[] = [
  "leftGranuloma",
  "rightGranuloma",
  "leftSpot",
  "rightSpot",
  "leftCavity",
  "rightCavity",
];

/**
 * The middle of one level of a finding of order, of the chest, of the kidneys, of the lesion, or anywhere.
 */
function chooseCut(truth: PhantomTruth, body: PhantomBody, random: Random): PointMm {
  const [x, y, z] = body.lesionMm;
  const nearLesion: PointMm = [
    x + random.between(-8, 8),
    y + random.between(-8, 8),
    z + random.between(-8, 8),
  ];
  const anywhere: PointMm = [random.between(-110, 110), random.between(-80, 80), random.between(-130, 140)];
  const what = random.uniform();
  if (truth.plane !== "axial") return what < 0.55 ? nearLesion : anywhere;
  if (what < 0.4) return nearLesion;
  if (what < 0.55) return [0, 0, random.between(organLevelMm.low, organLevelMm.high)];
  const findings = body.solids.filter((solid) => orderStructures.includes(solid.structure));
  if (what < 0.8 && findings.length > 0) {
    const solid = random.pick(findings);
    const levels = Math.round((solid.highMm - solid.lowMm) / levelMm);
    return [0, 0, solid.lowMm + (random.below(levels) + 0.5) * levelMm];
  }
  if (what < 0.9) return [0, 0, random.between(5, 135)];
  return anywhere;
}

/** Heights at which an axial slice shows the spleen and both kidneys, if they are there. */
export const organLevelMm = { low: -84, high: -52 } as const;

function viewOf(truth: PhantomTruth, image: SliceImage): SliceView {
  const pixels = new Map<Structure, number>();
  for (const id of image.structureIds) {
    const structure = structures[id] as Structure;
    pixels.set(structure, (pixels.get(structure) ?? 0) + 1);
  }
  const [, height, width] = image.grid.shapeDHW;
  const least = (seenPixels * height * width) / (48 * 48);
  const seen = (structure: Structure): boolean => (pixels.get(structure) ?? 0) >= least;
  const lesionSeen = seen(lesionStructure(truth.lesionType));
  const axial = truth.plane === "axial";
  const z = image.grid.originMm[2];
  const chest = axial && z > 0 && z < 144;
  const organLevel = axial && z >= organLevelMm.low && z <= organLevelMm.high;
  // A granuloma is drawn small: one pixel of it is enough to see it.
  const side = (left: Structure, right: Structure): PhantomTruth["opacitySide"] =>
    pixels.has(left) ? (pixels.has(right) ? "both" : "left") : pixels.has(right) ? "right" : "none";
  return {
    truth,
    pixels,
    phase: seen("vessel") ? truth.phase : null,
    organsSeen: sliceOrgans.filter(
      (organ) => seen(organ) || (lesionSeen && organOfLesion[truth.lesionOrgan] === organ),
    ),
    lesionSeen,
    missingOrgan: organLevel ? truth.missingOrgan : null,
    opacitySide: chest ? side("leftOpacity", "rightOpacity") : null,
    granulomaSide: chest ? side("leftGranuloma", "rightGranuloma") : null,
    frontFinding: chest
      ? frontFinding(side("leftSpot", "rightSpot"), side("leftCavity", "rightCavity"))
      : null,
  };
}

function frontFinding(
  spot: PhantomTruth["opacitySide"],
  cavity: PhantomTruth["opacitySide"],
): "spot" | "cavity" | "none" {
  if (spot !== "none") return "spot";
  return cavity === "none" ? "none" : "cavity";
}

/** Options of the question for the side of granulomas. */
export const granulomaSides = factClasses.opacitySide;
