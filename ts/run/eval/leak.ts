import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PredictionRow, Warning } from "../../eval/index.ts";
import { predicts } from "../../schema/task.ts";
import { readRecord } from "../../track/read/index.ts";
import { judgeLeak, leakOf } from "../prepare/leak.ts";
import {
  reportDigest,
  saltedDigest,
  type TrainedOn,
  trainedOn,
  trainedOnSchema,
} from "../prepare/trained-on.ts";
import type { EvalMaterial } from "./material.ts";

/** What a signature says of the split, and what its reader should know. */
export interface LeakVerdict {
  readonly signature: string;
  readonly warnings: readonly Warning[];
}

/** The run's own list; for a run of an older version one made of its data, which knows no scans; null without either. */
async function knownOf(
  runDir: string,
  { training }: EvalMaterial,
  hasTemplates: boolean,
): Promise<TrainedOn | null> {
  const path = join(runDir, "trained-on.json");
  if (existsSync(path)) return await readRecord(path, trainedOnSchema);
  return training && trainedOn({ cases: training, scans: null, hasTemplates, salt: "made-of-the-data" });
}

function partlyChecked(known: TrainedOn | null): readonly Warning[] {
  if (known === null)
    return [
      {
        code: "LEAK_UNCHECKED",
        message:
          "the run has no list of what it was trained on, and its data is gone: patients, scans and reports were not compared",
      },
    ];
  return known.scans === null
    ? [
        {
          code: "LEAK_PARTLY_CHECKED",
          message:
            "the run has no list of its training scans: patients and reports were compared with its data, scans were not",
        },
      ]
    : [];
}

/**
 * Refuses test cases that the run was trained on: by patient, by the bytes of the scan, by a report that one training
 * patient alone has.
 *
 * @param reason - why it is evaluated all the same; it stands in every signature.
 * @throws TomoeError `DATA_LEAK` with counts and the first cases of each kind, without a reason.
 */
export async function guardAgainstLeaks(
  {
    runDir,
    hasTemplates,
    reason,
  }: { readonly runDir: string; readonly hasTemplates: boolean; readonly reason: string | null },
  material: EvalMaterial,
): Promise<LeakVerdict> {
  const known = await knownOf(runDir, material, hasTemplates);
  const warnings = partlyChecked(known);
  const leak = known === null ? { patients: [], scans: [], reports: [] } : leakOf(material, known);
  const allowed = judgeLeak(leak, material.heldOut.length, {
    reason,
    hint: 'Take them out of the test set; --allow-leak "REASON" evaluates them all the same and says so in every number.',
  });
  if (allowed === null)
    return { signature: warnings.length === 0 ? "split:disjoint" : "split:not-fully-compared", warnings };
  return {
    signature: allowed.signature,
    warnings: [...warnings, { code: "LEAK_ALLOWED", message: allowed.message }],
  };
}

/**
 * Refuses predictions of a run for patients that it was trained on, or for reports that one training patient alone has,
 * where the run keeps a list of what it was trained on.
 *
 * @returns undefined where there is no list, or nothing of it stands in the rows.
 * @throws TomoeError `DATA_LEAK` with counts and the first cases of each kind, unless it is allowed.
 */
export async function guardRows(
  { runDir, isAllowed }: { readonly runDir: string; readonly isAllowed: boolean },
  rows: readonly PredictionRow[],
): Promise<LeakVerdict | undefined> {
  const path = join(runDir, "trained-on.json");
  if (!existsSync(path)) return undefined;
  const known = await readRecord(path, trainedOnSchema);
  const patients = new Set(known.patients),
    reports = new Set(known.reports);
  const casesWhere = (isKnown: (row: PredictionRow) => boolean): readonly string[] => [
    ...new Set(rows.filter(isKnown).map((row) => row.case)),
  ];
  const leak = {
    patients: casesWhere(
      ({ subject }) => subject !== undefined && patients.has(saltedDigest(known.salt, subject)),
    ),
    scans: [],
    reports: casesWhere(
      ({ task, target }) => predicts(task, "report") && reports.has(reportDigest(known.salt, target)),
    ),
  };
  const allowed = judgeLeak(leak, new Set(rows.map((row) => row.case)).size, {
    reason: isAllowed ? "allowed by --allow-leak" : null,
    hint: "Take them out of the test set; --allow-leak scores them all the same and says so in every number.",
  });
  if (allowed === null) return undefined;
  return { signature: allowed.signature, warnings: [{ code: "LEAK_ALLOWED", message: allowed.message }] };
}
