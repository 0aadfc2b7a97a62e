import type { HuHistogram } from "./histogram.ts";

/**
 * Shares and places are of the HU scale: air -1000 and water 0 by definition (Hounsfield 1973), fat
 * -120..-60, soft tissue 20..80, enhanced up to about 250.
 */
export const airHu = { low: -1100, high: -880, width: 60 };
const lungHu = { low: -1000, high: -600, width: 100 };
export const tissueHu = {
  low: -400,
  high: 1500,
  width: 150,
  centreLow: -130,
  centreHigh: 220,
};
/**
 * A peak of air counts from this share of all voxels: what is left of it in a picture that a body fills. Real
 * scans hold 23 to 51 %, PhantomCT 49 to 59 %; of what is not HU only a scan rescaled twice has more than 0.01 %
 * there, which is its soft tissue.
 */
export const leastAir = 0.005;
/**
 * The commonest 150 HU of tissue hold this share of what is denser than lung, or there is no peak: 55 to 70 % in
 * real scans, 51 to 68 % in PhantomCT. An MR has 55 to 64 % of its voxels in so narrow a range too, so a peak alone
 * proves nothing.
 */
const leastTissue = 0.2;
/** Width in HU in which the commonest value of a tissue is sought. */
export const modeWidth = 10;

/** Where air and soft tissue lie when `add` is added to every voxel. */
export interface Signature {
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

/** Looks for air, lung and soft tissue where they lie once `add` is added to every voxel. */
export function signature(histogram: HuHistogram, add: number): Signature {
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

/**
 * Air and soft tissue count as found at a shifted place from these shares on, higher than at the right place, for
 * six shifts give chance six tries. Soft tissue moved by -1024 does look like air: 10 to 28 % of the voxels of
 * scans that are HU. What saves them is that no peak of tissue fits then, and nothing near this share lies there
 * (at most 1.4 % in the real scans, a skull, and 0.2 % in PhantomCT).
 */
const leastShiftedAir = 0.02;
const leastShiftedTissue = 0.02;
const leastShiftedPeak = 0.3;

/** True when air and soft tissue were found where a shift would put them. */
export function leastShifted({ airShare, tissueFits, tissueShare, bodyShare }: Signature): boolean {
  return (
    airShare >= leastShiftedAir &&
    tissueFits &&
    tissueShare >= leastShiftedTissue &&
    tissueShare / bodyShare >= leastShiftedPeak
  );
}

/** Share of the voxels that are exactly the lowest value, when it is a pile no noise makes. */
export function floorSpike(histogram: HuHistogram): number | undefined {
  const floor = Math.floor(histogram.min);
  const share = histogram.share(floor, floor + 1);
  // Clipping and padding pile up 21 to 24 % of the real scans that have them; noise alone puts 0.1 % there.
  return share > 0.1 ? share : undefined;
}
