import type { HuHistogram } from "../histogram.ts";

/** A rise of the histogram between two valleys. */
export interface Hump {
  /** Where it is highest. */
  readonly at: number;
  /** Share of all voxels about its top, within twice the width of the smoothing. */
  readonly share: number;
  /** True of one value that holds what no noise puts there: padding, clipping, a background filled in. */
  readonly isPile: boolean;
}

/** The middle of the voxels is looked at in this many bins, of a whole number of units at least. */
const binsOfRange = 320;
const middle = { from: 0.003, to: 0.997 };
/** Half width of the smoothing, in bins. */
const fineReach = 4;
/** Values further apart than this, and than half a bin, are steps of a coarse scale: a bin a step. */
const coarseStep = 3;
const leastShare = 0.008;
/** A valley beside a hump is at most this share of it, beyond what counting varies by. */
const valley = 0.88;
const pileShare = 0.01;
/** A pile holds this many times what the fuller of its neighbours does. */
const pileFactor = 5;

/** Bins over the voxels, in a width that their number and their steps allow. */
interface Bins {
  readonly from: number;
  readonly bin: number;
  readonly shares: number[];
  readonly isCoarse: boolean;
}

/** The humps of a histogram from low to high, piles apart from what lies under them. */
export function humps(histogram: HuHistogram): readonly Hump[] {
  const bins = binned(histogram);
  const { from, bin, shares, isCoarse } = bins;
  const piles = isCoarse ? [] : takePiles(histogram, bins);
  const reach = isCoarse ? 1 : fineReach;
  const rises = tops(smoothed(shares, reach), histogram.count, reach).map(
    ({ at, share }): Hump => ({ at: from + (at + 0.5) * bin, share, isPile: false }),
  );
  return [...piles, ...rises.filter(({ share }) => share >= leastShare)].sort((a, b) => a.at - b.at);
}

function binned(histogram: HuHistogram): Bins {
  const [low, high] = [quantile(histogram, middle.from), quantile(histogram, middle.to)];
  const step = stepOf(histogram, low, high);
  const fine = Math.max(1, Math.round((high - low) / binsOfRange));
  const isCoarse = step >= coarseStep && fine < 2 * step;
  const bin = isCoarse ? Math.round(step) : fine;
  const from = Math.max(-32768, low - 20 * bin - (isCoarse ? bin >> 1 : 0));
  const count = Math.ceil((Math.min(32768, high + 20 * bin) - from) / bin);
  const shares = Array.from({ length: count }, (_, at) =>
    histogram.share(from + at * bin, from + (at + 1) * bin),
  );
  return { from, bin, shares, isCoarse };
}

/** The distance that most voxels have to the next lower value there is: 1 of whole HU, 32 of 8 bits that hold a scan. */
function stepOf(histogram: HuHistogram, low: number, high: number): number {
  const voxels = new Map<number, number>();
  let last = low;
  for (let at = low; at <= high; at++) {
    const share = histogram.share(at, at + 1);
    if (share === 0) continue;
    if (at > low) voxels.set(at - last, (voxels.get(at - last) ?? 0) + share);
    last = at;
  }
  let step = { size: 1, share: 0 };
  for (const [size, share] of voxels) if (share > step.share) step = { size, share };
  return step.size;
}

/** Takes the piles out of the bins. */
function takePiles(histogram: HuHistogram, { from, bin, shares }: Bins): readonly Hump[] {
  const piles: Hump[] = [];
  for (let at = 0; at < shares.length; at++) {
    const here = shares[at] ?? 0;
    const beside = Math.max(shares[at - 1] ?? 0, shares[at + 1] ?? 0);
    if (here < pileShare || here < pileFactor * beside) continue;
    const top = histogram.densest(from + at * bin - 1, from + (at + 1) * bin + 1, 1);
    if (top.share < 0.7 * here) continue;
    piles.push({ at: top.start, share: here, isPile: true });
    shares[at] = ((shares[at - 1] ?? 0) + (shares[at + 1] ?? 0)) / 2;
  }
  return piles;
}

/** Least value below which `share` of the voxels lie, found by halving. */
export function quantile(histogram: HuHistogram, share: number): number {
  let [low, high] = [-32768, 32768];
  while (high - low > 1) {
    const half = (low + high) >> 1;
    if (histogram.share(-32768, half) < share) low = half;
    else high = half;
  }
  return low;
}

function smoothed(shares: readonly number[], reach: number): readonly number[] {
  // Filled in a loop: in a callback V8 made an object of every sum.
  const averages: number[] = [];
  for (let at = 0; at < shares.length; at++) {
    let sum = 0;
    for (let off = -reach; off <= reach; off++) sum += (reach + 1 - Math.abs(off)) * (shares[at + off] ?? 0);
    averages.push(sum / (reach + 1) ** 2);
  }
  return averages;
}

/** Tops that stand out of the valleys on both sides by more than counting varies. */
function tops(
  shares: readonly number[],
  voxels: number,
  reach: number,
): { readonly at: number; readonly share: number }[] {
  const found: { at: number; share: number }[] = [];
  let top = { at: 0, height: 0 };
  let lowest = 0;
  const stands = (height: number, base: number): boolean =>
    base < valley * height && (height - base) * voxels > 4 * Math.sqrt(height * voxels);
  let rising = true;
  for (let at = 0; at <= shares.length; at++) {
    const here = shares[at] ?? 0;
    if (rising) {
      if (here > top.height) top = { at, height: here };
      else if (stands(top.height, here)) {
        found.push({ at: top.at, share: within(shares, top.at, reach) });
        rising = false;
        lowest = here;
      }
    } else if (here < lowest) lowest = here;
    else if (stands(here, lowest)) {
      rising = true;
      top = { at, height: here };
    }
  }
  return found;
}

function within(shares: readonly number[], top: number, reach: number): number {
  let sum = 0;
  for (let at = top - 2 * reach; at <= top + 2 * reach; at++) sum += shares[at] ?? 0;
  return sum;
}
