/** From values to pixels, and the ticks people expect. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly min: number;
  readonly max: number;
  toPixel(value: number): number;
  readonly ticks: readonly number[];
}

/**
 * A linear scale whose ticks are 1, 2 or 5 times a power of ten.
 *
 * @param pixels - where `min` and `max` lie; the second may be the smaller, as on a y axis.
 * @param about - ticks wanted, roughly.
 */
export function linearScale(
  min: number,
  max: number,
  pixels: readonly [number, number],
  about: number,
): Scale {
  const [low, high] =
    max > min ? [min, max] : [min - Math.max(Math.abs(min), 1) / 2, min + Math.max(Math.abs(min), 1) / 2];
  const step = niceStep((high - low) / Math.max(about, 1));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
  return {
    kind: "linear",
    min: low,
    max: high,
    ticks,
    toPixel: (value) => between(pixels, (value - low) / (high - low)),
  };
}

/**
 * A logarithmic scale over positive values; ticks at 1, 2 and 5 times each power of ten, or at the powers
 * alone when those are many; at even steps where the range is too narrow for two of them.
 */
export function logScale(min: number, max: number, pixels: readonly [number, number]): Scale {
  const [low, high] = [Math.log10(min), Math.log10(max)];
  const factors = high - low > 4 ? [1] : [1, 2, 5];
  const powers = Array.from(
    { length: Math.floor(high) - Math.floor(low) + 1 },
    (_, index) => Math.floor(low) + index,
  );
  const within = (tick: number): boolean => tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9);
  const round = powers
    .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
    .filter(within);
  const ticks =
    round.length > 1 || low === high ? round : linearScale(min, max, pixels, 4).ticks.filter(within);
  return {
    kind: "log",
    min,
    max,
    ticks,
    toPixel: (value) => between(pixels, (Math.log10(value) - low) / (high - low)),
  };
}

/** A number as a tick says it: 0.05, 12, 8,000, 2e-7. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential().replace("e+", "e");
  return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const off = (factor: number): number => Math.abs(Math.log((factor * power) / rough));
  return [1, 2, 5, 10].reduce((best, factor) => (off(factor) < off(best) ? factor : best)) * power;
}

function between([from, to]: readonly [number, number], share: number): number {
  return from + share * (to - from);
}
