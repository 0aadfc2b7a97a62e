import { atOnce, type Steps } from "../steps.ts";

/** Bits of a word of the bit vector: two words and a carry are a whole number of 32 bits with a sign. */
const bits = 30;
const full = 2 ** bits - 1;

/** Where one token stands in a list: the words of the vector that have any of its bits, rising, and those bits. */
interface Places {
  readonly words: Int32Array;
  readonly masks: Int32Array;
}

function places(tokens: readonly string[]): ReadonlyMap<string, Places> {
  const found = new Map<string, number[]>();
  for (const [at, token] of tokens.entries()) {
    const mine = found.get(token);
    if (mine === undefined) found.set(token, [at]);
    else mine.push(at);
  }
  return new Map([...found].map(([token, at]) => [token, placesOf(at)]));
}

function placesOf(positions: readonly number[]): Places {
  const words: number[] = [],
    masks: number[] = [];
  for (const at of positions) {
    const word = Math.floor(at / bits),
      bit = 1 << (at % bits);
    if (words.at(-1) === word) masks[masks.length - 1] = (masks.at(-1) ?? 0) | bit;
    else {
      words.push(word);
      masks.push(bit);
    }
  }
  return { words: Int32Array.from(words), masks: Int32Array.from(masks) };
}

/** Words of the vector that a step may take. */
const pauseEvery = 2 ** 22;

/**
 * One more token of the other list: the bits of its places carry into the open ones.
 *
 * @returns words of the vector that were looked at.
 */
function step(open: Int32Array, { words, masks }: Places): number {
  let carry = 0,
    next = 0,
    looked = 0,
    word = words[0] ?? open.length;
  while (word < open.length) {
    looked += 1;
    let mask = 0;
    if (words[next] === word) {
      mask = masks[next] ?? 0;
      next += 1;
    }
    const before = open[word] ?? 0,
      sum = before + (before & mask) + carry;
    carry = sum >>> bits;
    open[word] = (sum & full) | (before & ~mask);
    // Without a carry nothing changes before the next place.
    if (carry !== 0) word += 1;
    else if (next < words.length) word = words[next] ?? open.length;
    else break;
  }
  return looked;
}

function countBits(value: number): number {
  let left = value,
    count = 0;
  for (; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** How many tokens, at most so many, two lists have in common at their beginnings, or at their ends. */
function common(one: readonly string[], other: readonly string[], atMost: number, fromEnd: boolean): number {
  let count = 0;
  while (
    count < atMost &&
    one[fromEnd ? one.length - 1 - count : count] === other[fromEnd ? other.length - 1 - count : count]
  )
    count += 1;
  return count;
}

/**
 * Length of the longest common subsequence of two lists of tokens, by bit vectors (Hyyro 2004): 30 tokens at a time,
 * and only where a token stands. What both begin and end with is in it, and is counted without any.
 */
export function* longestCommonSteps(one: readonly string[], other: readonly string[]): Steps<number> {
  const shorter = Math.min(one.length, other.length);
  const head = common(one, other, shorter, false),
    tail = common(one, other, shorter - head, true);
  const mine = one.slice(head, one.length - tail);
  const masks = places(mine);
  const open = new Int32Array(Math.ceil(mine.length / bits)).fill(full);
  let looked = 0;
  for (let at = head; at < other.length - tail; at += 1) {
    const found = masks.get(other[at] ?? "");
    if (found !== undefined) looked += step(open, found);
    if (looked < pauseEvery) continue;
    looked = 0;
    yield;
  }
  let shared = head + tail;
  for (const [word, left] of open.entries()) {
    const here = word === open.length - 1 && mine.length % bits !== 0 ? 2 ** (mine.length % bits) - 1 : full;
    shared += countBits(~left & here);
  }
  return shared;
}

/** The same at once. */
export const longestCommon = (one: readonly string[], other: readonly string[]): number =>
  atOnce(longestCommonSteps(one, other));
