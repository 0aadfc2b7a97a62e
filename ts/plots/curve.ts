/** What is done to points before they are drawn. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/**
 * Centred moving mean, so that the smoothed line does not lag; at the ends the window is what fits.
 *
 * @param points - finite values in step order.
 * @param window - points averaged, at least 1; an even one is made odd.
 */
export function smooth(points: readonly Point[], window: number): readonly Point[] {
  const half = Math.floor(Math.max(window, 1) / 2);
  const sums = [0];
  for (const { value } of points) sums.push((sums.at(-1) ?? 0) + value);
  return points.map(({ step }, index) => {
    // Narrower on both sides at the beginning, where a loss falls fast: a one-sided window would begin far
    // below the first value.
    const from = Math.max(0, index - half);
    const to = Math.min(points.length - 1, index + Math.min(half, index));
    return { step, value: ((sums[to + 1] ?? 0) - (sums[from] ?? 0)) / (to + 1 - from) };
  });
}

/**
 * At most four points for each pixel column: first, lowest, highest, last. The drawn line covers the same
 * pixels, and no spike is lost.
 *
 * @param pixelOf - pixel of a step along x.
 */
export function perPixelColumn(
  points: readonly Point[],
  pixelOf: (step: number) => number,
): readonly Point[] {
  const columns = new Map<number, Point[]>();
  for (const point of points) {
    const column = Math.floor(pixelOf(point.step));
    const inColumn = columns.get(column);
    if (inColumn === undefined) columns.set(column, [point]);
    else inColumn.push(point);
  }
  return [...columns.values()].flatMap((inColumn) => {
    if (inColumn.length <= 4) return inColumn;
    const lowest = inColumn.reduce((a, b) => (b.value < a.value ? b : a));
    const highest = inColumn.reduce((a, b) => (b.value > a.value ? b : a));
    const kept = new Set([inColumn[0], lowest, highest, inColumn.at(-1)]);
    return inColumn.filter((point) => kept.has(point));
  });
}
