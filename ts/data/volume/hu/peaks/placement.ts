import type { HuHistogram } from "../histogram.ts";
import { n } from "../not-hu.ts";
import { type Anchors, anchorsWithAir, anchorsWithin } from "./anchors.ts";

/** HU = voxel x factor + addHu. */
interface Inverse {
  readonly factor: number;
  readonly addHu: number;
}

/** Where the peaks of a body lie, against where physics puts them. */
export interface Placement {
  /**
   * in-place: air and tissue are where they belong. unproven: without air, or with lung for the lowest peak, an offset
   * or a scale may hide. offset, scaled, sign: all peaks fit once it is undone.
   */
  readonly kind: "in-place" | "unproven" | "offset" | "scaled" | "sign";
  /** True when the lowest peak is where air belongs, and too few voxels or none are tissue to hold it against. */
  readonly isAirAlone?: boolean;
  /** What is to be said of it; empty in place. */
  readonly reasons: readonly string[];
  readonly inverse: Inverse | undefined;
  /** True when nothing that is HU looks so. */
  readonly isCertain: boolean;
}

/** A peak as found, where it belongs, and how far it strays in scans that are HU. */
interface Peak {
  readonly at: number;
  readonly hu: number;
  readonly strays: number;
}

/** Measured: air -1001 to -973 (scattered light through a wide beam), fat -105 to -78, soft tissue 17 to 117 with contrast. */
const belongs = {
  air: { hu: -1000, strays: 15 },
  fat: { hu: -97, strays: 15 },
  soft: { hu: 50, strays: 28 },
} as const;
/** Air this far from -1000 HU is air all the same: clipping at -1024, warm scanners, small fields. */
const mostAirOff = 40;
/** Squares of how far peaks stray, in sum: beyond it they are out of place, and below it a line explains them. */
const mostStrayed = { two: 6, three: 12 };
const mostLeft = 10;
/** So much is no reason for a word where no line explains it. */
const mostAlone = 20;
/** An offset or a scale that is less is within what scans in HU differ by. */
const leastOffset = 35;
const leastScale = 0.055;
/** Beyond these, and where lung cannot be the lowest peak, no scan in HU looks so, nor does one of a cone beam. */
const certainOffset = 190;
const certainScale = { less: 0.72, more: 1.4 };
/** In fewer voxels fat and soft tissue make one hump. */
const fewVoxels = 20_000;
const lungHu = { least: -1100, low: -960, high: -600 };
/** Lung lies less than this below soft tissue, and may pass for air behind an offset. */
const lungToSoft = 965;
const unproven = "so an offset or another scale of the values cannot be told from them";

interface Line extends Inverse {
  readonly kind: "offset" | "scaled";
  readonly left: number;
  readonly size: string;
}

const inPlace: Placement = { kind: "in-place", reasons: [], inverse: undefined, isCertain: false };

/** Places the peaks of a histogram; thresholds stand above with what they were measured on. */
export function placement(histogram: HuHistogram): Placement {
  const candidates = anchorsWithAir(histogram);
  if (candidates.some((found) => isAtHome(found, histogram.count))) return inPlace;
  const [found] = candidates;
  if (found?.air === undefined) return withoutAir(histogram, undefined);
  const peaks = peaksOf(found);
  if (peaks.length < 2)
    return { ...withoutAir(histogram, found.air), isAirAlone: Math.abs(found.air + 1000) <= mostAirOff };
  const [line, ...others] = linesOf(peaks, found);
  if (line !== undefined) return isMirrored(histogram) ? turned : misplaced(line, others, peaks, found.air);
  const isNear = Math.abs(found.air + 1000) <= mostAirOff || strayed(peaks) <= mostAlone;
  return isNear ? inPlace : withoutAir(histogram, found.air);
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

/** Air alone, or none: what is left to judge by is how fat and soft tissue lie. */
function withoutAir(histogram: HuHistogram, air: number | undefined): Placement {
  const within = anchorsWithin(histogram);
  const peaks = peaksOf(within);
  const why =
    air !== undefined && air >= lungHu.low && air <= lungHu.high
      ? `the lowest peak, at ${n(air)} HU, is no air around a body, ${unproven}`
      : `air and soft tissue are not both in the picture, ${unproven}`;
  const unprovenHere: Placement = { kind: "unproven", reasons: [why], inverse: undefined, isCertain: false };
  if (peaks.length < 2 || isInPlace(peaks)) return unprovenHere;
  const line = offsetOf(peaks);
  if (line.left > mostLeft || Math.abs(line.addHu) < leastOffset) return unprovenHere;
  const said = `fat and soft tissue, if that is what peaks at ${places(peaks)} HU, lie ${line.size}; adding ${n(line.addHu)} to every voxel would put them in place`;
  return { kind: "offset", reasons: [said, why], inverse: line, isCertain: false };
}

function peaksOf({ air, fat, soft }: Anchors): readonly Peak[] {
  return (["air", "fat", "soft"] as const).flatMap((name) => {
    const at = { air, fat, soft }[name];
    return at === undefined ? [] : [{ at, ...belongs[name] }];
  });
}

const places = (peaks: readonly Peak[]): string => peaks.map(({ at }) => n(at)).join(" and ");

const isInPlace = (peaks: readonly Peak[]): boolean =>
  strayed(peaks) <= (peaks.length > 2 ? mostStrayed.three : mostStrayed.two);

/** How far peaks are from where `scale` and `offset` put them, in squares of what they stray by. */
function strayed(peaks: readonly Peak[], scale = 1, offset = 0): number {
  return peaks.reduce(
    (sum, { at, hu, strays }) => sum + ((at - scale * hu - offset) / (scale * strays)) ** 2,
    0,
  );
}

function offsetOf(peaks: readonly Peak[]): Line {
  const weights = peaks.reduce((sum, { strays }) => sum + strays ** -2, 0);
  const offset = Math.round(
    peaks.reduce((sum, { at, hu, strays }) => sum + (at - hu) * strays ** -2, 0) / weights,
  );
  return {
    kind: "offset",
    factor: 1,
    addHu: -offset,
    left: strayed(peaks, 1, offset),
    size: `${n(Math.abs(offset))} HU too ${offset > 0 ? "high" : "low"}`,
  };
}

/** The scale about the value `fixed`, which the scale does not move: 0 HU, or where the stored numbers begin. */
function scaleOf(peaks: readonly Peak[], fixed: number, add = 0): Line {
  const [product, square] = peaks.reduce(
    ([sum, squares], { at, hu, strays }) => [
      sum + ((at - fixed - add) * (hu - fixed)) / strays ** 2,
      squares + ((hu - fixed) / strays) ** 2,
    ],
    [0, 0],
  );
  const scale = Number(Math.max(product / square, 1e-3).toPrecision(3));
  const offset = fixed * (1 - scale) + add;
  return {
    kind: "scaled",
    factor: 1 / scale,
    addHu: -offset / scale,
    left: strayed(peaks, scale, offset),
    size: `on a scale of ${n(scale)}`,
  };
}

/** The lines that explain all peaks, best first: an offset, a scale of HU, a scale of what was stored. */
function linesOf(peaks: readonly Peak[], { fat }: Anchors): readonly Line[] {
  const lines = [offsetOf(peaks), scaleOf(peaks, 0)];
  lines.push(scaleOf(peaks, -1024));
  // Two peaks fit many a line: this one is only thought of where three are found.
  if (fat !== undefined) lines.push(scaleOf(peaks, -1024, 1024));
  return lines
    .filter(
      ({ kind, left, factor, addHu }) =>
        left <= mostLeft &&
        (kind === "offset" ? Math.abs(addHu) >= leastOffset : Math.abs(1 / factor - 1) >= leastScale),
    )
    .sort((a, b) => a.left - b.left);
}

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
