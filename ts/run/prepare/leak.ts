import { type DatasetCase, mayAsk } from "../../data/dataset/index.ts";
import { TomoeError } from "../../errors.ts";
import { predicts } from "../../schema/task.ts";
import { reportDigest, saltedDigest, type TrainedOn, trainedOn } from "./trained-on.ts";

/** What was found of the training cases among those that are to be tested: ids of cases. */
export interface FoundLeak {
  readonly patients: readonly string[];
  readonly scans: readonly string[];
  readonly reports: readonly string[];
}

/** Cases that are to be tested, and by case the digest of the scan, where it is known. */
export interface Tested {
  readonly heldOut: readonly DatasetCase[];
  readonly receipts: ReadonlyMap<string, { readonly sourceDigest: string }>;
}

/** Cases whose patient, scan or report stands in a list of what was trained on. */
export function leakOf({ heldOut, receipts }: Tested, known: TrainedOn): FoundLeak {
  const patients = new Set(known.patients),
    scans = new Set(known.scans),
    reports = new Set(known.reports);
  const found = (isKnown: (entry: DatasetCase) => boolean): readonly string[] =>
    heldOut.filter(isKnown).map(({ row }) => row.case);
  return {
    patients: found(({ row }) => patients.has(saltedDigest(known.salt, row.subject))),
    scans: found(({ row }) => scans.has(receipts.get(row.case)?.sourceDigest ?? "")),
    reports: found(
      (entry) =>
        reports.size > 0 &&
        mayAsk(entry, "report") &&
        entry.items.some(
          ({ task, target }) => predicts(task, "report") && reports.has(reportDigest(known.salt, target)),
        ),
    ),
  };
}

const counted = (leak: FoundLeak): string =>
  Object.entries(leak)
    .filter(([, ids]: readonly [string, readonly string[]]) => ids.length > 0)
    .map(([kind, ids]: readonly [string, readonly string[]]) => `${kind} of ${ids.length} cases`)
    .join(", ");

/** What a run is to be tested on, and what it is trained on. */
export interface SplitToCheck {
  readonly train: readonly DatasetCase[];
  readonly heldOut: readonly DatasetCase[];
  /** Digest of each scan by case; null before they are read. */
  readonly scans: ReadonlyMap<string, { readonly sourceDigest: string }> | null;
  readonly hasTemplates: boolean;
  readonly salt: string;
  /** As `leakReason` of a source. */
  readonly reason: string | null | undefined;
}

/**
 * Looks for patients, scans and reports that the splits of one data set share.
 *
 * @throws TomoeError `DATA_LEAK` as `judgeLeak`.
 */
export function checkSplit({
  train,
  heldOut,
  scans,
  hasTemplates,
  salt,
  reason,
}: SplitToCheck): AllowedLeak | null {
  if (reason === undefined) return null;
  const ofTrain =
    scans && new Map(train.map(({ row }) => [row.case, scans.get(row.case)?.sourceDigest ?? ""]));
  const known = trainedOn({ cases: train, scans: ofTrain, hasTemplates, salt });
  return judgeLeak(leakOf({ heldOut, receipts: scans ?? new Map() }, known), heldOut.length, {
    reason,
    hint: 'Draw the split with tomoe data split, or say why it may leak: allowLeak: "reason" in the recipe, --allow-leak REASON.',
  });
}

/** What a leak that is allowed adds to every number: a part of its signature, and a warning. */
export interface AllowedLeak {
  readonly signature: string;
  readonly message: string;
}

/**
 * Judges what was found.
 *
 * @param reason - why it is evaluated all the same; it stands in every signature.
 * @param hint - what else the user can do.
 * @returns null where nothing leaks.
 * @throws TomoeError `DATA_LEAK` with counts and the first cases of each kind, without a reason.
 */
export function judgeLeak(
  leak: FoundLeak,
  tested: number,
  { reason, hint }: { readonly reason: string | null; readonly hint: string },
): AllowedLeak | null {
  const cases = new Set([...leak.patients, ...leak.scans, ...leak.reports]);
  if (cases.size === 0) return null;
  const what = `${cases.size} of ${tested} test cases stand in the training of the run: ${counted(leak)}`;
  if (reason === null)
    throw new TomoeError("DATA_LEAK", `${what} (first: ${[...cases].slice(0, 5).join(", ")})`, {
      hint,
      details: {
        patients: leak.patients.length,
        scans: leak.scans.length,
        reports: leak.reports.length,
        first: {
          patients: leak.patients.slice(0, 5),
          scans: leak.scans.slice(0, 5),
          reports: leak.reports.slice(0, 5),
        },
      },
    });
  const said = reason.replaceAll(/[|\s]+/g, " ").trim();
  return {
    signature: `split:leaky(${cases.size} of ${tested} cases; ${said})`,
    message: `${what}; allowed: ${said}`,
  };
}
