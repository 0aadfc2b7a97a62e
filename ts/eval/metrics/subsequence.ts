/** Bits of a word of the bit vector. */
const bits = 32;

/** Where each token stands in a list, as the set bits of the words that have any, rising. */
function places(
  tokens: readonly string[],
): ReadonlyMap<string, readonly (readonly [word: number, mask: number])[]> {
  const found = new Map<string, [number, number][]>();
  for (const [at, token] of tokens.entries()) {
    const word = Math.floor(at / bits),
      bit = 1 << (at % bits);
    const mine = found.get(token);
    const last = mine?.at(-1);
    if (mine === undefined) found.set(token, [[word, bit]]);
    else if (last !== undefined && last[0] === word) last[1] |= bit;
    else mine.push([word, bit]);
  }
  return found;
}

function countBits(value: number): number {
  let left = value >>> 0,
    count = 0;
  for (; left !== 0; left = (left & (left - 1)) >>> 0) count += 1;
  return count;
}

/**
 * Length of the longest common subsequence of two lists of tokens, by bit vectors (Hyyro 2004): 32 tokens at a time,
 * and only where a token stands, so that long texts take no time that grows with the product of their lengths.
 */
export function longestCommon(one: readonly string[], other: readonly string[]): number {
  const masks = places(one);
  const words = Math.ceil(one.length / bits);
  const open = new Uint32Array(words).fill(0xffffffff);
  for (const token of other) {
    const mine = masks.get(token);
    if (mine === undefined) continue;
    let carry = 0,
      next = 0;
    for (let word = mine[0]?.[0] ?? 0; word < words; word += 1) {
      const mask = mine[next]?.[0] === word ? (mine[next]?.[1] ?? 0) : 0;
      if (mask !== 0) next += 1;
      const before = open[word] ?? 0;
      const sum = before + ((before & mask) >>> 0) + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      open[word] = (sum % 2 ** bits) | (before & ~mask);
      if (carry === 0) {
        const jump = mine[next]?.[0];
        if (jump === undefined) break;
        word = jump - 1;
      }
    }
  }
  let shared = 0;
  for (let word = 0; word < words; word += 1) {
    const here = word === words - 1 && one.length % bits !== 0 ? 2 ** (one.length % bits) - 1 : 0xffffffff;
    shared += countBits(~(open[word] ?? 0) & here);
  }
  return shared;
}
