import type { HuHistogram } from "../histogram.ts";
import { n } from "../not-hu.ts";
import { type Anchors, anchorsWithAir, anchorsWithin } from "./anchors.ts";
import { isRounded } from "./comb.ts";
import { type Hump, humps } from "./humps.ts";
import {
  belongs,
  explains,
  type Inverse,
  isInPlace,
  type Line,
  linesOf,
  offsetOf,
  type Peak,
  peaksOf,
  strayed,
} from "./lines.ts";

/** Where the peaks of a body lie, against where physics puts them. */
export interface Placement {
  /**
   * in-place: air and tissue are where they belong. within: fat and soft tissue are, and nothing speaks for another scale,
   * in a picture without the air around a body. unproven: an offset or a scale may hide. offset, scaled, sign: all peaks
   * fit once it is undone.
   */
  readonly kind: "in-place" | "within" | "unproven" | "offset" | "scaled" | "sign";
  /** True when the lowest peak is where air belongs, and too few voxels or none are tissue to hold it against. */
  readonly isAirAlone?: boolean;
  /** What is to be said of it; empty in place. */
  readonly reasons: readonly string[];
  readonly inverse: Inverse | undefined;
  /** True when nothing that is HU looks so. */
  readonly isCertain: boolean;
}

/** Air this far from -1000 HU is air all the same: clipping at -1024, warm scanners, small fields. */
const mostAirOff = 40;
/** Air without tissue to hold it against, or with tissue that no line explains. */
const mostAloneOff = 30;
/** So much is no reason for a word where no line explains it. */
const mostAlone = 20;
/** Beyond these, and where lung cannot be the lowest peak, no scan in HU looks so, nor does one of a cone beam. */
const certainOffset = 190;
const certainScale = { less: 0.72, more: 1.4 };
/** In fewer voxels fat and soft tissue make one hump. */
const fewVoxels = 20_000;
const lungHu = { least: -1100, low: -960, high: -600 };
/** Lung lies less than this below soft tissue, and may pass for air behind an offset. */
const lungToSoft = 965;
/** Between aerated lung and fat nothing of a body crowds together; bowel content and partial volumes make up little. */
const emptyHu = { low: -560, high: -160 };
/** Fat that an offset moved there is at least so much of what then passes for fat, and so far below it. */
const leastMovedFat = 0.2;
const fatToSoft = { least: 100, most: 185 };
/** Few voxels of tissue make no peak; the commonest 20 HU of them lie so near to where soft tissue belongs. */
const softHu = { low: -200, high: 400, width: 20, strays: 30 };
/** One peak of fat and soft tissue has so many voxels of soft tissue for each of fat. */
const leastSoft = 0.2;
const unproven = "so an offset or another scale of the values cannot be told from them";

const inPlace: Placement = { kind: "in-place", reasons: [], inverse: undefined, isCertain: false };

/**
 * Places the peaks of a histogram; thresholds stand above with what they were measured on.
 *
 * @param isWhole - asked of a picture without air: whether all voxels are whole numbers, as a scanner writes them, in each
 * slice. With lung in it an offset or a scale of some slices shows between neighbours, and `slices` is false.
 */
export function placement(
  histogram: HuHistogram,
  isWhole: (slices: boolean) => boolean = () => false,
): Placement {
  const candidates = anchorsWithAir(histogram);
  const home = candidates.find((found) => isAtHome(found, histogram.count));
  if (home !== undefined) return doubted(histogram, home) ?? inPlace;
  const [found] = candidates;
  if (found?.air === undefined) return withoutAir(histogram, undefined, isWhole);
  const peaks = peaksOf(found);
  if (peaks.length < 2)
    return {
      ...withoutAir(histogram, found.air, isWhole),
      isAirAlone: Math.abs(found.air + 1000) <= mostAloneOff && isSoft(histogram),
    };
  const [line, ...others] = linesOf(found);
  if (line !== undefined) {
    if (isMirrored(histogram)) return turned;
    const within = isLungHu(found.air) ? withoutAir(histogram, found.air, isWhole) : undefined;
    return within?.kind === "within" ? within : misplaced(line, others, peaks, found.air);
  }
  const isNear = Math.abs(found.air + 1000) <= mostAirOff || strayed(peaks) <= mostAlone;
  return isNear ? (doubted(histogram, found) ?? inPlace) : withoutAir(histogram, found.air, isWhole);
}

const isLungHu = (air: number): boolean => air >= lungHu.low && air <= lungHu.high;

/** True when the commonest of what is denser than fat is soft tissue, be it little. */
function isSoft(histogram: HuHistogram): boolean {
  const { start } = histogram.densest(softHu.low, softHu.high, softHu.width);
  return Math.abs(start + softHu.width / 2 - belongs.soft.hu) <= softHu.strays;
}

/** True when air and tissue are in place; the one peak beside air may be fat, or in few voxels fat and soft tissue. */
function isAtHome(found: Anchors, voxels: number): boolean {
  const { air, fat, soft } = found;
  if (air === undefined || soft === undefined || Math.abs(air + 1000) > mostAirOff) return false;
  if (isInPlace(peaksOf(found))) return true;
  if (fat !== undefined) return false;
  const isMerged = voxels < fewVoxels && soft > belongs.fat.hu && soft < belongs.soft.hu;
  return (
    (isMerged && Math.abs(air + 1000) <= belongs.air.strays) ||
    isInPlace(peaksOf({ air, fat: soft, soft: fat }))
  );
}

/** What speaks against peaks that lie in place, where an offset or a scale may have put them there. */
function doubted(histogram: HuHistogram, found: Anchors): Placement | undefined {
  return movedLung(histogram, found) ?? roundedScale(histogram, found) ?? softAmiss(histogram, found);
}

/** Lung that an offset put where air belongs, soft tissue where fat does, and fat where nothing of a body lies. */
function movedLung(histogram: HuHistogram, found: Anchors): Placement | undefined {
  const { air = Number.NaN, fat = found.soft } = found;
  if (fat === undefined) return undefined;
  const all = humps(histogram).filter(({ isPile }) => !isPile);
  if (all.some(({ at }) => at > air && isLungHu(at))) return undefined;
  const moved = movedFat(all, fat);
  if (moved === undefined || !isLungHu(air - moved.at + belongs.fat.hu)) return undefined;
  const line = offsetOf(peaksOf({ air: undefined, fat: moved.at, soft: fat }));
  if (!explains(line)) return undefined;
  return {
    kind: "offset",
    reasons: [
      `a peak at ${n(moved.at)} HU, where nothing of a body is, may be fat, the peak at ${n(fat)} soft tissue, and the lowest lung: then all lie ${line.size}; adding ${n(line.addHu)} to every voxel would put them in place`,
    ],
    inverse: line,
    isCertain: false,
  };
}

/** A peak where nothing of a body is, that would be fat if what passes for it were soft tissue. */
function movedFat(all: readonly Hump[], fat: number): Hump | undefined {
  const weight = all.find(({ at }) => at === fat)?.share ?? 1;
  return all.find(
    ({ at, share, isPile }) =>
      !isPile &&
      at > emptyHu.low &&
      at < emptyHu.high &&
      share >= leastMovedFat * weight &&
      fat - at >= fatToSoft.least &&
      fat - at <= fatToSoft.most,
  );
}

/** Peaks that prove little, of numbers that were multiplied and rounded. */
function roundedScale(histogram: HuHistogram, found: Anchors): Placement | undefined {
  const { air = 0, fat, soft = 0 } = found;
  const isTight = fat !== undefined || Math.abs(soft - belongs.soft.hu) <= belongs.soft.strays;
  if (isTight && Math.abs(air + 1000) <= mostAloneOff) return undefined;
  return isRounded(histogram) ? rounded : undefined;
}

const roundedReason =
  "numbers are left out or used twice in a regular rhythm: whole numbers were multiplied and rounded, so the values may be on another scale than HU";
const rounded: Placement = { kind: "scaled", reasons: [roundedReason], inverse: undefined, isCertain: false };

/** One peak between fat and soft tissue that has hardly any voxels of soft tissue: moved there by an offset, or no body. */
function softAmiss(histogram: HuHistogram, { fat, soft, air }: Anchors): Placement | undefined {
  if (fat !== undefined || soft === undefined || soft > 0) return undefined;
  const ratio = histogram.share(0, 100) / histogram.share(-150, -50);
  return ratio >= leastSoft
    ? undefined
    : unprovenBecause(`beside the lowest peak, at ${n(air ?? 0)} HU, there is fat alone, ${unproven}`);
}

const unprovenBecause = (why: string): Placement => ({
  kind: "unproven",
  reasons: [why],
  inverse: undefined,
  isCertain: false,
});

const turned: Placement = {
  kind: "sign",
  reasons: [
    "air peaks at 1000 HU, and fat and soft tissue at as much above as they belong below 0: the sign is turned round",
    "multiplying every voxel by -1 would put them in place",
  ],
  inverse: { factor: -1, addHu: 0 },
  isCertain: true,
};

/** True when the peaks are in place once the sign of every voxel is turned. */
function isMirrored(histogram: HuHistogram): boolean {
  const [found] = anchorsWithAir({
    ...histogram,
    min: -histogram.max,
    max: -histogram.min,
    voxels: (low, high) => histogram.voxels(1 - high, 1 - low),
    share: (low, high) => histogram.share(1 - high, 1 - low),
    densest: (low, high, width) => {
      const { start, share } = histogram.densest(1 - high, 1 - low, width);
      return { start: 1 - start - width, share };
    },
  });
  return found?.fat !== undefined && isAtHome(found, histogram.count);
}

/** Air alone, or none: what is left to judge by is how fat and soft tissue lie, and whether the numbers were rounded anew. */
function withoutAir(
  histogram: HuHistogram,
  air: number | undefined,
  isWhole: (slices: boolean) => boolean,
): Placement {
  const within = anchorsWithin(histogram);
  const peaks = peaksOf(within);
  const hasLung = air !== undefined && isLungHu(air);
  const why = hasLung
    ? `the lowest peak, at ${n(air)} HU, is no air around a body, ${unproven}`
    : `air and soft tissue are not both in the picture, ${unproven}`;
  const scaled = isRounded(histogram) ? { ...rounded, reasons: [roundedReason, why] } : undefined;
  if (peaks.length < 2) return scaled ?? unprovenBecause(why);
  if (isInPlace(peaks)) {
    if (scaled !== undefined) return scaled;
    return movedFat(humps(histogram), within.fat ?? 0) === undefined && isWhole(!hasLung)
      ? { kind: "within", reasons: [], inverse: undefined, isCertain: false }
      : unprovenBecause(why);
  }
  const line = offsetOf(peaks);
  if (!explains(line)) return scaled ?? unprovenBecause(why);
  const said = `fat and soft tissue, if that is what peaks at ${places(peaks)} HU, lie ${line.size}; adding ${n(line.addHu)} to every voxel would put them in place`;
  return {
    kind: "offset",
    reasons: [said, ...(scaled === undefined ? [] : [roundedReason]), why],
    inverse: line,
    isCertain: false,
  };
}

const places = (peaks: readonly Peak[]): string => peaks.map(({ at }) => n(at)).join(" and ");

function misplaced(best: Line, others: readonly Line[], peaks: readonly Peak[], air: number): Placement {
  const other = others.find(({ kind, left }) => kind !== best.kind && left < best.left + 4);
  const apart = Math.round((peaks.at(-1)?.at ?? 0) - air);
  const isLung = (air >= lungHu.low || (apart < lungToSoft && air >= lungHu.least)) && air <= lungHu.high;
  const what = peaks.length < 3 ? "air and soft tissue" : "air, fat and soft tissue";
  const said = [
    best.kind === "offset"
      ? `both lie ${best.size}: air belongs at -1000 and soft tissue near 45, and they peak at ${places(peaks)}, so the calibration is off by about ${n(-best.addHu)} HU`
      : `${what} peak at ${places(peaks)}, ${n(apart)} HU from end to end where physics has 1050: the values are ${best.size}`,
    `${undone(best)} would put them in place`,
  ];
  if (other !== undefined)
    said.push(
      `or they are ${other.kind === "offset" ? "" : "all "}${other.size}: ${undone(other)} would do it too`,
    );
  const tissue = peaks.slice(1);
  const within = tissue.length > 1 && best.kind === "scaled" ? offsetOf(tissue) : undefined;
  if (other === undefined && within !== undefined && explains(within))
    said.push(`or the lowest peak is no air, and fat and soft tissue lie ${within.size}`);
  if (isLung) said.push(`or the lowest peak is lung, ${unproven}`);
  const scale = 1 / best.factor;
  return {
    kind: best.kind,
    reasons: said,
    inverse: best,
    isCertain:
      !isLung &&
      other === undefined &&
      (best.kind === "offset"
        ? Math.abs(best.addHu) >= certainOffset
        : scale <= certainScale.less || scale >= certainScale.more),
  };
}

function undone({ factor, addHu }: Inverse): string {
  const add = `adding ${n(Math.round(addHu))}`;
  if (factor === 1) return `${add} to every voxel`;
  const multiply = `multiplying every voxel by ${n(Number(factor.toPrecision(3)))}`;
  return Math.abs(addHu) < 1 ? multiply : `${multiply} and ${add} to every voxel`;
}
