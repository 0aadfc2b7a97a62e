import { createHash } from "node:crypto";
import { TomoeError } from "../../errors.ts";

/**
 * Seeded order without state: which sample stands at position i is a pure function of the key, computed in
 * O(1) time and memory,
 * so that resuming at any step, on any number of ranks, costs nothing and changes nothing.
 *
 * A Feistel network over the next power of four with cycle walking: every key gives a permutation of
 * 0..size-1.
 */

/**
 * Name and version of the rule, in the fingerprint of a run's data: changed whenever the same key would give
 * another order.
 */
export const orderRule = "tomoe.order/1";

/** Four rounds of a Feistel network cannot be told from chance by who chooses what to ask; two more are cheap. */
/**
 * Four rounds of a Feistel network of random functions are enough for a permutation nobody can tell from chance
 * (Luby and Rackoff 1988); the halves here are few bits and the rounds a hash mixer, so two more. The number is
 * part of the order's name `tomoe.order/1`: another one is another order of every run.
 */
const rounds = 6;

function roundKeys(key: string): Uint32Array {
  const bytes = createHash("sha256").update(key).digest();
  return Uint32Array.from({ length: rounds }, (_, round) => bytes.readUInt32LE(round * 4));
}

/** murmur3's 32-bit finaliser: every input bit reaches every output bit. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * A permutation of 0..size-1 fixed by `key`.
 *
 * @param size - at least 1, at most 2^30.
 * @throws TomoeError `CONFIG_INVALID` for a size out of range.
 */
export function permutation(size: number, key: string): (position: number) => number {
  if (!Number.isInteger(size) || size < 1 || size > 2 ** 30) {
    throw new TomoeError("CONFIG_INVALID", `an order over ${size} samples`, {
      hint: "Put at least one case into the split.",
      details: { size },
    });
  }
  const halfBits = Math.max(1, Math.ceil(Math.log2(size) / 2));
  const mask = 2 ** halfBits - 1;
  const keys = roundKeys(key);
  const once = (value: number): number => {
    let left = value >>> halfBits,
      right = value & mask;
    for (const roundKey of keys) [left, right] = [right, left ^ (mix(right ^ roundKey) & mask)];
    return ((left << halfBits) | right) >>> 0;
  };
  return (position) => {
    let value = once(position);
    while (value >= size) value = once(value);
    return value;
  };
}

/** What fixes the order of a stage's samples. */
export interface OrderKey {
  readonly seed: number;
  /** Digest of the corpus: the same seed over other data is another order. */
  readonly corpusFingerprint: string;
  readonly stage: string;
}

/** One place in the global batch and the case that stands there. */
export interface SlotSample {
  /** Slot in the global batch, 0-based; it does not depend on the number of ranks. */
  readonly slot: number;
  /** Index into the split's list of cases. */
  readonly sample: number;
  readonly epoch: number;
}

/**
 * sample(seed, corpus, epoch, step, rank, slot): what one rank sees at one step.
 * The global batch is slots 0..volumesPerStep-1; rank r takes slots r, r + worldSize, ... A batch that runs
 * over the end of an
 * epoch goes on into the next one, so that every case is seen exactly once an epoch.
 *
 * @param size - cases of the split.
 */
export function samplesAt(
  key: OrderKey,
  size: number,
  volumesPerStep: number,
  step: number,
  rank: number,
  worldSize: number,
): readonly SlotSample[] {
  const samples: SlotSample[] = [];
  const orders = new Map<number, (position: number) => number>();
  for (let slot = rank; slot < volumesPerStep; slot += worldSize) {
    const position = step * volumesPerStep + slot,
      epoch = Math.floor(position / size);
    let order = orders.get(epoch);
    if (order === undefined) {
      order = permutation(size, `${key.seed}/${key.corpusFingerprint}/${key.stage}/${epoch}`);
      orders.set(epoch, order);
    }
    samples.push({ slot, sample: order(position % size), epoch });
  }
  return samples;
}

/**
 * The first `count` of `items` in an order fixed by `key`; all of them, in their own order, when there are no
 * more.
 */
export function chooseItems<T>(items: readonly T[], count: number, key: string): readonly T[] {
  if (items.length <= count) return items;
  const order = permutation(items.length, key);
  return Array.from({ length: count }, (_, position) => order(position))
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const item = items[index];
      return item === undefined ? [] : [item];
    });
}
