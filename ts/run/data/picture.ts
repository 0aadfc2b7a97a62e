import { statisticsAxis } from "../../data/index.ts";
import type { CohortPicture } from "../../plots/index.ts";
import type { VerifyDocument } from "./document.ts";
import type { Tally } from "./tally.ts";

/** What the page about a verified data set shows. */
export function cohortPicture(document: VerifyDocument, { shares, sliceMm }: Tally): CohortPicture {
  const { cases, items, hu, layout, deep, leaks, duplicates } = document;
  const { low, high } = statisticsAxis;
  return {
    title: `Data set of the layout ${layout}, ${deep ? "every voxel read" : "headers read"}`,
    facts: [
      `${cases.total} cases: ${cases.read} read, ${cases.refused} refused, ${cases.missing} missing; ${items.total} items, ${items.refused} of them refused`,
      `${duplicates.volumes} volumes and ${duplicates.reports} reports equal one before them`,
      ...(leaks.length === 0 ? ["no patient, volume or report stands in two splits"] : []),
      ...leaks.map(({ kind, splits, count }) => `${count} of kind ${kind} in ${splits.join(" and ")}`),
    ],
    cases,
    codes: document.codes.toSorted((a, b) => b.count - a.count),
    sliceMm,
    histogram: hu === null ? null : { low, high, shares: shares.map((share) => share / hu.scans) },
    digest: document.digest,
  };
}
