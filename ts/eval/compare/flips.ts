/** Patterns of signs above which a test draws some in place of going through all. */
const exactUpTo = 4096;

/** Patterns that are drawn beside the observed one. */
const drawn = 9999;

/** The seed of every draw; part of the signature. */
export const flipSeed = 0;

// Taken once: where a host wraps the global object (test runners do) a look-up costs more than the arithmetic.
const { imul } = Math;

/** splitmix32: 32 bits a call, one seed, one stream, the same on every machine. */
export function seededBits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = imul(x ^ (x >>> 16), 0x21f0aaad);
    x = imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  };
}

/** As `seededBits`, numbers of 0 to below 1. */
export function seededUniform(seed: number): () => number {
  const bits = seededBits(seed);
  return () => bits() / 2 ** 32;
}

/** How many patterns of signs a test over so many clusters looks at, and whether these are all there are. */
export function patternsOf(clusters: number): { readonly count: number; readonly isExact: boolean } {
  const isExact = clusters <= Math.log2(exactUpTo);
  return { count: isExact ? 2 ** clusters : drawn + 1, isExact };
}

/** What a test did, for a signature. */
export function describeFlips(clusters: number): string {
  const { count, isExact } = patternsOf(clusters);
  return isExact ? `exact,patterns=${count}` : `draws=${drawn},seed=${flipSeed},prng=splitmix32`;
}

/**
 * Goes through patterns of signs, the observed one first: every one where that is possible, else seeded draws.
 *
 * @param visit - gets the number of the pattern and, for each cluster, 1 where its sign is turned and 0 where not;
 * the list is used again for the next.
 */
export function eachPattern(clusters: number, visit: (pattern: number, turned: Uint8Array) => void): void {
  const { count, isExact } = patternsOf(clusters);
  const turned = new Uint8Array(clusters),
    bits = seededBits(flipSeed);
  visit(0, turned);
  for (let pattern = 1; pattern < count; pattern += 1) {
    let left = isExact ? pattern : 0;
    for (let cluster = 0; cluster < clusters; cluster += 1) {
      if (!isExact && cluster % 32 === 0) left = bits();
      turned[cluster] = left & 1;
      left >>>= 1;
    }
    visit(pattern, turned);
  }
}
