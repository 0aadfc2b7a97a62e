/** Student's t: its distribution and quantiles, to about 1e-13. */

const gammaTerms = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the gamma function of x >= 0.5 (Lanczos, g 7, 9 terms). */
function logGamma(x: number): number {
  const [first = 1, ...rest] = gammaTerms;
  const z = x - 1,
    t = z + 7.5;
  const series = rest.reduce((sum, term, at) => sum + term / (z + at + 1), first);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

/** Lentz's continued fraction of the incomplete beta function. */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1,
    d = 1 / away(1 - ((a + b) * x) / (a + 1)),
    fraction = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return fraction;
}

/** The regularised incomplete beta function I_x(a, b) of x within 0..1. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

/** Chance that Student's t lies above `t` >= 0. */
function upperTail(t: number, df: number): number {
  return incompleteBeta(df / 2, 0.5, df / (df + t * t)) / 2;
}

/**
 * Two-sided p of a value of Student's t.
 *
 * @param df - degrees of freedom, at least 1; need not be whole.
 */
export function twoSidedP(t: number, df: number): number {
  return Math.min(1, 2 * upperTail(Math.abs(t), df));
}

const known = new Map<string, number>();

/**
 * Quantile of Student's t.
 *
 * @param p - 0.5 or more, below 1.
 * @param df - degrees of freedom, at least 1; need not be whole.
 */
export function tQuantile(p: number, df: number): number {
  const key = `${p} ${df}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  let low = 0,
    high = 1;
  while (upperTail(high, df) > 1 - p) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step += 1) {
    const middle = (low + high) / 2;
    if (upperTail(middle, df) > 1 - p) low = middle;
    else high = middle;
  }
  const found = (low + high) / 2;
  if (known.size > 10_000) known.clear();
  known.set(key, found);
  return found;
}
