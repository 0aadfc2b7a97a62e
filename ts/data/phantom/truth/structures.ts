import type { LesionType } from "./facts.ts";

/** Classes of the dense patch labels, in index order. */
export const patchClasses = [
  "air",
  "fat",
  "soft",
  "lung",
  "liver",
  "spleen",
  "kidney",
  "bone",
  "vessel",
  "cyst",
  "mass",
  "calcification",
  "abscess",
  "granuloma",
  "opacity",
  "nodule",
  "cavity",
  "disc",
  "square",
  "ring",
  "cross",
] as const;

export type PatchClass = (typeof patchClasses)[number];

/**
 * What a voxel belongs to, finer than the patch classes: sides are kept apart. Order = id stored per voxel.
 */
const structureTable = [
  ["air", "air"],
  ["fat", "fat"],
  ["soft", "soft"],
  ["leftLung", "lung"],
  ["rightLung", "lung"],
  ["liver", "liver"],
  ["spleen", "spleen"],
  ["leftKidney", "kidney"],
  ["rightKidney", "kidney"],
  ["bone", "bone"],
  ["vessel", "vessel"],
  ["cyst", "cyst"],
  ["mass", "mass"],
  ["calcification", "calcification"],
  ["abscess", "abscess"],
  ["leftGranuloma", "granuloma"],
  ["rightGranuloma", "granuloma"],
  ["leftOpacity", "opacity"],
  ["rightOpacity", "opacity"],
  ["leftSpot", "nodule"],
  ["rightSpot", "nodule"],
  ["leftCavity", "cavity"],
  ["rightCavity", "cavity"],
  ["disc", "disc"],
  ["square", "square"],
  ["ring", "ring"],
  ["cross", "cross"],
] as const satisfies readonly (readonly [string, PatchClass])[];

export type Structure = (typeof structureTable)[number][0];

/** All structures; the index is the id. */
export const structures: readonly Structure[] = structureTable.map(([name]) => name);

const patchClassOfId: Uint8Array = Uint8Array.from(structureTable, ([, patchClass]) =>
  patchClasses.indexOf(patchClass),
);

/** Id of a structure. */
export function structureId(structure: Structure): number {
  return structures.indexOf(structure);
}

/** Index into `patchClasses` of a structure id. */
export function patchClassIndex(id: number): number {
  return patchClassOfId[id] ?? 0;
}

/** A set of structures as a bit mask over their ids; there are fewer than 32. */
export function maskOf(...members: readonly Structure[]): number {
  return members.reduce((mask, member) => mask | (1 << structureId(member)), 0);
}

/** Lesion types are structures of the same name. */
export function lesionStructure(type: LesionType): Structure {
  return type;
}
