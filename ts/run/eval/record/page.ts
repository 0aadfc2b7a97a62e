import {
  type AdversaryEntry,
  judgeChoice,
  optionProbabilities,
  type PredictionRow,
} from "../../../eval/index.ts";
import {
  type EvalPage,
  type PageCase,
  type PageItem,
  type PageOption,
  renderEvalPage,
} from "../../../plots/index.ts";
import { choiceLetter } from "../../../schema/answers/letters.ts";
import { predicts } from "../../../schema/task.ts";
import type { Row } from "../../../track/read/index.ts";
import type { EvalDocument } from "./document.ts";
import type { ScanPlanes } from "./planes.ts";

/** Cases that the page shows; the others are counted, and stand in `predictions.jsonl`. */
export const casesShown = 24;

/** A row of `predictions.jsonl`, with what is not scored. */
type ShownRow = PredictionRow & {
  readonly question?: string;
  readonly route?: { readonly task?: string; readonly confidence?: number; readonly fallback?: boolean };
};

function optionsOf({
  choices,
  choiceLogProbs,
  target,
  prediction: _said,
  ...row
}: ShownRow): readonly PageOption[] {
  if (choices === undefined) return [];
  const hasProbabilities = choiceLogProbs?.some((value) => value !== null) === true;
  const shares = hasProbabilities ? optionProbabilities(choiceLogProbs) : [];
  return choices.map((text, at) => ({
    letter: choiceLetter(at),
    text,
    probability: shares[at] ?? null,
    isRight: judgeChoice({ ...row, target, choices, prediction: `${choiceLetter(at)}.` }, "strict").correct,
  }));
}

function routeOf({ route }: ShownRow): string {
  if (route?.task === undefined) return "";
  const sure = route.confidence === undefined ? "" : ` (${(100 * route.confidence).toFixed(0)}% sure)`;
  return `routed to ${route.task}${sure}${route.fallback === true ? ", as a fallback" : ""}`;
}

function itemOf(row: ShownRow): PageItem {
  const { task, type, target, prediction } = row;
  return {
    task,
    types: type === undefined ? [] : typeof type === "string" ? [type] : type,
    question: row.question ?? row.id,
    target,
    prediction,
    options: optionsOf(row),
    route: routeOf(row),
    isCut: row.truncated === true,
    isRight: predicts(task, "choice") ? judgeChoice(row, "strict").correct : null,
  };
}

/** Rows as the cases they are of, in the order of the rows. */
function casesOf(rows: readonly Row[], planes: ReadonlyMap<string, ScanPlanes>): readonly PageCase[] {
  const byCase = new Map<string, ShownRow[]>();
  for (const row of rows as unknown as readonly ShownRow[]) {
    const mine = byCase.get(row.case) ?? [];
    byCase.set(row.case, mine);
    mine.push(row);
  }
  return [...byCase].map(([id, mine]) => ({
    id,
    subject: mine[0]?.subject ?? "",
    planes: planes.get(id) ?? [],
    items: mine.map(itemOf),
  }));
}

function gapRow({ adversary, task, metric, ...gap }: AdversaryEntry): EvalPage["gaps"]["rows"][number] {
  const p = gap.pHolm === null ? `p ${gap.p.toFixed(3)}` : `p ${gap.pHolm.toFixed(3)} (Holm)`;
  return {
    label: `${task} ${metric}, over ${adversary}`,
    note: `${gap.n} items of ${gap.clusters} patients: ${gap.second.toFixed(3)} and ${gap.first.toFixed(3)}`,
    difference: gap.difference,
    low: gap.ciLow,
    high: gap.ciHigh,
    verdict: `${gap.verdict.replace("second is", "the system is")}, ${p}`,
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
  const cases = casesOf(rows, planes);
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
      ["cases", String(cases.length)],
    ],
    scorecard,
    gates,
    gaps: {
      note: "the system minus each adversary, on the same items; strong: a number that a verdict is given of",
      rows: adversaries.filter(({ primary, metric }) => primary || !metric.includes("type.")).map(gapRow),
    },
    confusion: closed?.confusion ?? null,
    calibration: closed?.calibration ?? null,
    warnings: warnings.map(({ code, message }) => `${code}: ${message}`),
    cases: cases.slice(0, casesShown),
    ofCases: cases.length,
  });
}
