import { n } from "../not-hu.ts";
import type { Anchors } from "./anchors.ts";

/** HU = voxel x factor + addHu. */
export interface Inverse {
  readonly factor: number;
  readonly addHu: number;
}

/** A peak as found, where it belongs, and how far it strays in scans that are HU. */
export interface Peak {
  readonly at: number;
  readonly hu: number;
  readonly strays: number;
}

/** What moves every peak from where it belongs to where it is. */
export interface Line extends Inverse {
  readonly kind: "offset" | "scaled";
  /** How far the peaks stray from it, in squares of what they stray by in HU. */
  readonly left: number;
  /** In words: "60 HU too high", "on a scale of 1.1". */
  readonly size: string;
}

/** Measured: air -1001 to -973 (scattered light through a wide beam), fat -105 to -78, soft tissue 17 to 117 with contrast. */
export const belongs = {
  air: { hu: -1000, strays: 15 },
  fat: { hu: -97, strays: 15 },
  soft: { hu: 50, strays: 28 },
} as const;
/** Squares of how far peaks stray, in sum: beyond it they are out of place, and below it a line explains them. */
const mostStrayed = { two: 6, three: 12 };
const mostLeft = 10;
/** An offset or a scale that is less is within what scans in HU differ by. */
const leastOffset = 35;
const leastScale = 0.055;

/** Those of the anchors that were found, each with where it belongs. */
export function peaksOf({ air, fat, soft }: Anchors): readonly Peak[] {
  return (["air", "fat", "soft"] as const).flatMap((name) => {
    const at = { air, fat, soft }[name];
    return at === undefined ? [] : [{ at, ...belongs[name] }];
  });
}

/** True when peaks stray no further than they do in scans that are HU. */
export const isInPlace = (peaks: readonly Peak[]): boolean =>
  strayed(peaks) <= (peaks.length > 2 ? mostStrayed.three : mostStrayed.two);

/** How far peaks are from where `scale` and `offset` put them, in squares of what they stray by. */
export function strayed(peaks: readonly Peak[], scale = 1, offset = 0): number {
  return peaks.reduce(
    (sum, { at, hu, strays }) => sum + ((at - scale * hu - offset) / (scale * strays)) ** 2,
    0,
  );
}

/** The offset that moves the peaks least from where they are. */
export function offsetOf(peaks: readonly Peak[]): Line {
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

/** True when a line leaves the peaks in place, and moves them by more than scans in HU differ. */
export const explains = ({ kind, left, factor, addHu }: Line): boolean =>
  left <= mostLeft &&
  (kind === "offset" ? Math.abs(addHu) >= leastOffset : Math.abs(1 / factor - 1) >= leastScale);

/**
 * The lines that explain all peaks, best first: an offset, a scale of HU, a scale of what was stored; after them those by
 * which a lone peak above air would be fat.
 */
export function linesOf(found: Anchors): readonly Line[] {
  const peaks = peaksOf(found);
  const lines = [offsetOf(peaks), scaleOf(peaks, 0), scaleOf(peaks, -1024)];
  // Two peaks fit many a line: this one is only thought of where three are found.
  if (found.fat !== undefined) lines.push(scaleOf(peaks, -1024, 1024));
  return [lines, found.fat === undefined ? linesAsFat(found) : []].flatMap((some) =>
    some.filter(explains).sort((a, b) => a.left - b.left),
  );
}

function linesAsFat({ air, soft }: Anchors): readonly Line[] {
  const peaks = peaksOf({ air, fat: soft, soft: undefined });
  return [offsetOf(peaks), scaleOf(peaks, 0), scaleOf(peaks, -1024)];
}
