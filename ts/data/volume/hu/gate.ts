import type { HuVerdict } from "../../../schema/volume.ts";
import { refuseBelowAir, refuseSpreadBelowAir } from "./below-air.ts";
import { refuseApart, sampledSlices } from "./between/neighbours.ts";
import { slicesOff } from "./between/slices.ts";
import { type HuHistogram, huHistogram } from "./histogram.ts";
import { refuseLabels } from "./labels.ts";
import { isTooDense, refuseMisplacedCrowd, refuseWithoutAir } from "./misplaced.ts";
import { n, notHu, percent } from "./not-hu.ts";
import { areSlicesWhole } from "./peaks/comb.ts";
import { pilesWithin } from "./peaks/piles.ts";
import { type Placement, placement } from "./peaks/placement.ts";
import { type HuEvidence, refuseByRange } from "./range.ts";
import { refuseByShift } from "./shift.ts";
import { airHu, floorSpike, leastAir, modeWidth, type Signature, signature, tissueHu } from "./signature.ts";
import { refuseWrapped } from "./wrapped.ts";

/** Name and version of the rule, in the names of shards: changed whenever the same scan would be judged otherwise. */
export const huGateRule = "tomoe.hu-gate/4";

/**
 * Without air, one of these makes a CT. Crops from the middle of the real scans: fat is 13 to 44 % of a trunk
 * and 0 to 1.4 % of a head; a brain has 69 to 100 % in 150 HU and peaks at 23 to 39 HU with 27 to 44 % in 10 HU.
 * The two MRs at hand have no fat, 55 and 64 % in 150 HU, and their peak at 5.
 */
const leastFat = 0.01;
const oneOrgan = 0.85;
/** The lowest voxel of a dense crop is at most this: noise of water or fat. MR and PET have none below 0. */
const leastNegative = -20;
/** Nothing but metal is denser. */
const mostDenseHu = 4096;
const brainPeak = { least: 0.12, above: 15, atMost: 75 };

/**
 * Judges whether voxels are Hounsfield units: air and soft tissue must lie where physics puts them.
 *
 * The thresholds of this folder were set by hand. What is said beside them was measured on five real scans
 * (two abdomens, a slice of a trunk, two heads), eight volumes of PhantomCT, and some fifteen files that are not
 * HU: enough to show that there is room on both sides, not to call them tuned. TABLE.md says what they catch.
 *
 * "ok": a peak of air and a peak of soft tissue are in place, at the distance that physics gives them. "suspect": one of
 * them is not in the picture (a crop, a window), all of them lie off by an offset or a scale, or a single value is piled
 * up. Voxels below -1100 (outside the field of view) are not judged.
 * @param voxels - finite values after rescale.
 * @param histogram - of these voxels, where it was counted before.
 * @param plane - voxels of a slice; all of them are one where it is absent.
 * @throws TomoeError `DATA_NOT_HU` with the likely cause, the peaks found and what undoes it: HU = voxel x
 * `details.factor` (1 where absent) + `details.addHu`.
 */
export function judgeHu(
  voxels: Int16Array | Float32Array,
  evidence: HuEvidence,
  histogram: HuHistogram = huHistogram(voxels),
  plane: number = voxels.length,
): HuVerdict {
  refuseWrapped(voxels, histogram);
  refuseByRange(histogram, evidence);
  const placed = placement(
    histogram,
    (slices) => voxels.BYTES_PER_ELEMENT === 2 && (!slices || areSlicesWhole(voxels, plane)),
  );
  if (placed.isCertain) refuseMisplaced(histogram, placed);
  const judged = placedVerdict(judgeShares(voxels, histogram, evidence, placed), placed, evidence);
  return suspected(judged, pilesWithin(histogram));
}

/**
 * Judges a stack of slices: each against its neighbours, and all of them together as `judgeHu` does.
 *
 * @param stack - slice after slice as stored, in HU; `plane` voxels each.
 * @param histogram - of these voxels, where it was counted before.
 * @param sampled - some of the voxels of each slice, where they were taken before.
 * @throws TomoeError `DATA_NOT_HU`
 */
export function judgeStack(
  stack: Int16Array | Float32Array,
  plane: number,
  evidence: HuEvidence,
  histogram?: HuHistogram,
  sampled: readonly Float32Array[] = sampledSlices(stack, plane),
): HuVerdict {
  refuseApart(stack, plane, sampled);
  return suspected(judgeHu(stack, evidence, histogram, plane), slicesOff(stack, plane, sampled));
}

function suspected(judged: HuVerdict, reasons: readonly string[]): HuVerdict {
  return reasons.length === 0
    ? judged
    : { ...judged, verdict: "suspect", reasons: [...judged.reasons, ...reasons] };
}

/** Refuses what no scan in HU looks like, with the line that undoes it. */
function refuseMisplaced(histogram: HuHistogram, placed: Placement): void {
  const { kind, inverse } = placed;
  if (inverse === undefined || kind === "in-place" || kind === "within" || kind === "unproven") return;
  if (kind !== "sign") refuseByShift(histogram);
  throw notHu(
    histogram,
    kind,
    placed.reasons[0] ?? "",
    `Convert the source again, with its own slope and intercept; ${placed.reasons[1] ?? ""}.`,
    { addHu: Math.round(inverse.addHu), ...(kind === "offset" ? {} : { factor: inverse.factor }) },
  );
}

/** What the peaks say beside the shares of air and tissue; a header that states the calibration stands in for air. */
function placedVerdict(judged: HuVerdict, placed: Placement, evidence: HuEvidence): HuVerdict {
  const isEnough = evidence.calibrated === true || (placed.isAirAlone === true && judged.verdict === "ok");
  if (placed.kind === "in-place" || placed.kind === "within") return judged;
  if (placed.kind === "unproven" && isEnough) return judged;
  return suspected(judged, placed.reasons);
}

/** Judges by where the voxels crowd, whatever peaks stand out of the crowd. */
function judgeShares(
  voxels: Int16Array | Float32Array,
  histogram: HuHistogram,
  evidence: HuEvidence,
  placed: Placement,
): HuVerdict {
  const found = signature(histogram, 0);
  const hasAir = found.airShare >= leastAir;
  const hasLung = found.lungShare >= leastAir;
  refuseSpreadBelowAir(histogram, found);
  if (hasLung && !hasAir) refuseWithoutAir(histogram);
  refuseMisplacedCrowd(histogram);
  // With a quarter denser than bone is, what looks like air and soft tissue may be padding and air on another
  // scale.
  if (isTooDense(histogram)) refuseByScale(histogram, found);
  if (found.tissueFits && (hasAir || hasLung))
    return verdict(histogram, "ok", describe(found, hasAir, hasLung));
  refuseByScale(histogram, found);
  if (found.tissueFits) return judgeWithoutAir(voxels, histogram, found, placed);
  if (hasAir || hasLung) return judgeWithoutTissue(histogram, found, hasAir, hasLung);
  refuseLabels(voxels, histogram);
  const dense = judgeDense(histogram, found, evidence);
  if (dense !== undefined) return dense;
  throw notHu(
    histogram,
    "not-ct-like",
    `neither air (-1000 HU) nor soft tissue (-100..200 HU) is where it belongs: the values run from ${n(histogram.min)} to ${n(histogram.max)}`,
    "Rescale the source to HU; for another modality there is no HU at all.",
  );
}

function refuseByScale(histogram: HuHistogram, found: Signature): void {
  refuseByShift(histogram);
  refuseBelowAir(histogram, found);
}

/**
 * Neither air nor soft tissue, in a crop that contrast medium or bone fills: HU all the same, where fat or water beside
 * it, or the scanner's own calibration, speaks for them. What is no CT here has no negative values.
 */
function judgeDense(histogram: HuHistogram, found: Signature, evidence: HuEvidence): HuVerdict | undefined {
  const { min, max } = histogram;
  const proven = evidence.calibrated === true || min <= leastNegative;
  if (!proven || min < airHu.low || max > mostDenseHu || isTooDense(histogram)) return undefined;
  if (floorSpike(histogram) !== undefined) return undefined;
  return verdict(histogram, "suspect", [
    `what fills the picture peaks at ${n(found.tissueHu)} HU, as contrast medium or bone does`,
    `no air (-1000 HU) and little soft tissue is in the picture; the lowest voxel is ${n(min)}`,
  ]);
}

/**
 * No air and no lung in the picture: a crop inside the body or a clipped window has fat, or is one organ;
 * anything else is no CT.
 */
function judgeWithoutAir(
  voxels: Int16Array | Float32Array,
  histogram: HuHistogram,
  found: Signature,
  placed: Placement,
): HuVerdict {
  refuseWithoutAir(histogram);
  refuseLabels(voxels, histogram);
  if (placed.kind === "within" && floorSpike(histogram) === undefined)
    return verdict(histogram, "ok", [
      "no air around a body is in the picture",
      `fat and soft tissue peak where they belong, soft tissue at ${n(found.tissueHu)} HU, in whole numbers that no scale was rounded to`,
    ]);
  const fat = histogram.share(-150, -40);
  const narrow = histogram.densest(tissueHu.low, tissueHu.high, tissueHu.width).share;
  const mode = histogram.densest(tissueHu.low, tissueHu.high, modeWidth);
  // A brain in its skull has neither air nor fat, but a peak that no MR background (near 0) and no MR tissue
  // (broad) makes.
  const peakHu = mode.start + modeWidth / 2;
  const brainLike = mode.share >= brainPeak.least && peakHu > brainPeak.above && peakHu <= brainPeak.atMost;
  if (fat < leastFat && narrow < oneOrgan && !brainLike) {
    throw notHu(
      histogram,
      "not-ct-like",
      `no voxel is air (-1000 HU) and ${percent(fat)} are fat (-150..-40 HU), yet the values spread to ${n(histogram.max)}: a histogram like that of MR`,
      "Give a CT scan; the numbers of other modalities are not HU.",
    );
  }
  const reasons = [
    `soft tissue peaks at ${n(found.tissueHu)} HU`,
    `no air (-1000 HU) or lung is in the picture; the lowest voxel is ${n(histogram.min)}`,
  ];
  if (histogram.min >= 0 && fat < leastFat)
    reasons.push("no voxel lies below 0, as in MR, whose numbers are not HU");
  const floor = floorSpike(histogram);
  if (floor !== undefined)
    reasons.push(
      `${percent(floor)} of the voxels are exactly ${n(histogram.min)}: the values were clipped there`,
    );
  return verdict(histogram, "suspect", reasons);
}

/** Air or lung without soft tissue: a slice beside the body, a crop of lung, a dry bone. */
function judgeWithoutTissue(
  histogram: HuHistogram,
  found: Signature,
  hasAir: boolean,
  hasLung: boolean,
): HuVerdict {
  const why =
    found.bodyShare < 0.001
      ? "nothing denser than lung is in the picture"
      : `what is denser than lung peaks at ${n(found.tissueHu)} HU, not at -100..200`;
  return verdict(histogram, "suspect", [
    ...describe(found, hasAir, hasLung).slice(0, 1),
    `no soft tissue peak: ${why}`,
  ]);
}

function describe(found: Signature, hasAir: boolean, hasLung: boolean): string[] {
  const air = hasAir
    ? `air peaks at ${n(found.airHu)} HU (${percent(found.airShare)} of the voxels)`
    : hasLung
      ? `aerated lung is in place (${percent(found.lungShare)} of the voxels)`
      : "no air";
  return [air, `soft tissue peaks at ${n(found.tissueHu)} HU (${percent(found.tissueShare)} of the voxels)`];
}

function verdict(histogram: HuHistogram, kind: "ok" | "suspect", reasons: readonly string[]): HuVerdict {
  return { verdict: kind, min: histogram.min, max: histogram.max, reasons };
}
