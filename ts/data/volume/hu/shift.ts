import type { HuHistogram } from "./histogram.ts";
import { type NotHuCause, n, notHu } from "./not-hu.ts";
import { leastShifted, type Signature, signature } from "./signature.ts";

/** Wrong scales seen in the wild, as what must be added to get HU back. */
const shifts: readonly {
  readonly add: number;
  readonly cause: NotHuCause;
  readonly why: string;
}[] = [
  {
    add: 1024,
    cause: "rescaled-twice",
    why: "the intercept of -1024 was applied twice",
  },
  {
    add: 1000,
    cause: "rescaled-twice",
    why: "an intercept of -1000 was applied to values that were HU already",
  },
  {
    add: -1024,
    cause: "unscaled",
    why: "the stored values were never rescaled (RescaleIntercept -1024 is missing)",
  },
  {
    add: -1000,
    cause: "unscaled",
    why: "the stored values were never rescaled (an intercept of -1000 is missing)",
  },
  {
    add: 7168,
    cause: "intercept-8192",
    why: "an intercept of -8192 was applied where -1024 belongs",
  },
  {
    add: 8192,
    cause: "intercept-8192",
    why: "an intercept of -8192 was applied to values that were HU already",
  },
];
/** An unscaled scan has no more than this below -60 beside its padding; the scans in HU have 35 to 77 %. */
const mostBelowUnscaled = 0.001;

/** How far air and soft tissue still lie from -1000 and 50 HU; of the shifts that fit, the least is meant. */
function misplacement({ airHu, tissueHu }: Signature): number {
  return Math.abs(airHu + 1000) + Math.abs(tissueHu - 50);
}

/**
 * Refuses when adding a well-known number would put both air and soft tissue in place.
 *
 * @throws TomoeError `DATA_NOT_HU` with what to add in `details.addHu`.
 */
export function refuseByShift(histogram: HuHistogram): void {
  const fitting = shifts
    .map((shift) => ({ ...shift, shifted: signature(histogram, shift.add) }))
    .filter(({ shifted }) => leastShifted(shifted))
    .toSorted((a, b) => misplacement(a.shifted) - misplacement(b.shifted));
  for (const { add, cause, why, shifted } of fitting) {
    // An unscaled scan has next to nothing below zero but padding; a crop inside a body full of contrast
    // medium has fat there.
    if (
      cause === "unscaled" &&
      histogram.share(-(1 << 20), -60) - histogram.densest(-32768, -60, 2).share > mostBelowUnscaled
    )
      continue;
    throw notHu(
      histogram,
      cause,
      `air lies at ${n(shifted.airHu - add)} and soft tissue at ${n(shifted.tissueHu - add)}, ${n(add)} away from where physics puts them: ${why}`,
      `Rescale the source once only. Adding ${add} to every voxel would put air at ${n(shifted.airHu)} and soft tissue at ${n(shifted.tissueHu)} HU.`,
      { addHu: add },
    );
  }
}
