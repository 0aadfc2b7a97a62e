import {
  type ChosenBy,
  chosenOption,
  judgeChoice,
  optionProbabilities,
  type PredictionRow,
} from "../../../eval/index.ts";
import type { PageCase, PageItem, PageOption } from "../../../plots/index.ts";
import { choiceLetter } from "../../../schema/answers/letters.ts";
import { predicts } from "../../../schema/task.ts";
import type { ScanPlanes } from "./planes.ts";

/** Cases that a page shows; the others are counted, and stand in the rows. */
export const casesShown = 24;

/** A row of `predictions.jsonl`, with what is not scored. */
export type ShownRow = PredictionRow & {
  readonly route?: { readonly task?: string; readonly confidence?: number; readonly fallback?: boolean };
};

/** How the answers of a page are judged, and what is shown beside them. */
interface Shown {
  /** What names an answer's option; the strict parser when absent. */
  readonly by?: ChosenBy;
  /** Planes of each case's scan; none when absent. */
  readonly planes?: ReadonlyMap<string, ScanPlanes>;
}

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

function isRightBy(row: ShownRow, by: ChosenBy): boolean | null {
  if (!predicts(row.task, "choice")) return null;
  const chosen = chosenOption(row, by);
  return chosen !== null && judgeChoice({ ...row, prediction: `${choiceLetter(chosen)}.` }, "strict").correct;
}

function itemOf(row: ShownRow, by: ChosenBy): PageItem {
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
    isRight: isRightBy(row, by),
  };
}

/**
 * Rows as the cases they are of, in the order of the rows.
 *
 * @param rows - checked, of one system; each (task, id) once.
 * @returns the first cases, and how many there are.
 */
export function casesOf(
  rows: readonly ShownRow[],
  { by = "strict", planes = new Map() }: Shown,
): { readonly cases: readonly PageCase[]; readonly ofCases: number } {
  const byCase = new Map<string, ShownRow[]>();
  for (const row of rows) {
    const mine = byCase.get(row.case) ?? [];
    byCase.set(row.case, mine);
    mine.push(row);
  }
  const cases = [...byCase].slice(0, casesShown).map(([id, mine]) => ({
    id,
    subject: mine[0]?.subject ?? "",
    planes: planes.get(id) ?? [],
    items: mine.map((row) => itemOf(row, by)),
  }));
  return { cases, ofCases: byCase.size };
}
