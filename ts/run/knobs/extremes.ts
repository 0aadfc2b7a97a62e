import type { JsonValue } from "../../errors.ts";
import type { NumberRow } from "../../schema/options/row.ts";
import type { Option } from "./options.ts";

/**
 * How far an option is pushed where its range is open: to next to nothing, and beyond what anybody trains with. A rate,
 * a weight or a norm that acts at all shows in the bits of a float32 long before.
 */
const least = 1e-9,
  most = 1e6;
/** Next to an end that a range does not hold. */
const almost = 0.999;

/**
 * The values that an option is tried at in place of its own, the likelier to show an effect first: the ends of its
 * range, or each other choice. None where nothing else may stand there.
 */
export function extremesOf(option: Option): readonly JsonValue[] {
  const { row, value } = option;
  switch (row.kind) {
    case "whole":
    case "number":
      return [lowest(row, value as number), leastOfSome(row), highest(row, option)].filter(
        (end, at, all) => end !== undefined && end !== value && all.indexOf(end) === at,
      ) as number[];
    case "choice":
      return row.of.filter((one) => one !== value);
    case "flag":
      return [value !== true];
    default:
      return [];
  }
}

/** Of a count that may be none: parts of one volume are parts of every step, and those of four are not. */
function leastOfSome({ kind, min }: NumberRow): number | undefined {
  return kind === "whole" && min === 0 ? 1 : undefined;
}

function lowest({ kind, min, above }: NumberRow, value: number): number | undefined {
  if (min !== undefined) return min;
  if (above === undefined) return undefined;
  return kind === "whole" ? above + 1 : above + (value - above) * least;
}

function highest(row: NumberRow, { value, beside }: Option): number {
  const bound = row.notAbove === undefined ? undefined : Number(beside[row.notAbove]);
  const end = Math.min(bound ?? Number.POSITIVE_INFINITY, row.max ?? Number.POSITIVE_INFINITY);
  if (row.below !== undefined) return row.below * almost;
  const open = value === 0 ? 1 : Number(value) * most;
  // An open range of whole numbers ends where 32 bits do, which is a count that nothing has.
  return Math.min(open, end);
}
