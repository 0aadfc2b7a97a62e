import type { Random } from "../random.ts";
import type { PhantomTruth } from "./facts.ts";

/** Levels of the chest plateau, counted upward from z = 0. */
export const plateauLevels = 8;

/** Consecutive levels: the first one and how many. */
export type Span = readonly [from: number, levels: number];

/**
 * Where the findings of order lie: granulomas of each side (null = none) and the pieces of the line in the
 * front.
 */
export interface OrderPlacement {
  readonly left: Span | null;
  readonly right: Span | null;
  readonly line: readonly Span[];
}

/**
 * A line fills four levels in a row, or two and two with three empty ones between: in a row no two pieces lie
 * more than three
 * levels apart, in a stack no two of different pairs lie less than four apart.
 */
const rows: readonly (readonly Span[])[] = [0, 1, 2, 3, 4].map((from) => [[from, 4]]);
const stacks: readonly (readonly Span[])[] = [0, 1].map((from) => [
  [from, 2],
  [from + 5, 2],
]);
/**
 * First levels of two granulomas of two levels each, the lower one first, with at least one empty level
 * between.
 */
const apart: readonly (readonly [number, number])[] = [
  [0, 3],
  [0, 4],
  [0, 5],
  [0, 6],
  [1, 4],
  [1, 5],
  [1, 6],
  [2, 5],
  [2, 6],
  [3, 6],
];
const together: readonly (readonly [number, number])[] = [0, 1, 2, 3, 4, 5, 6].map((from) => [from, from]);

/**
 * Draws where the findings of order lie, so that nothing but their order tells the answers of a pair apart.
 *
 * Left-higher and right-higher show the same slices in another order, and so do a vessel and stacked nodules.
 * How often the two
 * findings share a slice is part of what a stack shows when its order is lost; a row of four and two pairs
 * meet granulomas unequally
 * often. So that share is drawn first, with odds that do not depend on row or stack, and the places after it.
 */
export function drawOrderPlacement(
  truth: Pick<PhantomTruth, "granulomaHigher" | "vesselOrNodules">,
  random: Random,
): OrderPlacement {
  const { granulomaHigher: higher, vesselOrNodules: kind } = truth;
  const lines = kind === null || kind === "none" ? [[]] : kind === "nodules" ? stacks : rows;
  if (higher === null || higher === "none") return { left: null, right: null, line: random.pick(lines) };
  const pairs = higher === "same" ? together : apart;
  const places = lines.flatMap((line) => pairs.map(([low, high]) => ({ line, low, high })));
  const among = kind === null || kind === "none" ? places : drawShared(places, pairs, random);
  const { line, low, high } = random.pick(among);
  return { left: [higher === "left" ? high : low, 2], right: [higher === "left" ? low : high, 2], line };
}

interface Place {
  readonly line: readonly Span[];
  readonly low: number;
  readonly high: number;
}

/**
 * Keeps the places of one way of sharing slices, drawn with the smaller of the odds that a row and a stack
 * would give it.
 */
function drawShared(places: readonly Place[], pairs: typeof apart, random: Random): readonly Place[] {
  const odds = (lines: readonly (readonly Span[])[]): Map<string, number> => {
    const shares = new Map<string, number>();
    for (const line of lines) {
      for (const [low, high] of pairs) {
        const key = sharedLevels({ line, low, high });
        shares.set(key, (shares.get(key) ?? 0) + 1 / (lines.length * pairs.length));
      }
    }
    return shares;
  };
  const ofRows = odds(rows),
    ofStacks = odds(stacks);
  const common = [...ofRows]
    .map(([key, share]) => [key, Math.min(share, ofStacks.get(key) ?? 0)] as const)
    .filter(([, share]) => share > 0);
  let left = random.uniform() * common.reduce((sum, [, share]) => sum + share, 0);
  let chosen = "";
  for (const [key, share] of common) {
    chosen = key;
    left -= share;
    if (left < 0) break;
  }
  return places.filter((place) => sharedLevels(place) === chosen);
}

/** Levels that the line shares with the lower and with the higher granuloma. */
function sharedLevels({ line, low, high }: Place): string {
  const shared = (from: number): number =>
    [from, from + 1].filter((level) =>
      line.some(([start, levels]) => level >= start && level < start + levels),
    ).length;
  return `${shared(low)}/${shared(high)}`;
}
