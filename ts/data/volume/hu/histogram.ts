/** Counts of voxels in bins of 1 HU, with running sums, so that any share is one subtraction. */
export interface HuHistogram {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Share of voxels v with low <= v < high, 0..1; bounds are whole HU. */
  share(low: number, high: number): number;
  /**
   * The `width` HU with the most voxels among those that start in low..high-width: where they start and their
   * share.
   */
  densest(low: number, high: number, width: number): { readonly start: number; readonly share: number };
}

const lowest = -32768;
const bins = 65536;

/**
 * Builds the histogram of finite voxels; a fraction falls into the bin of the whole number below it, values
 * beyond int16 into the end bins.
 */
export function huHistogram(voxels: Int16Array | Float32Array): HuHistogram {
  // Entry k + 1 counts bin k, so that running sums give what lies below; sums up to 2^32 voxels fit.
  const below = new Uint32Array(bins + 1);
  const { min, max } =
    voxels.BYTES_PER_ELEMENT === 2 ? countInt16(voxels, below) : countFloat32(voxels, below);
  const first = clampBin(Math.floor(min));
  const last = clampBin(Math.floor(max));
  for (let at = first + 1; at <= bins; at++) {
    const sum = (below[at - 1] ?? 0) + (below[at] ?? 0);
    below[at] = sum;
  }
  const count = voxels.length;
  const share = (low: number, high: number): number =>
    ((below[clampBin(high)] ?? 0) - (below[clampBin(low)] ?? 0)) / count;
  const densest = (
    low: number,
    high: number,
    width: number,
  ): { readonly start: number; readonly share: number } => {
    let best = { start: low, share: share(low, low + width) };
    const from = Math.max(low, first + lowest - width);
    const to = Math.min(high - width, last + lowest);
    for (let start = from; start <= to; start++) {
      const here = share(start, start + width);
      if (here > best.share) best = { start, share: here };
    }
    return best;
  };
  return { count, min, max, share, densest };
}

/** The common case, kept to one addition a voxel; the range is read off the bins. */
function countInt16(
  voxels: Int16Array | Float32Array,
  below: Uint32Array,
): { readonly min: number; readonly max: number } {
  for (let i = 0; i < voxels.length; i++) {
    const at = (voxels[i] ?? 0) - lowest + 1;
    below[at] = (below[at] ?? 0) + 1;
  }
  let min = 1;
  while (min < bins && below[min] === 0) min++;
  let max = bins;
  while (max > 1 && below[max] === 0) max--;
  return { min: min - 1 + lowest, max: max - 1 + lowest };
}

function countFloat32(
  voxels: Int16Array | Float32Array,
  below: Uint32Array,
): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
    const bin = Math.floor(value) - lowest;
    const at = (bin < 0 ? 0 : bin >= bins ? bins - 1 : bin) + 1;
    below[at] = (below[at] ?? 0) + 1;
  }
  return { min, max };
}

function clampBin(value: number): number {
  const bin = value - lowest;
  return bin < 0 ? 0 : bin > bins ? bins : bin;
}
