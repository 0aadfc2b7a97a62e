/**
 * Seeded random numbers that are the same on every machine: xoshiro128** seeded by splitmix64.
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021), reference C code at
 * prng.di.unimi.it.
 * Integer arithmetic alone; nothing in this folder calls a transcendental function, whose last bit may differ
 * between engines.
 */

/** A stream of random numbers; every draw advances it. */
export interface Random {
  /** Next 32 bits, an integer in [0, 2^32). */
  next(): number;
  /** A real in [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** A real in [low, high). */
  between(low: number, high: number): number;
  /** An integer in [0, count), exactly uniform. */
  below(count: number): number;
  /** True with this probability in [0, 1]. */
  chance(probability: number): boolean;
  /** One entry of a list that is not empty. */
  pick<Value>(values: readonly Value[]): Value;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<Value>(values: readonly Value[]): Value[];
}

/** Names of the independent streams of one seed: changing what one draws leaves the others as they were. */
export const randomStreams = {
  facts: 1,
  geometry: 2,
  noise: 3,
  wording: 4,
  questions: 5,
  slices: 6,
  noiseTable: 7,
} as const;

export type RandomStream = keyof typeof randomStreams;

const mask64 = (1n << 64n) - 1n;

/**
 * The next output of splitmix64.
 *
 * @param state 64-bit state; the caller adds 0x9e3779b97f4a7c15 to get the next one.
 */
export function splitmix64(state: bigint): { readonly value: bigint; readonly state: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & mask64;
  let z = next;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return { value: z ^ (z >> 31n), state: next };
}

/**
 * xoshiro128** from four 32-bit words, not all zero.
 *
 * @returns a function that gives the next 32 bits as an integer in [0, 2^32)
 */
export function xoshiro128StarStar(words: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = words;
  // Looked up once: within jest's contexts a look-up of a global costs more than the whole step.
  const { imul } = Math;
  return () => {
    const scrambled = imul(b, 5);
    const result = imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
}

/**
 * The stream `stream` of a seed.
 *
 * @param seed a safe integer >= 0 (53 bits)
 */
export function createRandom(seed: number, stream: RandomStream): Random {
  const first = splitmix64((BigInt(randomStreams[stream]) << 53n) | BigInt(seed));
  const second = splitmix64(first.state);
  const low = (value: bigint): number => Number(value & 0xffffffffn);
  const high = (value: bigint): number => Number(value >> 32n);
  return randomFrom(
    xoshiro128StarStar([low(first.value), high(first.value), low(second.value), high(second.value)]),
  );
}

function randomFrom(next: () => number): Random {
  const uniform = (): number => next() / 4294967296;
  const below = (count: number): number => {
    // Values past the last whole multiple of `count` would make the first ones likelier: draw again.
    const limit = 4294967296 - (4294967296 % count);
    let value = next();
    while (value >= limit) value = next();
    return value % count;
  };
  const pick = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value;
  const shuffle = <Value>(values: readonly Value[]): Value[] => {
    const copy = [...values];
    for (let i = copy.length - 1; i > 0; i -= 1) {
      const j = below(i + 1);
      const held = copy[i] as Value;
      copy[i] = copy[j] as Value;
      copy[j] = held;
    }
    return copy;
  };
  return {
    next,
    uniform,
    below,
    pick,
    shuffle,
    between: (lowest, highest) => lowest + (highest - lowest) * uniform(),
    chance: (probability) => uniform() < probability,
  };
}
