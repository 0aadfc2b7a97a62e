/** Series that come by the dozen, one an expert: told as a number of series; `--json` of `runs show` has them all. */
export const manySeries = /^load\./;

/** JSON has no NaN and no infinity: those stand as words. */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
