import type { Dataset } from "../../data/dataset/index.ts";
import {
  type Certificate,
  type ContentTally,
  differences,
  readCertificate,
  type SplitOfCase,
} from "../../data/sources/index.ts";
import { TomoeError } from "../../errors.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";

type SplitName = "train" | ExperimentConfig["evaluation"]["split"];

/** Differences that a message shows. */
const shown = 5;

/** A certificate whose rows were found, with what its scans are held against once they are read. */
export interface CertifiedRows {
  readonly path: string;
  readonly certificate: Certificate;
  readonly tally: ContentTally;
  readonly splitOf: SplitOfCase;
}

/**
 * Holds the rows of a data set against its certificate, before a scan is read.
 *
 * @param volumes - the same rows in the splits that the run takes.
 * @throws TomoeError as `readCertificate`; `DATA_MANIFEST` with what differs.
 */
export async function certifiedRows(
  path: string,
  tally: ContentTally,
  volumes: Dataset,
): Promise<CertifiedRows> {
  const certificate = await readCertificate(path);
  const splits = new Map(volumes.cases.map(({ row }) => [row.case, row.split]));
  const splitOf: SplitOfCase = (id) => splits.get(id) ?? null;
  const found = differences(certificate, { filters: tally.filters(), splits: tally.splits(splitOf) });
  if (found.length > 0) throw another(path, found);
  return { path, certificate, tally, splitOf };
}

/**
 * Holds scans that were read against the certificate of their data set.
 *
 * @param splits - of which every scan was read.
 * @param receipts - by case.
 * @returns what every number says of it; null where there is no certificate.
 * @throws TomoeError `DATA_MANIFEST` naming the splits whose bytes are others.
 */
export function certifiedScans(
  certified: CertifiedRows | null | undefined,
  splits: readonly SplitName[],
  receipts: ReadonlyMap<string, { readonly sourceDigest: string }>,
): string | null {
  if (certified === null || certified === undefined) return null;
  const { path, certificate, tally, splitOf } = certified;
  const scanOf = (id: string): string | undefined => receipts.get(id)?.sourceDigest;
  const other = splits.filter(
    (split) => tally.scans(split, splitOf, scanOf) !== certificate.splits[split].scans,
  );
  if (other.length > 0)
    throw another(
      path,
      other.map((split) => `${split} has scans of other bytes`),
    );
  return `certificate:${certificate.digest.slice(0, 16)}`;
}

function another(path: string, found: readonly string[]): TomoeError {
  const more = found.length - shown;
  return new TomoeError(
    "DATA_MANIFEST",
    `the data set is not the one of ${path}: ${found.slice(0, shown).join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    {
      hint: "Give problems and splits as they were certified, or certify this data set: tomoe data certify.",
      details: { path, count: found.length, differences: found.slice(0, 200) },
    },
  );
}
