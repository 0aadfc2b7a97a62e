import type { Bounds, NumberRow } from "./row.ts";

/**
 * The ranges that recur, and how a range is said. `config/build/ranges` says the same of literals while
 * compiling, in the same words.
 */

/** The largest whole number that travels: 32 bits. */
export const wholeLimit = 4_294_967_295;

export const count = { kind: "whole", min: 1, max: wholeLimit } as const;
export const countOrNone = { kind: "whole", min: 0, max: wholeLimit } as const;
export const positive = { kind: "number", above: 0 } as const;
export const notNegative = { kind: "number", min: 0 } as const;
export const share = { kind: "number", min: 0, max: 1 } as const;
/** Seeds are 32 bits wide everywhere: in the worker, in a phantom, in the bootstrap. */
export const seed = { kind: "whole", min: 0, max: wholeLimit } as const;

/** "a whole number of at least 1". */
export function lowerWords({ kind, min, above }: Bounds & { readonly kind: NumberRow["kind"] }): string {
  const what = kind === "whole" ? "a whole number" : "a number";
  return min !== undefined
    ? `${what} of at least ${min}`
    : above !== undefined
      ? `${what} above ${above}`
      : what;
}

/** "at most 1", "below 1"; undefined where there is no upper bound. */
export function upperWords({ max, below }: Bounds): string | undefined {
  return max !== undefined ? `at most ${max}` : below !== undefined ? `below ${below}` : undefined;
}

/** Which bound of its row a number leaves, in words; undefined for one in range. */
export function outOfRange(row: NumberRow, value: number): string | undefined {
  const { kind, min, above, max, below } = row;
  if (
    (kind === "whole" && !Number.isInteger(value)) ||
    (min !== undefined && value < min) ||
    (above !== undefined && value <= above)
  )
    return lowerWords(row);
  return (max !== undefined && value > max) || (below !== undefined && value >= below)
    ? upperWords(row)
    : undefined;
}

/** The whole range: "a number of at least 0, below 1". That whole numbers have 32 bits is said once, not of each. */
export function rangeWords(
  row: Bounds & { readonly kind: NumberRow["kind"]; readonly notAbove?: string },
): string {
  const upper =
    row.notAbove !== undefined
      ? `at most ${row.notAbove}`
      : row.max === wholeLimit
        ? undefined
        : upperWords(row);
  return upper === undefined ? lowerWords(row) : `${lowerWords(row)}, ${upper}`;
}
