import type { Dimension } from "../schema/sweep/plan.ts";

/**
 * The options of a space in the order of their paths, in which samplers go through them. The order that they were written
 * in is none: a ledger keeps a space as canonical JSON, and what is proposed after a resume must be what would have been.
 */
export function dimensionsOf(
  space: Readonly<Record<string, Dimension>>,
): readonly (readonly [path: string, dimension: Dimension])[] {
  return Object.entries(space).sort(([one], [other]) => (one < other ? -1 : 1));
}
