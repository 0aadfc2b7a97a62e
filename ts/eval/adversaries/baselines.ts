import { choiceLetter } from "../../schema/answers/letters.ts";
import { presentOptions } from "../../schema/answers/options.ts";
import type { CaseRow, ItemRow } from "../../schema/sample.ts";
import type { Prediction } from "../../schema/tables/tasks.ts";
import { predicts } from "../../schema/task.ts";
import { normaliseAnswer } from "../metrics/text.ts";
import type { Steps } from "../steps.ts";
import { centralReport, reportTable } from "./reports.ts";

/** A case with what is known and asked of it. */
export interface KnownCase {
  readonly row: Pick<CaseRow, "case" | "subject" | "facts">;
  readonly items: readonly ItemRow[];
}

/** What an adversary that reads no image answers, by item id; or why there is none. */
export type Guessed =
  | { readonly guesses: ReadonlyMap<string, string>; readonly says: string }
  | { readonly leftOut: string };

/** An adversary that is made of the training texts alone. */
export interface Baseline {
  /** What the tasks predict that it answers. */
  readonly answers: readonly Prediction[];
  guess(training: readonly KnownCase[], asked: readonly KnownCase[]): Steps<Guessed>;
}

const itemsOf = (cases: readonly KnownCase[], answers: readonly Prediction[]): readonly ItemRow[] =>
  cases.flatMap(({ items }) => items.filter(({ task }) => answers.some((one) => predicts(task, one))));

/** How often each target stands in the training items of each task and type. */
class Answers {
  readonly #counts = new Map<string, Map<string, { readonly text: string; readonly count: number }>>();

  constructor(items: readonly ItemRow[]) {
    for (const item of items)
      for (const key of [this.#key(item), this.#key({ task: item.task })]) {
        const mine =
          this.#counts.get(key) ?? new Map<string, { readonly text: string; readonly count: number }>();
        this.#counts.set(key, mine);
        const said = normaliseAnswer(item.target);
        const found = mine.get(said);
        // Of several ways to write one answer the first by its letters, so that the order of training changes nothing.
        const text = found === undefined || item.target < found.text ? item.target : found.text;
        mine.set(said, { text, count: (found?.count ?? 0) + 1 });
      }
  }

  /** How often a text was the target of its type, or of the task where no training item has the type. */
  count(item: ItemRow, text: string): number {
    return this.#of(item).get(normaliseAnswer(text))?.count ?? 0;
  }

  /** The commonest target; the first by its letters among equals. */
  commonest(item: ItemRow): string | undefined {
    const sorted = [...this.#of(item)].sort(
      ([one, { count: mine }], [other, { count: theirs }]) => theirs - mine || (one < other ? -1 : 1),
    );
    return sorted[0]?.[1].text;
  }

  #of(item: ItemRow) {
    return this.#counts.get(this.#key(item)) ?? this.#counts.get(this.#key({ task: item.task })) ?? new Map();
  }

  #key({ task, type }: Pick<ItemRow, "task" | "type">): string {
    return JSON.stringify([task, type ?? null]);
  }
}

/** The option that was the target most often in training, as "B. text"; the first of equals. */
function commonestOption(item: ItemRow, answers: Answers): string {
  const choices = item.choices ?? [];
  const counted = presentOptions(choices).map((index) => ({
    index,
    count: answers.count(item, choices[index] ?? ""),
  }));
  const best = counted.reduce(
    (one, other) => (other.count > one.count ? other : one),
    counted[0] ?? { index: 0, count: 0 },
  );
  return `${choiceLetter(best.index)}. ${choices[best.index] ?? ""}`;
}

function* majority(training: readonly KnownCase[], asked: readonly KnownCase[]): Steps<Guessed> {
  const known = itemsOf(training, ["choice", "answer"]);
  if (known.length === 0) return { leftOut: "no training item has an answer of a few words or an option" };
  const answers = new Answers(known);
  const guesses = new Map<string, string>();
  for (const item of itemsOf(asked, ["choice", "answer"])) {
    if (guesses.size % 256 === 0) yield;
    guesses.set(
      item.id,
      predicts(item.task, "choice") ? commonestOption(item, answers) : (answers.commonest(item) ?? ""),
    );
  }
  return { guesses, says: "the commonest training answer of the question's type" };
}

function* constantReport(training: readonly KnownCase[], asked: readonly KnownCase[]): Steps<Guessed> {
  const report = yield* centralReport(itemsOf(training, ["report"]).map(({ target }) => target));
  if (report === undefined) return { leftOut: "no training case has a report" };
  return {
    guesses: new Map(itemsOf(asked, ["report"]).map(({ id }) => [id, report])),
    says: "the training report that is most like the others, for every case",
  };
}

function* labelTable(training: readonly KnownCase[], asked: readonly KnownCase[]): Steps<Guessed> {
  const table = reportTable(
    training.flatMap(({ row, items }) =>
      row.facts === undefined
        ? []
        : items
            .filter(({ task }) => predicts(task, "report"))
            .map(({ target }) => ({ labels: row.facts ?? {}, report: target })),
    ),
  );
  if (table === undefined) return { leftOut: "no training case has both facts and a report" };
  const guesses = new Map<string, string>();
  for (const { row, items } of asked) {
    yield;
    if (row.facts === undefined || Object.keys(row.facts).length === 0)
      return { leftOut: `case "${row.case}" has no facts to look up` };
    for (const { id, task } of items) if (predicts(task, "report")) guesses.set(id, table(row.facts));
  }
  return { guesses, says: "the commonest training report of the case's true labels, or of the nearest ones" };
}

/** Adversaries that need no image and no model, by name. */
export const baselines = {
  majority: { answers: ["choice", "answer"], guess: majority },
  "constant-report": { answers: ["report"], guess: constantReport },
  "label-table": { answers: ["report"], guess: labelTable },
} as const satisfies Readonly<Record<string, Baseline>>;
export type BaselineName = keyof typeof baselines;
export const baselineNames = Object.keys(baselines) as readonly BaselineName[];
