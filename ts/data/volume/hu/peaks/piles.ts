import type { HuHistogram } from "../histogram.ts";
import { n, percent } from "../not-hu.ts";
import { humps } from "./humps.ts";

/** Air ends here; below it clipping and padding are told elsewhere. */
const aboveAirHu = -900;

/** Says of single values above air that hold what no noise puts there; the highest and lowest are clipping, told elsewhere. */
export function pilesWithin(histogram: HuHistogram): readonly string[] {
  return humps(histogram)
    .filter(
      ({ at, isPile }) => isPile && at > aboveAirHu && at < Math.floor(histogram.max) && at > histogram.min,
    )
    .map(
      ({ at, share }) =>
        `${percent(share)} of the voxels are exactly ${n(at)}: padding or a mask, which no noise makes`,
    );
}
