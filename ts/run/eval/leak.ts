import { existsSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../errors.ts";
import type { Warning } from "../../eval/index.ts";
import { predicts } from "../../schema/task.ts";
import { readRecord } from "../../track/read/index.ts";
import {
  reportDigest,
  saltedDigest,
  type TrainedOn,
  trainedOn,
  trainedOnSchema,
} from "../prepare/trained-on.ts";
import type { EvalMaterial } from "./material.ts";

/** What was found of the training cases among those that are to be tested. */
export interface Leak {
  readonly patients: readonly string[];
  readonly scans: readonly string[];
  readonly reports: readonly string[];
}

/** What a signature says of the split, and what its reader should know. */
export interface LeakVerdict {
  readonly signature: string;
  readonly warnings: readonly Warning[];
}

/** Cases whose patient, scan or report stands in a list of what was trained on. */
export function leakOf(
  { heldOut, receipts }: Pick<EvalMaterial, "heldOut" | "receipts">,
  known: TrainedOn,
): Leak {
  const patients = new Set(known.patients),
    scans = new Set(known.scans),
    reports = new Set(known.reports);
  const found = (isKnown: (entry: EvalMaterial["heldOut"][number]) => boolean): readonly string[] =>
    heldOut.filter(isKnown).map(({ row }) => row.case);
  return {
    patients: found(({ row }) => patients.has(saltedDigest(known.salt, row.subject))),
    scans: found(({ row }) => scans.has(receipts.get(row.case)?.sourceDigest ?? "")),
    reports: found(({ items }) =>
      items.some(
        ({ task, target }) => predicts(task, "report") && reports.has(reportDigest(known.salt, target)),
      ),
    ),
  };
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

const counted = (leak: Leak): string =>
  Object.entries(leak)
    .filter(([, ids]: readonly [string, readonly string[]]) => ids.length > 0)
    .map(([kind, ids]: readonly [string, readonly string[]]) => `${kind} of ${ids.length} cases`)
    .join(", ");

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
  const cases = new Set([...leak.patients, ...leak.scans, ...leak.reports]);
  if (cases.size === 0)
    return { signature: warnings.length === 0 ? "split:disjoint" : "split:not-fully-compared", warnings };
  const what = `${cases.size} of ${material.heldOut.length} test cases stand in the training of the run: ${counted(leak)}`;
  if (reason === null)
    throw new TomoeError("DATA_LEAK", `${what} (first: ${[...cases].slice(0, 5).join(", ")})`, {
      hint: 'Take them out of the test set; --allow-leak "REASON" evaluates them all the same and says so in every number.',
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
    signature: `split:leaky(${cases.size} of ${material.heldOut.length} cases; ${said})`,
    warnings: [...warnings, { code: "LEAK_ALLOWED", message: `${what}; allowed: ${said}` }],
  };
}
