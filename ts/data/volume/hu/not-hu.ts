import { type JsonValue, TomoeError } from "../../../errors.ts";
import type { HuHistogram } from "./histogram.ts";

/** Why voxels are not HU. */
export type NotHuCause =
  | "constant"
  | "8-bit"
  | "normalised"
  | "unscaled"
  | "rescaled-twice"
  | "intercept-8192"
  | "wrapped"
  | "offset"
  | "scaled"
  | "sign"
  | "labels"
  | "values-below-air"
  | "no-soft-tissue"
  | "not-ct-like";

/** What to do about values whose scale nobody can name. */
export const anotherScale =
  "The values are on another scale; convert the source again, with its slope and intercept.";

/** The refusal of voxels that are not HU: `DATA_NOT_HU` with the cause, what was found and what to do. */
export function notHu(
  histogram: HuHistogram,
  cause: NotHuCause,
  reason: string,
  hint: string,
  more: { readonly [key: string]: JsonValue } = {},
): TomoeError {
  return new TomoeError("DATA_NOT_HU", `the voxels are not Hounsfield units (${cause}): ${reason}`, {
    hint,
    details: {
      cause,
      min: histogram.min,
      max: histogram.max,
      reasons: [reason],
      ...more,
    },
  });
}

/** A value in a message, six significant digits at most. */
export const n = (value: number): string => String(Number(value.toPrecision(6)));

/** A share in a message. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
