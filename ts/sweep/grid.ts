import type { JsonValue } from "../errors.ts";
import type { Assignment, Dimension, PlainDimension } from "../schema/sweep/plan.ts";
import { dimensionsOf } from "./space.ts";

type Space = Readonly<Record<string, Dimension>>;

/** The values that a grid takes of an option; undefined of a range that says no `points`. */
export function gridValues(dimension: PlainDimension): readonly JsonValue[] | undefined {
  if (dimension.kind === "choice") return dimension.of;
  if (dimension.kind === "int") {
    const { low, high, step = 1 } = dimension;
    return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, at) => low + at * step);
  }
  const { low, high, log, points } = dimension;
  if (points === undefined) return undefined;
  const values = Array.from({ length: points }, (_, at) => {
    const share = at / (points - 1);
    const value = log ? low * (high / low) ** share : low + share * (high - low);
    // Both ends as they were written; between them without the last digits, which are the arithmetic's own.
    const between = Math.min(high, Math.max(low, Number(value.toPrecision(12))));
    return at === 0 ? low : at === points - 1 ? high : between;
  });
  // A range may be too narrow for as many.
  return [...new Set(values)];
}

/**
 * Every point of a grid, the last option by its path changing fastest; a conditional option multiplies only the points that
 * have it.
 */
export function gridOf(space: Space): readonly Assignment[] {
  const entries = dimensionsOf(space);
  let points: readonly Assignment[] = [{}];
  for (const [path, dimension] of entries.filter(([, { kind }]) => kind !== "when"))
    points = points.flatMap((point) => withEach(point, path, gridValues(dimension as PlainDimension) ?? []));
  for (const [path, dimension] of entries) {
    if (dimension.kind !== "when") continue;
    const { option, is, draws } = dimension;
    points = points.flatMap((point) =>
      JSON.stringify(point[option]) === JSON.stringify(is)
        ? withEach(point, path, gridValues(draws) ?? [])
        : [point],
    );
  }
  return points;
}

function withEach(point: Assignment, path: string, values: readonly JsonValue[]): readonly Assignment[] {
  return values.map((value) => ({ ...point, [path]: value }));
}

/** How many points a grid has at most: conditional options counted as if every point had them. */
export function mostPoints(space: Space): number {
  return Object.values(space).reduce((count, dimension) => {
    const plain = dimension.kind === "when" ? dimension.draws : dimension;
    const values =
      plain.kind === "int"
        ? Math.floor((plain.high - plain.low) / (plain.step ?? 1)) + 1
        : plain.kind === "choice"
          ? plain.of.length
          : (plain.points ?? 1);
    return count * values;
  }, 1);
}
