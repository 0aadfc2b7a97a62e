import { TomoeError } from "../../../errors.ts";
import { splitmix64 } from "../random.ts";

/**
 * Where a phantom may be used. `heldOut` feeds the test split and nothing else, so that tuning never sees
 * one;
 * `slices` feeds the 2D pre-training set.
 */
export const seedStreams = ["train", "validation", "heldOut", "slices"] as const;

export type SeedStream = (typeof seedStreams)[number];

const indexBits = 51n;
const indexMask = (1n << indexBits) - 1n;

/**
 * The seed of phantom `index` of a stream: 2 bits of stream above 51 bits that are a permutation of the
 * index.
 *
 * Two streams never share a seed and one stream never repeats one, by construction and for every dataset
 * seed.
 *
 * @param datasetSeed integer in [0, 2^32)
 * @param index integer in [0, 2^31)
 * @throws CONFIG_INVALID when either is out of range
 */
export function phantomSeed(datasetSeed: number, stream: SeedStream, index: number): number {
  requireInteger("seed", datasetSeed, 0, 4294967295);
  requireInteger("index", index, 0, 2147483647);
  const streamIndex = BigInt(seedStreams.indexOf(stream));
  const offset = splitmix64((BigInt(datasetSeed) << 2n) | streamIndex).value;
  // An odd factor is invertible modulo a power of two, which makes this a permutation.
  const mixed = (offset + BigInt(index) * 0x9e3779b97f4a7c15n) & indexMask;
  return Number((streamIndex << indexBits) | mixed);
}

/** The stream a phantom seed belongs to. */
export function streamOfSeed(seed: number): SeedStream {
  requireInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  return seedStreams[Number(BigInt(seed) >> indexBits)] as SeedStream;
}

/** Refuses what is not an integer of [lowest, highest]. @throws CONFIG_INVALID */
export function requireInteger(name: string, value: number, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  throw new TomoeError(
    "CONFIG_INVALID",
    `phantom ${name} is ${value}, not an integer from ${lowest} to ${highest}`,
    {
      hint: `Give ${name} as a whole number of that range.`,
      details: { name, value: String(value), lowest, highest },
    },
  );
}
