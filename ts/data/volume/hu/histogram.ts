/** Counts of voxels in bins of 1 HU, with running sums, so that any share is one subtraction. */
export interface HuHistogram {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Voxels v with low <= v < high; bounds are whole HU. */
  voxels(low: number, high: number): number;
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
/** Turned over, numbers of 16 bits are in order from the lowest on. */
const sign = 0x8000;

/** Counters of every bin, by the 16 bits of a number, its sign the highest of them. */
type Lanes = readonly [Int32Array, Int32Array, Int32Array, Int32Array];

/** Up to so many voxels are kept until all have come: counters of every bin would be most of the work. */
const few = 16384;

/**
 * Counts voxels as they come, a slice or any other part at a time; the parts are all of one class.
 *
 * A fraction falls into the bin of the whole number below it, values beyond int16 into the end bins.
 */
export class HuCounts {
  /**
   * Neighbours are mostly equal, and an addition waits for the one before it in the same place: so four counters. None
   * while voxels are few.
   */
  #lanes: Lanes | undefined;
  /** Copies of the parts, while voxels are few. */
  #parts: (Int16Array | Float32Array)[] = [];
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** @param voxels - finite. */
  add(voxels: Int16Array | Float32Array): this {
    this.#count += voxels.length;
    if (this.#count <= few) {
      this.#parts.push(voxels.slice());
      return this;
    }
    this.#lanes ??= [new Int32Array(bins), new Int32Array(bins), new Int32Array(bins), new Int32Array(bins)];
    for (const part of this.#parts) this.#countIn(this.#lanes, part);
    this.#parts = [];
    this.#countIn(this.#lanes, voxels);
    return this;
  }

  #countIn(lanes: Lanes, voxels: Int16Array | Float32Array): void {
    if (voxels.BYTES_PER_ELEMENT === 2) countInt16(lanes, voxels);
    else this.#countFloat32(lanes, voxels);
  }

  #countFloat32([counts]: Lanes, voxels: Int16Array | Float32Array): void {
    for (let i = 0; i < voxels.length; i++) {
      const value = voxels[i] ?? 0;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
      const at = binOf(value) ^ sign;
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }

  /** The histogram of what was counted so far. */
  histogram(): HuHistogram {
    if (this.#lanes === undefined) return histogramOfFew(this.#parts, this.#count);
    // Entry k + 1 sums up to bin k, so that what lies below is one look; sums up to 2^32 voxels fit.
    const below = new Uint32Array(bins + 1);
    const [first, second, third, fourth] = this.#lanes;
    let [low, high] = [bins, -1];
    for (let bin = 0; bin < bins; bin++) {
      const at = bin ^ sign;
      const here = (first[at] ?? 0) + (second[at] ?? 0) + (third[at] ?? 0) + (fourth[at] ?? 0);
      below[bin + 1] = (below[bin] ?? 0) + here;
      if (here === 0) continue;
      low = Math.min(low, bin);
      high = bin;
    }
    // Of int16 the bins are the values; the range of float32 was noted beside them.
    const whole = this.#min > this.#max;
    const range = whole ? { min: low + lowest, max: high + lowest } : { min: this.#min, max: this.#max };
    return histogramOf({ below, from: 0 }, this.#count, range);
  }
}

/**
 * The common case, kept to half a look and one addition a voxel; the range is read off the bins.
 *
 * Nothing is destructured in the loop: V8 runs it up to 40 times slower then.
 */
function countInt16([first, second, third, fourth]: Lanes, voxels: Int16Array | Float32Array): void {
  if (voxels.length === 0) return;
  const head = voxels.byteOffset % 4 === 0 ? 0 : 1;
  const fours = Math.floor((voxels.length - head) / 4);
  const pairs = new Int32Array(voxels.buffer, voxels.byteOffset + 2 * head, 2 * fours);
  for (let at = 0; at < pairs.length; at += 2) {
    const two = pairs[at] ?? 0;
    const next = pairs[at + 1] ?? 0;
    const a = two & 0xffff;
    const b = two >>> 16;
    const c = next & 0xffff;
    const d = next >>> 16;
    first[a] = (first[a] ?? 0) + 1;
    second[b] = (second[b] ?? 0) + 1;
    third[c] = (third[c] ?? 0) + 1;
    fourth[d] = (fourth[d] ?? 0) + 1;
  }
  for (const rest of [voxels.subarray(0, head), voxels.subarray(head + 4 * fours)])
    for (const value of rest) first[value & 0xffff] = (first[value & 0xffff] ?? 0) + 1;
}

/** The histogram of parts, over the bins of their range alone. */
function histogramOfFew(parts: readonly (Int16Array | Float32Array)[], count: number): HuHistogram {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const part of parts)
    for (let i = 0; i < part.length; i++) {
      const value = part[i] ?? 0;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  const from = binOf(min);
  const below = new Uint32Array(Math.max(0, binOf(max) - from + 1) + 1);
  for (const part of parts)
    for (let i = 0; i < part.length; i++) {
      const at = binOf(part[i] ?? 0) - from + 1;
      below[at] = (below[at] ?? 0) + 1;
    }
  for (let at = 1; at < below.length; at++) below[at] = (below[at] ?? 0) + (below[at - 1] ?? 0);
  return histogramOf({ below, from }, count, { min, max });
}

/** The bin of a voxel: the whole number below it, the end bins for values beyond int16. */
function binOf(value: number): number {
  const bin = Math.floor(value) - lowest;
  return bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
}

/** The histogram of finite voxels that lie there all at once. */
export function huHistogram(voxels: Int16Array | Float32Array): HuHistogram {
  return new HuCounts().add(voxels).histogram();
}

/** How many voxels lie below a bin, from one bin on: all of them behind the last entry, none before the first. */
interface Sums {
  readonly below: Uint32Array;
  readonly from: number;
}

function histogramOf(
  { below, from: base }: Sums,
  count: number,
  { min, max }: { readonly min: number; readonly max: number },
): HuHistogram {
  const first = clampBin(Math.floor(min));
  const last = clampBin(Math.floor(max));
  const top = below.length - 1;
  const lower = (hu: number): number => {
    const at = clampBin(hu) - base;
    return below[at < 0 ? 0 : at > top ? top : at] ?? 0;
  };
  const voxels = (low: number, high: number): number => lower(high) - lower(low);
  const share = (low: number, high: number): number => voxels(low, high) / count;
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
  return { count, min, max, voxels, share, densest };
}

function clampBin(value: number): number {
  const bin = value - lowest;
  return bin < 0 ? 0 : bin > bins ? bins : bin;
}
