import type { PhantomTruth } from "./facts.ts";
import type { Random } from "./random.ts";
import type { PointMm, Solid } from "./solids.ts";
import { maskOf } from "./structures.ts";

/**
 * Height of one level of the chest plateau, mm: a sixteenth of the field of view. Findings of order fill whole levels, so that
 * a stack of 16, 32, ... axial slices shows each finding in whole slices, every one of them alike.
 */
export const levelMm = 18;

/** Levels of the chest plateau, counted upward from z = 0. */
export const plateauLevels = 8;

interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

type Span = readonly [from: number, levels: number];

/**
 * Findings whose order along z is the fact. Left-higher and right-higher granulomas, and a vessel and stacked nodules, show
 * the same multiset of slices: only the order in which they come differs.
 *
 * @param placement middle and scale of the body
 */
export function orderSolids(truth: PhantomTruth, placement: Placement, random: Random): readonly Solid[] {
  const granulomas = granulomaSpans(truth.granulomaHigher, random);
  const line = lineSpans(truth.vesselOrNodules, random);
  const lineSide: 1 | -1 = random.chance(0.5) ? 1 : -1;
  const granulomaY = random.between(-12, -4), lineY = random.between(34, 42), lineX = random.between(76, 82);
  const spread = random.between(-6, 6);
  const solids: Solid[] = [];
  for (const [side, span] of [[-1, granulomas.left], [1, granulomas.right]] as const) {
    if (span === null) continue;
    solids.push(disc(placement, [side * (76 + spread), granulomaY], 13, span, 450, side === 1 ? "rightGranuloma" : "leftGranuloma"));
  }
  for (const span of line) {
    if (truth.vesselOrNodules === "cavity") solids.push(...ring(placement, [lineSide * lineX, lineY], span, lineSide));
    else solids.push(disc(placement, [lineSide * lineX, lineY], 13, span, 70, lineSide === 1 ? "rightSpot" : "leftSpot"));
  }
  return solids;
}

/** Two levels each; where one is higher, at least one empty level lies between them. */
function granulomaSpans(higher: PhantomTruth["granulomaHigher"], random: Random): { readonly left: Span | null; readonly right: Span | null } {
  const low = random.below(4);
  const high = low + 3 + random.below(4 - low);
  const level = random.below(7);
  switch (higher) {
    case null: case "none": return { left: null, right: null };
    case "same": return { left: [level, 2], right: [level, 2] };
    case "left": return { left: [high, 2], right: [low, 2] };
    case "right": return { left: [low, 2], right: [high, 2] };
  }
}

/** A vessel fills four levels in a row; nodules fill two and two with two empty ones between; a cavity fills four. */
function lineSpans(kind: PhantomTruth["vesselOrNodules"], random: Random): readonly Span[] {
  const four = random.below(5), six = random.below(3);
  switch (kind) {
    case null: case "none": return [];
    case "nodules": return [[six, 2], [six + 4, 2]];
    case "vessel": case "cavity": return [[four, 4]];
  }
}

function disc(placement: Placement, [x, y]: readonly [number, number], radiusMm: number, [from, levels]: Span, hu: number, structure: Solid["structure"]): Solid {
  const centreMm: PointMm = [placement.x + x * placement.scale, placement.y + y * placement.scale, 0];
  return {
    shape: "column", centreMm, radiiMm: [radiusMm, radiusMm, 1], lowMm: from * levelMm, highMm: (from + levels) * levelMm, hu, structure,
    over: maskOf("leftLung", "rightLung", "leftOpacity", "rightOpacity"),
  };
}

/** A cavity: a thick wall around air; the air keeps the cavity's structure. */
function ring(placement: Placement, at: readonly [number, number], span: Span, side: 1 | -1): readonly Solid[] {
  const structure = side === 1 ? "rightCavity" : "leftCavity";
  const outer = disc(placement, at, 20, span, 70, structure);
  return [outer, { ...disc(placement, at, 10, span, -900, structure), over: maskOf(structure) }];
}
