import type { ReadLog } from "../log.ts";

/** NIFTI_INTENT codes by what they declare; ranges are inclusive. */
const intents: readonly (readonly [from: number, to: number, what: string])[] = [
  [2, 24, "a statistic"],
  [1002, 1002, "labels (NIFTI_INTENT_LABEL)"],
  [1003, 1010, "names, matrices, vectors or points"],
  [2001, 2002, "a time series or node indices"],
  [2003, 2004, "colours"],
  [2005, 2005, "a shape"],
  [2006, 2018, "a deformation or spline field of FSL"],
];

/**
 * What intent_code declares the values to be, where that is no intensity; a code nobody knows is a warning.
 *
 * @returns undefined for 0 and for codes that may stand beside HU (estimate, dimensionless).
 * @see https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h "INTENT CODES"
 */
export function declaredIntent(intent: number, log: ReadLog): string | undefined {
  if (intent === 0) return undefined;
  const what = intents.find(([from, to]) => intent >= from && intent <= to)?.[2];
  if (what === undefined)
    log.warn("NIFTI_INTENT_ODD", `intent_code is ${intent}, which says nothing of HU; the HU gate decides`);
  return what === undefined ? undefined : `${what} (intent_code ${intent})`;
}
