import type { Random } from "../random.ts";
import type { PhantomTruth } from "./facts.ts";
import type { Span } from "./order-placement.ts";
import { drawOrderPlacement } from "./order-placement.ts";
import type { PointMm, Solid } from "./solids.ts";
import { maskOf } from "./structures.ts";

/**
 * Height of one level of the chest plateau, mm: a sixteenth of the field of view. Findings of order fill
 * whole levels, so that
 * a stack of 16, 32, ... axial slices shows each finding in whole slices, every one of them alike.
 */
export const levelMm = 18;

interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/**
 * Findings whose order along z is the fact: all discs of one finding are alike, so only where they lie tells
 * its class.
 *
 * @param placement middle and scale of the body
 */
export function orderSolids(truth: PhantomTruth, placement: Placement, random: Random): readonly Solid[] {
  const lineSide: 1 | -1 = random.chance(0.5) ? 1 : -1;
  const granulomaY = random.between(-12, -4),
    lineY = random.between(34, 42),
    lineX = random.between(76, 82);
  const spread = random.between(-6, 6);
  const { left, right, line } = drawOrderPlacement(truth, random);
  const solids: Solid[] = [];
  for (const [side, span] of [
    [-1, left],
    [1, right],
  ] as const) {
    if (span === null) continue;
    solids.push(
      disc(
        placement,
        [side * (76 + spread), granulomaY],
        13,
        span,
        450,
        side === 1 ? "rightGranuloma" : "leftGranuloma",
      ),
    );
  }
  for (const span of line) {
    if (truth.vesselOrNodules === "cavity")
      solids.push(...ring(placement, [lineSide * lineX, lineY], span, lineSide));
    else
      solids.push(
        disc(placement, [lineSide * lineX, lineY], 13, span, 70, lineSide === 1 ? "rightSpot" : "leftSpot"),
      );
  }
  return solids;
}

function disc(
  placement: Placement,
  [x, y]: readonly [number, number],
  radiusMm: number,
  [from, levels]: Span,
  hu: number,
  structure: Solid["structure"],
): Solid {
  const centreMm: PointMm = [placement.x + x * placement.scale, placement.y + y * placement.scale, 0];
  return {
    shape: "column",
    centreMm,
    radiiMm: [radiusMm, radiusMm, 1],
    lowMm: from * levelMm,
    highMm: (from + levels) * levelMm,
    hu,
    structure,
    over: maskOf("leftLung", "rightLung", "leftOpacity", "rightOpacity"),
  };
}

/** A cavity: a thick wall around air; the air keeps the cavity's structure. */
function ring(
  placement: Placement,
  at: readonly [number, number],
  span: Span,
  side: 1 | -1,
): readonly Solid[] {
  const structure = side === 1 ? "rightCavity" : "leftCavity";
  const outer = disc(placement, at, 20, span, 70, structure);
  return [outer, { ...disc(placement, at, 10, span, -900, structure), over: maskOf(structure) }];
}
