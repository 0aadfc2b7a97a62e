import { type JsonValue, TomoeError } from "../../../errors.ts";
import type { HuVerdict } from "../../../schema/volume.ts";
import { type HuHistogram, huHistogram } from "./histogram.ts";

/** Name and version of the rule, in the names of shards: changed whenever the same scan would be judged otherwise. */
export const huGateRule = "tomoe.hu-gate/1";

/** What is known of the voxels beside their values. */
export interface HuEvidence {
  /** Type of the stored numbers, e.g. "uint8". */
  readonly storedDtype: string;
  /** True when a slope or an intercept was applied. */
  readonly scaled: boolean;
}

/** Why voxels are not HU. */
export type NotHuCause =
  | "constant"
  | "8-bit"
  | "normalised"
  | "unscaled"
  | "rescaled-twice"
  | "intercept-8192"
  | "values-below-air"
  | "no-soft-tissue"
  | "not-ct-like";

/**
 * Shares and places are of the HU scale: air -1000 and water 0 by definition (Hounsfield 1973), fat
 * -120..-60, soft tissue 20..80, enhanced up to about 250.
 */
const airHu = { low: -1100, high: -880, width: 60 };
const lungHu = { low: -1000, high: -600, width: 100 };
const tissueHu = { low: -400, high: 1500, width: 150, centreLow: -130, centreHigh: 220 };
/**
 * A peak of air counts from this share of all voxels, soft tissue from this share of what is denser than
 * lung.
 */
const leastAir = 0.005;
const leastTissue = 0.2;
/** No CT spans less than this between its lowest and highest voxel: noise alone does. */
const leastRange = 30;
/** Width in HU in which the commonest value of a tissue is sought. */
const modeWidth = 10;
/** Below this nothing is air any more, only padding outside the field of view. */
const belowAirHu = -1400;
/** Dense bone starts here, and is never this share of a picture. */
const denseHu = 700;
const mostDense = 0.25;
/** Padding is one value; lossy compression spreads it a little. */
const paddingWidth = 25;
const paddingShare = 0.6;
const anotherScale =
  "The values are on another scale; convert the source again, with its slope and intercept.";

/** Wrong scales seen in the wild, as what must be added to get HU back. */
const shifts: readonly { readonly add: number; readonly cause: NotHuCause; readonly why: string }[] = [
  { add: 1024, cause: "rescaled-twice", why: "the intercept of -1024 was applied twice" },
  {
    add: 1000,
    cause: "rescaled-twice",
    why: "an intercept of -1000 was applied to values that were HU already",
  },
  {
    add: -1024,
    cause: "unscaled",
    why: "the stored values were never rescaled (RescaleIntercept -1024 is missing)",
  },
  {
    add: -1000,
    cause: "unscaled",
    why: "the stored values were never rescaled (an intercept of -1000 is missing)",
  },
  { add: 7168, cause: "intercept-8192", why: "an intercept of -8192 was applied where -1024 belongs" },
  {
    add: 8192,
    cause: "intercept-8192",
    why: "an intercept of -8192 was applied to values that were HU already",
  },
];

/** Where air and soft tissue lie when `add` is added to every voxel. */
interface Signature {
  /** HU of the commonest air. */
  readonly airHu: number;
  readonly airShare: number;
  readonly lungShare: number;
  /** HU of the commonest tissue. */
  readonly tissueHu: number;
  readonly tissueShare: number;
  /** Share of voxels above -400. */
  readonly bodyShare: number;
  readonly tissueFits: boolean;
}

function signature(histogram: HuHistogram, add: number): Signature {
  // A clipped scan piles its air up at the lowest value, which is then not tissue.
  const from = Math.max(
    tissueHu.low - add,
    floorSpike(histogram) === undefined ? Number.NEGATIVE_INFINITY : Math.floor(histogram.min) + 1,
  );
  const air = histogram.densest(airHu.low - add, airHu.high - add, airHu.width);
  const airMode = histogram.densest(airHu.low - add, airHu.high - add, modeWidth);
  const lung = histogram.densest(lungHu.low - add, lungHu.high - add, lungHu.width);
  const tissue = histogram.densest(from, tissueHu.high - add, tissueHu.width);
  const tissueMode = histogram.densest(tissue.start, tissue.start + tissueHu.width, modeWidth);
  const bodyShare = histogram.share(from, 1 << 20);
  const tissueCentre = tissue.start + add + tissueHu.width / 2;
  return {
    airHu: airMode.start + add + modeWidth / 2,
    airShare: air.share,
    lungShare: lung.share,
    tissueHu: tissueMode.start + add + modeWidth / 2,
    tissueShare: tissue.share,
    bodyShare,
    tissueFits:
      bodyShare > 0 &&
      tissue.share / bodyShare >= leastTissue &&
      tissueCentre >= tissueHu.centreLow &&
      tissueCentre <= tissueHu.centreHigh,
  };
}

/** Share of the voxels that are exactly the lowest value, when it is a pile no noise makes. */
function floorSpike(histogram: HuHistogram): number | undefined {
  const floor = Math.floor(histogram.min);
  const share = histogram.share(floor, floor + 1);
  return share > 0.1 ? share : undefined;
}

/**
 * Judges whether voxels are Hounsfield units: air and soft tissue must lie where physics puts them.
 *
 * "ok": a peak of air or aerated lung and a peak of soft tissue are in place. "suspect": one of the two is
 * not in the picture (a crop, a window),
 * and nothing speaks against HU. Voxels below -1100 (outside the field of view) are not judged.
 * @param voxels - finite values after rescale.
 * @throws TomoeError `DATA_NOT_HU` with the likely cause, the peaks found and, for a shift, what to add.
 */
export function judgeHu(voxels: Int16Array | Float32Array, evidence: HuEvidence): HuVerdict {
  const histogram = huHistogram(voxels);
  refuseByRange(histogram, evidence);
  const found = signature(histogram, 0);
  const hasAir = found.airShare >= leastAir;
  const hasLung = found.lungShare >= leastAir;
  refuseSpreadBelowAir(histogram, found);
  if (hasLung && !hasAir) refuseWithoutAir(histogram);
  refuseMisplacedCrowd(histogram);
  // With a quarter denser than bone is, what looks like air and soft tissue may be padding and air on another
  // scale.
  if (histogram.share(denseHu, 1 << 20) > mostDense) refuseByShift(histogram, found);
  if (found.tissueFits && (hasAir || hasLung))
    return verdict(histogram, "ok", describe(found, hasAir, hasLung));
  refuseByShift(histogram, found);
  if (found.tissueFits) return judgeWithoutAir(histogram, found);
  if (hasAir || hasLung) return judgeWithoutTissue(histogram, found, hasAir, hasLung);
  throw refuse(
    histogram,
    "not-ct-like",
    `neither air (-1000 HU) nor soft tissue (-100..200 HU) is where it belongs: the values run from ${n(histogram.min)} to ${n(histogram.max)}`,
    "Rescale the source to HU; for another modality there is no HU at all.",
  );
}

function refuseByRange(histogram: HuHistogram, evidence: HuEvidence): void {
  const { min, max } = histogram;
  if (min === max)
    throw refuse(
      histogram,
      "constant",
      `every voxel is ${n(min)}`,
      "The scan is empty, or an intercept was applied that pushed everything to one end.",
    );
  if ((evidence.storedDtype === "uint8" || evidence.storedDtype === "int8") && !evidence.scaled) {
    throw refuse(
      histogram,
      "8-bit",
      `the voxels are unscaled 8-bit numbers (${n(min)}..${n(max)}), which cannot hold air at -1000 HU`,
      "Use the original scan: a picture of it has lost its HU.",
    );
  }
  // A narrow range far from zero is one tissue or air, not a normalised picture.
  if (max - min < leastRange && min >= -leastRange && max <= leastRange) {
    const range =
      min >= 0 && max <= 1.001
        ? "min-max normalised to 0..1"
        : min >= -1.001 && max <= 1.001
          ? "normalised to -1..1"
          : "normalised to zero mean and unit deviation";
    throw refuse(
      histogram,
      "normalised",
      `the values span only ${n(min)}..${n(max)}: they look ${range}`,
      "Use the scan from before normalisation, in HU.",
    );
  }
  const top = [100, 255, 1000, 4095, 32767, 65535].find((end) => Math.abs(max - end) < 0.01);
  if (Math.abs(min) < 0.01 && top !== undefined) {
    const eightBit = top === 255;
    throw refuse(
      histogram,
      eightBit ? "8-bit" : "normalised",
      `the values run from exactly 0 to exactly ${top}: ${eightBit ? "an 8-bit picture" : "a rescaled picture"}, not HU`,
      "Use the scan from before it was turned into a picture, in HU.",
    );
  }
}

/** Refuses when adding a well-known number would put both air and soft tissue in place. */
function refuseByShift(histogram: HuHistogram, found: Signature): void {
  for (const { add, cause, why } of shifts) {
    const shifted = signature(histogram, add);
    if (
      !(
        shifted.airShare >= 0.02 &&
        shifted.tissueFits &&
        shifted.tissueShare >= 0.02 &&
        shifted.tissueShare / shifted.bodyShare >= 0.3
      )
    )
      continue;
    // An unscaled scan has next to nothing below zero but padding; a crop inside a body full of contrast
    // medium has fat there.
    if (
      cause === "unscaled" &&
      histogram.share(-(1 << 20), -60) - histogram.densest(-32768, -60, 2).share > 0.001
    )
      continue;
    throw refuse(
      histogram,
      cause,
      `air lies at ${n(shifted.airHu - add)} and soft tissue at ${n(shifted.tissueHu - add)}, ${n(add)} away from where physics puts them: ${why}`,
      `Rescale the source once only. Adding ${add} to every voxel would put air at ${n(shifted.airHu)} and soft tissue at ${n(shifted.tissueHu)} HU.`,
      { addHu: add },
    );
  }
  const belowAir = histogram.share(-(1 << 20), belowAirHu);
  const padding = histogram.densest(-32768, belowAirHu, paddingWidth).share;
  if (
    !found.tissueFits &&
    belowAir >= 0.05 &&
    !(found.airShare >= leastAir && padding >= paddingShare * belowAir)
  ) {
    throw refuse(
      histogram,
      "values-below-air",
      `${percent(belowAir)} of the voxels lie below ${belowAirHu}, where nothing but padding can be, and no soft tissue lies at -100..200`,
      "An intercept was applied that does not belong to these values; convert the source again.",
    );
  }
}

/**
 * Padding is one value; what spreads below any air, while little or nothing is air, is air on a wrong scale.
 */
function refuseSpreadBelowAir(histogram: HuHistogram, found: Signature): void {
  const belowAir = histogram.share(-(1 << 20), belowAirHu);
  if (belowAir < 0.05 || found.airShare >= belowAir / 2) return;
  const padding = histogram.densest(-32768, belowAirHu, paddingWidth).share;
  if (padding >= paddingShare * belowAir || !found.tissueFits) return;
  throw refuse(
    histogram,
    "values-below-air",
    `${percent(belowAir)} of the voxels are spread below ${belowAirHu}, where padding would be one value, and ${percent(found.airShare)} are air at -1000`,
    anotherScale,
  );
}

/**
 * Between aerated lung and fat nothing of a body crowds together; a narrow peak there is air on a smaller
 * scale.
 */
function refuseMisplacedCrowd(histogram: HuHistogram): void {
  const crowd = histogram.densest(-620, -200, airHu.width);
  if (crowd.share <= 0.2) return;
  throw refuse(
    histogram,
    "not-ct-like",
    `${percent(crowd.share)} of the voxels crowd at ${n(crowd.start + airHu.width / 2)}, where neither air, lung nor fat is`,
    anotherScale,
  );
}

/** Without air: a pile at one value is a mask or a picture's black, and bone is never a quarter of a body. */
function refuseWithoutAir(histogram: HuHistogram): void {
  const floor = floorSpike(histogram);
  const spike = histogram.densest(-100, 1500, 1);
  if (spike.share > 0.2 || (floor !== undefined && histogram.min >= -100)) {
    const [share, value] = spike.share > 0.2 ? [spike.share, spike.start] : [floor ?? 0, histogram.min];
    throw refuse(
      histogram,
      "not-ct-like",
      `${percent(share)} of the voxels are exactly ${n(value)} and none is air (-1000 HU): a masked, 8-bit or MR background`,
      "Use the scan as acquired, in HU, with air at -1000 around the body.",
    );
  }
  const dense = histogram.share(denseHu, 1 << 20);
  if (dense > mostDense) {
    throw refuse(
      histogram,
      "not-ct-like",
      `no voxel is air (-1000 HU), and ${percent(dense)} of the voxels lie above ${denseHu}, more than bone can be`,
      anotherScale,
    );
  }
}

/**
 * No air and no lung in the picture: a crop inside the body or a clipped window has fat, or is one organ;
 * anything else is no CT.
 */
function judgeWithoutAir(histogram: HuHistogram, found: Signature): HuVerdict {
  refuseWithoutAir(histogram);
  const fat = histogram.share(-150, -40);
  const narrow = histogram.densest(tissueHu.low, tissueHu.high, tissueHu.width).share;
  const mode = histogram.densest(tissueHu.low, tissueHu.high, modeWidth);
  // A brain in its skull has neither air nor fat, but a peak that no MR background (near 0) and no MR tissue
  // (broad) makes.
  const brainLike = mode.share >= 0.12 && mode.start + modeWidth / 2 > 15 && mode.start + modeWidth / 2 <= 75;
  if (fat < 0.01 && narrow < 0.85 && !brainLike) {
    throw refuse(
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

function refuse(
  histogram: HuHistogram,
  cause: NotHuCause,
  reason: string,
  hint: string,
  more: { readonly [key: string]: JsonValue } = {},
): TomoeError {
  return new TomoeError("DATA_NOT_HU", `the voxels are not Hounsfield units (${cause}): ${reason}`, {
    hint,
    details: { cause, min: histogram.min, max: histogram.max, reasons: [reason], ...more },
  });
}

const n = (value: number): string => String(Number(value.toPrecision(6)));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
