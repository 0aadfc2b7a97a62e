import type { HuHistogram } from "../histogram.ts";
import { type Hump, humps } from "./humps.ts";

/** Peaks taken for the air around a body, its fat and its soft tissue, by their order and distances alone. */
export interface Anchors {
  readonly air: number | undefined;
  readonly fat: number | undefined;
  readonly soft: number | undefined;
}

/** Fat lies 900 HU above air and soft tissue 1050 to 1110: so much further, on any scale and behind any offset. */
const pairRatio = { least: 1.1, most: 1.24 };
/** Without air, fat and soft tissue are this far apart. */
const pairHu = { least: 90, most: 230 };
const leastAir = 0.02;
/** A hump of tissue, as a share of the largest one. */
const leastTissue = 0.06;

const fillHu = { low: -1130, high: -860 };
/** Padding beside air lies here and lower, -2000 or -3024 in real scans; no scale that hides air so low puts a hump where air belongs. */
const paddingHu = -1900;
const airHu = { low: -1040, high: -960 };
const none: Anchors = { air: undefined, fat: undefined, soft: undefined };

/** The three peaks of a body in air, or those of them that are there: of what noise made, and of a background filled in. */
export function anchorsWithAir(histogram: HuHistogram): readonly Anchors[] {
  const all = withoutPadding(humps(histogram));
  const rises = bestOf(
    histogram,
    all.filter(({ isPile }) => !isPile),
  );
  // A background filled in is one value where air belongs; elsewhere a pile is padding.
  const filled = all.filter(({ at, isPile }) => !isPile || (at >= fillHu.low && at <= fillHu.high));
  const fill = filled.some(({ isPile }) => isPile) ? bestOf(histogram, filled) : undefined;
  return [rises, fill].filter((found) => found !== undefined);
}

/** Leaves out padding that lossy compression spread over some values, so that it is no pile any more. */
function withoutPadding(all: readonly Hump[]): readonly Hump[] {
  const hasAir = all.some(({ at, share }) => at >= airHu.low && at <= airHu.high && share >= leastAir);
  return hasAir ? all.filter(({ at }) => at > paddingHu) : all;
}

/** Fat and soft tissue of a picture from inside a body. */
export function anchorsWithin(histogram: HuHistogram): Anchors {
  return { ...none, ...pairOf(humps(histogram).filter(({ isPile }) => !isPile)) };
}

/** Air is the lowest hump; of the pairs above it the one that most voxels make up, with few above them. */
function bestOf(histogram: HuHistogram, all: readonly Hump[]): Anchors | undefined {
  const air = all.find(({ share }) => share >= leastAir);
  if (air === undefined) return undefined;
  const tissue = all.filter(({ at, isPile }) => at > air.at && !isPile);
  let best: { weight: number; fat: number | undefined; soft: number } | undefined;
  const consider = (fat: Hump | undefined, soft: Hump): void => {
    const distance = soft.at - air.at;
    const denser = histogram.share(Math.round(soft.at + 0.15 * distance), 1 << 20);
    const weight = (fat?.share ?? 0) + soft.share - denser;
    if (weight > 0 && weight > (best?.weight ?? 0)) best = { weight, fat: fat?.at, soft: soft.at };
  };
  for (const soft of tissue)
    for (const fat of tissue) {
      const ratio = (soft.at - air.at) / (fat.at - air.at);
      if (ratio >= pairRatio.least && ratio <= pairRatio.most) consider(fat, soft);
    }
  if (best === undefined) for (const soft of tissue) consider(undefined, soft);
  return { air: air.at, fat: best?.fat, soft: best?.soft };
}

function pairOf(rises: readonly Hump[]): {
  readonly fat: number | undefined;
  readonly soft: number | undefined;
} {
  const most = rises.reduce((share, hump) => Math.max(share, hump.share), 0);
  const tissue = rises.filter(({ share }) => share >= leastTissue * most);
  let best: { weight: number; fat: number; soft: number } | undefined;
  for (const soft of tissue)
    for (const fat of tissue) {
      const apart = soft.at - fat.at;
      if (apart < pairHu.least || apart > pairHu.most) continue;
      if (soft.share + fat.share > (best?.weight ?? 0))
        best = { weight: soft.share + fat.share, fat: fat.at, soft: soft.at };
    }
  return { fat: best?.fat, soft: best?.soft };
}
