import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import { requireInteger } from "./seeds.ts";

/** Classes of every fact of a phantom, in the order of their indices; -1 on a case means "does not apply". */
export const factClasses = {
  plane: ["axial", "coronal", "sagittal", "oblique"],
  phase: ["non-contrast", "arterial", "portal venous", "delayed"],
  lesionOrgan: ["liver", "spleen", "left kidney", "right kidney"],
  lesionType: ["cyst", "mass", "calcification", "abscess"],
  missingOrgan: ["none", "spleen", "left kidney", "right kidney"],
  opacitySide: ["left", "right", "both", "none"],
  granulomaHigher: ["left", "right", "same", "none"],
  vesselOrNodules: ["vessel", "nodules", "cavity", "none"],
} as const;

export type FactName = keyof typeof factClasses;
export type FactClass<Name extends FactName> = (typeof factClasses)[Name][number];
export type Plane = FactClass<"plane">;
export type Phase = FactClass<"phase">;
export type LesionOrgan = FactClass<"lesionOrgan">;
export type LesionType = FactClass<"lesionType">;

/**
 * What is true of one phantom. `granulomaHigher` and `vesselOrNodules` are facts of order along z; they exist
 * in axial
 * stacks alone (null elsewhere), where no single slice and no count of slices tells their first two classes
 * apart.
 */
export interface PhantomTruth {
  readonly seed: number;
  readonly plane: Plane;
  readonly phase: Phase;
  readonly lesionOrgan: LesionOrgan;
  readonly lesionType: LesionType;
  readonly missingOrgan: FactClass<"missingOrgan">;
  readonly opacitySide: FactClass<"opacitySide">;
  readonly granulomaHigher: FactClass<"granulomaHigher"> | null;
  readonly vesselOrNodules: FactClass<"vesselOrNodules"> | null;
}

/** Share of each plane among volumes. */
const planeShares: readonly (readonly [Plane, number])[] = [
  ["axial", 0.7],
  ["coronal", 0.1],
  ["sagittal", 0.1],
  ["oblique", 0.1],
];

/**
 * The facts of the phantom of a seed: a pure function of it.
 *
 * @param seed safe integer >= 0
 * @param plane fixes the acquisition plane instead of drawing it (the 2D set does)
 * @throws CONFIG_INVALID when the seed is no safe integer
 */
export function phantomTruth(seed: number, plane?: Plane): PhantomTruth {
  requireInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const random = createRandom(seed, "facts");
  const drawnPlane = drawPlane(random);
  const lesionOrgan = random.pick(factClasses.lesionOrgan);
  const truth = {
    seed,
    plane: plane ?? drawnPlane,
    phase: random.pick(factClasses.phase),
    lesionOrgan,
    lesionType: random.pick(factClasses.lesionType),
    missingOrgan: drawMissing(random, lesionOrgan),
    opacitySide: random.pick(factClasses.opacitySide),
    granulomaHigher: random.pick(factClasses.granulomaHigher),
    vesselOrNodules: random.pick(factClasses.vesselOrNodules),
  };
  return truth.plane === "axial" ? truth : { ...truth, granulomaHigher: null, vesselOrNodules: null };
}

function drawPlane(random: Random): Plane {
  let left = random.uniform();
  for (const [plane, share] of planeShares) {
    if (left < share) return plane;
    left -= share;
  }
  return "oblique";
}

/**
 * An organ with a lesion is never missing, yet each answer stays equally likely over all phantoms: "none"
 * keeps its quarter,
 * and each of the other two organs takes 3/8 where the third holds the lesion (1/4 * 1/4 + 1/2 * 3/8 = 1/4).
 */
function drawMissing(random: Random, lesionOrgan: LesionOrgan): FactClass<"missingOrgan"> {
  if (random.chance(0.25)) return "none";
  const removable = factClasses.missingOrgan.filter((organ) => organ !== "none" && organ !== lesionOrgan);
  return random.pick(removable);
}

/** Facts of presence derived from the truth; both sets carry them, `absent` first. */
export const presenceFacts = [
  "spleen",
  "leftKidney",
  "rightKidney",
  "leftGranuloma",
  "rightGranuloma",
] as const;

/** Manifest entry: the classes of each fact, presence facts included. */
export function factTable(): Record<string, string[]> {
  const table: Record<string, string[]> = {};
  for (const [name, classes] of Object.entries(factClasses)) table[name] = [...classes];
  for (const name of presenceFacts) table[name] = ["absent", "present"];
  return table;
}

/** The class index of a fact's value, -1 for null. */
export function classIndex<Name extends FactName>(name: Name, value: FactClass<Name> | null): number {
  return value === null ? -1 : (factClasses[name] as readonly string[]).indexOf(value);
}

/** The `facts` of a case row of a whole volume. */
export function factIndices(truth: PhantomTruth): Record<string, number> {
  const granulomas = truth.granulomaHigher === null ? -1 : truth.granulomaHigher === "none" ? 0 : 1;
  return {
    plane: classIndex("plane", truth.plane),
    phase: classIndex("phase", truth.phase),
    lesionOrgan: classIndex("lesionOrgan", truth.lesionOrgan),
    lesionType: classIndex("lesionType", truth.lesionType),
    missingOrgan: classIndex("missingOrgan", truth.missingOrgan),
    opacitySide: classIndex("opacitySide", truth.opacitySide),
    granulomaHigher: classIndex("granulomaHigher", truth.granulomaHigher),
    vesselOrNodules: classIndex("vesselOrNodules", truth.vesselOrNodules),
    spleen: truth.missingOrgan === "spleen" ? 0 : 1,
    leftKidney: truth.missingOrgan === "left kidney" ? 0 : 1,
    rightKidney: truth.missingOrgan === "right kidney" ? 0 : 1,
    leftGranuloma: granulomas,
    rightGranuloma: granulomas,
  };
}
