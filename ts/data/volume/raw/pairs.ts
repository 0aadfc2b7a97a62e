/**
 * Numbers of 16 bits, two of them in every step: what is done to each number of a scan is done half as often.
 *
 * All change the numbers where they lie. The two halves of a word of 32 bits are two numbers on any machine.
 */
type Words = Int16Array | Uint16Array;

/** Top bit of both halves, and all others. */
const tops = 0x80008000 | 0;
const rest = 0x7fff7fff;

/** Too few numbers start nowhere that a word could. */
const none = new Int32Array(0);

const twice = (number: number): number => (number & 0xffff) | (number << 16);

/**
 * Keeps some bits of each number.
 *
 * @param mask - the bits that stay, 0..65535.
 * @returns bits that any of the numbers had set, those of `mask` too.
 */
export function keepBits(words: Words, mask: number): number {
  const { head, pairs, tail } = inPairs(words);
  const both = twice(mask);
  let any = 0;
  for (let at = 0; at < pairs.length; at++) {
    const pair = pairs[at] ?? 0;
    any |= pair;
    pairs[at] = pair & both;
  }
  any |= any >>> 16;
  for (const few of [head, tail])
    for (let at = 0; at < few.length; at++) {
      any |= few[at] ?? 0;
      few[at] = (few[at] ?? 0) & mask;
    }
  return any & 0xffff;
}

/** Adds a whole number to each, modulo 65,536. */
export function addToAll(words: Words, addend: number): void {
  const { head, pairs, tail } = inPairs(words);
  const both = twice(addend);
  const low = both & rest;
  const high = both & tops;
  for (let at = 0; at < pairs.length; at++) {
    const pair = pairs[at] ?? 0;
    // Without their top bits no sum of two runs into its neighbour; a top bit is the odd one of three.
    pairs[at] = ((pair & rest) + low) ^ (pair & tops) ^ high;
  }
  for (const few of [head, tail]) for (let at = 0; at < few.length; at++) few[at] = (few[at] ?? 0) + addend;
}

/** The numbers in words of 32 bits, and what lies before and behind them: one number each at most. */
function inPairs(words: Words): { readonly head: Words; readonly pairs: Int32Array; readonly tail: Words } {
  const before = Math.min(words.length, (words.byteOffset / 2) % 2);
  const count = (words.length - before) >> 1;
  return {
    head: words.subarray(0, before),
    pairs: count === 0 ? none : new Int32Array(words.buffer, words.byteOffset + 2 * before, count),
    tail: words.subarray(before + 2 * count),
  };
}
