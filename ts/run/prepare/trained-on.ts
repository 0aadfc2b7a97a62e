import { createHash } from "node:crypto";
import { z } from "zod";
import { type DatasetCase, mayAsk } from "../../data/dataset/index.ts";
import { plainReport } from "../../data/sources/index.ts";
import { predicts } from "../../schema/task.ts";

const digests = z.array(z.string().regex(/^[0-9a-f]{64}$/));

/** What a run keeps of its training cases, in `trained-on.json`: nothing but digests, so that it may travel. */
export const trainedOnSchema = z.strictObject({
  format: z.literal("tomoe.trained-on/1"),
  /** Goes before patients and reports, so that the lists of two data sets cannot be joined. */
  salt: z.string().min(16),
  patients: digests,
  /** SHA-256 over each scan's bytes, as its receipt has it; null where the voxels were never looked at. */
  scans: digests.nullable(),
  /** Reports that belong to one patient alone; null where a template puts them together. */
  reports: digests.nullable(),
});
export type TrainedOn = z.infer<typeof trainedOnSchema>;

/** SHA-256 of a name or text under the salt of a list. */
export function saltedDigest(salt: string, text: string): string {
  return createHash("sha256").update(`${salt}\u0000${text}`).digest("hex");
}

/** The digest by which a report is looked for. */
export function reportDigest(salt: string, report: string): string {
  return saltedDigest(salt, plainReport(report));
}

/** Reports that no two patients share: "No acute finding." in many records gives nobody away. */
function ownReports(cases: readonly DatasetCase[]): readonly string[] {
  const patients = new Map<string, Set<string>>();
  for (const entry of cases) {
    if (!mayAsk(entry, "report")) continue;
    const { row, items } = entry;
    for (const { task, target } of items) {
      if (!predicts(task, "report")) continue;
      const text = plainReport(target),
        mine = patients.get(text) ?? new Set<string>();
      patients.set(text, mine.add(row.subject));
    }
  }
  return [...patients].flatMap(([text, subjects]) => (subjects.size === 1 ? [text] : []));
}

/**
 * The digests of what a run is trained on.
 *
 * @param scans - digest of each training scan by case; null where they were not read.
 * @param hasTemplates - reports are put together from facts, and equal ones show nothing.
 * @param salt - of this data set alone: its fingerprint.
 */
export function trainedOn({
  cases,
  scans,
  hasTemplates,
  salt,
}: {
  readonly cases: readonly DatasetCase[];
  readonly scans: ReadonlyMap<string, string> | null;
  readonly hasTemplates: boolean;
  readonly salt: string;
}): TrainedOn {
  const subjects = [...new Set(cases.map(({ row }) => row.subject))];
  return {
    format: "tomoe.trained-on/1",
    salt,
    patients: subjects.map((subject) => saltedDigest(salt, subject)).sort(),
    scans: scans && [...new Set(scans.values())].sort(),
    reports: hasTemplates
      ? null
      : ownReports(cases)
          .map((report) => reportDigest(salt, report))
          .sort(),
  };
}
