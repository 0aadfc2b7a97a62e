import { type AdversaryEntry, pPhrase } from "../../../eval/index.ts";
import { type EvalPage, renderEvalPage } from "../../../plots/index.ts";
import type { Row } from "../../../track/read/index.ts";
import { casesOf, type ShownRow } from "./cases.ts";
import type { EvalDocument } from "./document.ts";
import type { ScanPlanes } from "./planes.ts";

function gapRow({ adversary, task, metric, ...gap }: AdversaryEntry): EvalPage["gaps"]["rows"][number] {
  return {
    label: `${task} ${metric}, over ${adversary}`,
    note: `${gap.n} items of ${gap.clusters} patients: ${gap.second.toFixed(3)} and ${gap.first.toFixed(3)}`,
    difference: gap.difference,
    low: gap.ciLow,
    high: gap.ciHigh,
    verdict: `${gap.verdict.replace("second is", "the system is")}, ${pPhrase(gap)}`,
    isPrimary: gap.primary,
  };
}

/**
 * The page of an evaluation: scorecard, gaps to adversaries, confusion and calibration, and the first cases with planes
 * of the scan, both texts, choices and route.
 *
 * @param rows - the system's predictions, with questions and routes.
 * @param planes - by case, of scans that are at hand.
 */
export function evalPage(
  document: EvalDocument,
  rows: readonly Row[],
  planes: ReadonlyMap<string, ScanPlanes>,
): string {
  const shown = casesOf(rows as unknown as readonly ShownRow[], { planes });
  const {
    evalId,
    runId,
    checkpoint,
    scorecard,
    adversaries,
    closed,
    gates,
    warnings,
    rows: counts,
  } = document;
  return renderEvalPage({
    title: `Evaluation ${evalId}`,
    facts: [
      ["run", runId],
      ["checkpoint", checkpoint],
      ["items", `${counts.scored} scored of ${counts.expected} expected, ${counts.failed} failed`],
      ["cases", String(shown.ofCases)],
    ],
    scorecard,
    gates,
    gaps: {
      heading: "Against adversaries",
      title: "What the image bought",
      note: "the system minus each adversary, on the same items; strong: a number that a verdict is given of",
      rows: adversaries.filter(({ primary, metric }) => primary || !metric.includes("type.")).map(gapRow),
    },
    confusion: closed?.confusion ?? null,
    calibration: closed?.calibration ?? null,
    warnings: warnings.map(({ code, message }) => `${code}: ${message}`),
    ...shown,
    hasScans: true,
  });
}
