import { z } from "zod";
import { TomoeError } from "../../../errors.ts";
import { readJson } from "../../../files/index.ts";
import { digestJson } from "../../../schema/digest.ts";
import { layoutNames } from "../../../schema/tables/layouts.ts";
import { taskIds } from "../../../schema/task.ts";
import type { SplitName } from "../source.ts";
import type { FilterCount, SplitContent } from "./content.ts";

const count = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const split = z.enum(["train", "validation", "test"]);

const certifiedSplit = z.strictObject({
  patients: count,
  cases: count,
  items: count,
  /** Over what is said of every case and asked about it. */
  rows: digest,
  /** Over that and the bytes of every scan. */
  scans: digest,
});

/** A certificate as it is written: what two papers hold against each other. */
export const certificateSchema = z.strictObject({
  format: z.literal("tomoe.certificate/1"),
  layout: z.enum(layoutNames as [string, ...string[]]),
  filters: z.array(
    z.strictObject({
      name: z.string().min(1),
      of: z.enum(["cases", ...taskIds, "items", "rows"] as [string, ...string[]]),
      split: split.nullable(),
      before: count,
      after: count,
    }),
  ),
  splits: z.strictObject({ train: certifiedSplit, validation: certifiedSplit, test: certifiedSplit }),
  /** Patients, volumes and reports that splits share. */
  leaks: z.array(
    z.strictObject({ kind: z.enum(["patient", "volume", "report"]), splits: z.array(split), count }),
  ),
  digest,
});
export type Certificate = z.infer<typeof certificateSchema>;

/** What the digest of a certificate is over. */
export type Certified = Pick<Certificate, "filters" | "splits" | "leaks">;

/** SHA-256 over filters, counts and content: equal where two data sets hold the same, whatever they call it. */
export function certificateDigest({ filters, splits, leaks }: Certified): string {
  return digestJson({ format: "tomoe.certificate/1", filters, splits, leaks }, "the certificate");
}

/**
 * Reads a certificate, which has to be whole.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `DATA_MANIFEST` for a file that is none, or whose digest is of other content.
 */
export async function readCertificate(path: string): Promise<Certificate> {
  const certificate = await readJson(path, certificateSchema, (where, what) => {
    return new TomoeError("DATA_MANIFEST", `${where} is no certificate: ${what}`, {
      hint: "Write it with tomoe data certify.",
      details: { path },
    });
  });
  const derived = certificateDigest(certificate);
  if (derived === certificate.digest) return certificate;
  throw new TomoeError("DATA_MANIFEST", `${path} was changed: its digest is not that of what it states`, {
    hint: "Take the file as it was written, or certify the data set again.",
    details: { path, stated: certificate.digest, derived },
  });
}

/** What can be known of a data set before its scans are read. */
export interface StatedContent {
  readonly filters: readonly FilterCount[];
  readonly splits: Readonly<Record<SplitName, SplitContent>>;
}

/** Where a data set and a certificate differ, each difference in words: filters and counts first, then content. */
export function differences(certificate: Certificate, found: StatedContent): readonly string[] {
  return [...filterDifferences(certificate.filters, found.filters), ...splitDifferences(certificate, found)];
}

type AnyFilter = Certificate["filters"][number];

const labelOf = ({ name, of, split: where }: Pick<AnyFilter, "name" | "of" | "split">): string =>
  `filter ${name} of ${of}${where === null ? "" : ` in ${where}`}`;

const leaves = (filter: Pick<AnyFilter, "before" | "after"> | undefined): string =>
  filter === undefined ? "is not there" : `leaves ${filter.after} of ${filter.before}`;

function filterDifferences(certified: readonly AnyFilter[], found: readonly AnyFilter[]): readonly string[] {
  const here = new Map(found.map((filter) => [labelOf(filter), filter]));
  const there = new Map(certified.map((filter) => [labelOf(filter), filter]));
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((label) => {
    const stated = leaves(there.get(label)),
      is = leaves(here.get(label));
    return stated === is ? [] : [`${label} ${is}, certified: it ${stated}`];
  });
}

function splitDifferences(
  { splits }: Pick<Certificate, "splits">,
  { splits: found }: StatedContent,
): readonly string[] {
  return (["train", "validation", "test"] as const).flatMap((name) => {
    const counts = (["patients", "cases", "items"] as const).flatMap((what) =>
      splits[name][what] === found[name][what]
        ? []
        : [`${name} has ${found[name][what]} ${what}, certified: ${splits[name][what]}`],
    );
    if (counts.length > 0 || splits[name].rows === found[name].rows) return counts;
    return [`${name} says or asks something else than what was certified, in as many rows`];
  });
}
