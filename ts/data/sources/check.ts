import { isMissingOption, tooFewOptions } from "../../schema/answers/options.ts";
import { predicts } from "../../schema/task.ts";
import { Seen } from "../dataset/index.ts";
import type { LeakScan } from "./leaks.ts";
import type { Found, OpenedSource, SourceCase, SourceItem, SourceProblem, SplitName } from "./source.ts";

/** What a checked walk hands out: cases first, then items; a problem's row is not among them. */
export type Checked =
  | { readonly kind: "case"; readonly row: SourceCase }
  | { readonly kind: "item"; readonly row: SourceItem; readonly isRepeated: boolean }
  /** An item of a case that was refused: its problem was told with the case. */
  | { readonly kind: "lost"; readonly row: SourceItem }
  | Exclude<Found<never>, { readonly kind: "row" }>;

const splits: readonly (SplitName | null)[] = ["train", "validation", "test", null];

/** Numbers of what is known of a case: the index of its split, or that it was left out. */
const dropped = 100,
  refused = 101;

/**
 * Walks a data set and checks all that rows say of each other: ids used once, items of cases that are there, choices
 * that hold the target once, no patient and no case in two splits. Problems come with the others, each with its place;
 * nothing stops the walk.
 *
 * What it holds is a few bytes a case and an item. Scans are not looked at.
 *
 * @throws TomoeError of the disk: `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; `CANCELLED`.
 */
export async function* checkedRows(
  source: OpenedSource,
  { ignoresSplits = false, keepsLeaks = false, scan }: CheckOptions = {},
): AsyncGenerator<Checked, void, undefined> {
  const cases = new CaseCheck({ repeats: source.schema.repeatsCases, ignoresSplits, keepsLeaks });
  for await (const found of source.cases()) {
    if (found.kind === "dropped") cases.drop(found.dropped.id);
    if (found.kind !== "row") {
      if (found.kind === "problem" && found.problem.case !== undefined) cases.refuse(found.problem.case);
      yield found;
      continue;
    }
    const { problem, isNew } = cases.check(found.row);
    if (problem !== undefined) yield { kind: "problem", problem };
    if (isNew || problem === undefined || problem.code === "DATA_LEAK") scan?.case(found.row);
    const several = isNew ? severalScans(found.row) : undefined;
    if (several !== undefined) {
      cases.refuse(found.row.id, true);
      yield { kind: "problem", problem: several };
    } else if (isNew) yield { kind: "case", row: found.row };
  }
  const items = new Seen();
  for await (const found of source.items()) {
    if (found.kind !== "row") {
      if (!cases.hasTold(found)) yield found;
      continue;
    }
    const { row } = found;
    const known = cases.numberOf(row.case);
    if (known === dropped) {
      yield {
        kind: "dropped",
        dropped: {
          what: "item",
          id: row.id,
          task: row.task,
          filter: "case",
          split: row.split ?? null,
          place: row.place,
        },
      };
      continue;
    }
    if (known === refused) {
      yield { kind: "lost", row };
      continue;
    }
    const problem =
      itemProblem(row) ??
      (items.get(row.id) === undefined ? undefined : twice(row)) ??
      (known === undefined ? orphan(row) : ignoresSplits ? undefined : moved(row, splits[known] ?? null));
    items.set(row.id, 1);
    if (problem !== undefined) yield { kind: "problem", problem };
    if (problem !== undefined && !(keepsLeaks && problem.code === "DATA_LEAK")) continue;
    // Repeated: a report that says what one before it says, where somebody looks for such.
    yield { kind: "item", row, isRepeated: scan?.item(row, splits[known ?? 0] ?? null) === true };
  }
}

/** What a walk is checked for. */
export interface CheckOptions {
  /** True where the splits are drawn anew: then nothing leaks. */
  readonly ignoresSplits?: boolean;
  /** True where rows that leak are told and handed out all the same. */
  readonly keepsLeaks?: boolean;
  /** Is shown every row that is not refused, also of a case that stands in two splits. */
  readonly scan?: LeakScan | undefined;
}

/** What cases say of each other. */
class CaseCheck {
  readonly #cases = new Seen();
  /** Hashes of what each case says, where it may stand in many rows. */
  readonly #said = new Seen();
  readonly #patients = new Seen();
  readonly #options: CaseCheckOptions;

  constructor(options: CaseCheckOptions) {
    this.#options = options;
  }

  numberOf(id: string): number | undefined {
    return this.#cases.get(id);
  }

  /** True for a problem of what is asked about a case that was refused: its row has been told. */
  hasTold(found: Exclude<Found<SourceItem>, { readonly kind: "row" }>): boolean {
    const of = found.kind === "problem" ? found.problem.case : undefined;
    return of !== undefined && this.#cases.get(of) === refused;
  }

  drop(id: string): void {
    if (this.#cases.get(id) === undefined) this.#cases.set(id, dropped);
  }

  /** A case that stands already stays, unless it is of several scans. */
  refuse(id: string, always = false): void {
    if (always || this.#cases.get(id) === undefined) this.#cases.set(id, refused);
  }

  check(row: SourceCase): { readonly isNew: boolean; readonly problem?: SourceProblem | undefined } {
    const { repeats, ignoresSplits, keepsLeaks } = this.#options;
    const number = splits.indexOf(row.split);
    const before = this.#cases.get(row.id);
    const said = `${row.id}\0${row.patient}\0${row.paths.join("\0")}\0${row.series ?? ""}`;
    if (before !== undefined && before !== refused) return { isNew: false, problem: this.#again(row, said) };
    this.#cases.set(row.id, number);
    if (repeats) this.#said.set(said, 1);
    const patient = this.#patients.get(row.patient);
    this.#patients.set(row.patient, number);
    if (patient === undefined || patient === number || ignoresSplits) return { isNew: true };
    if (!keepsLeaks) this.#cases.set(row.id, refused);
    const problem = leak(
      row,
      `patient "${row.patient}" is in ${splits[patient] ?? "no split"} and with case "${row.id}" in ${row.split ?? "no split"}`,
    );
    return { isNew: keepsLeaks, problem };
  }

  /** What is wrong with a case that stood there before. */
  #again(row: SourceCase, said: string): SourceProblem | undefined {
    const { repeats, ignoresSplits } = this.#options;
    const before = this.#cases.get(row.id) ?? 0;
    if (!repeats || this.#said.get(said) === undefined)
      return problemOf(
        row,
        `case "${row.id}" stands twice${repeats ? ", with other scans or patients" : ""}`,
      );
    if (before === splits.indexOf(row.split) || ignoresSplits) return undefined;
    return leak(
      row,
      `case "${row.id}" stands in ${splits[before] ?? "no split"} and in ${row.split ?? "no split"}`,
    );
  }
}

type CaseCheckOptions = Required<Omit<CheckOptions, "scan">> & { readonly repeats: boolean };

function severalScans({ id, paths, place }: SourceCase): SourceProblem | undefined {
  if (paths.length === 1) return undefined;
  const message = `case "${id}" is of ${paths.length} scans, and one is read`;
  return { code: "DATA_UNSUPPORTED", message, hint: "Leave it out.", case: id, place };
}

function problemOf(row: SourceCase, message: string): SourceProblem {
  return {
    code: "DATA_MANIFEST",
    message,
    hint: "Give each case one id of its own.",
    case: row.id,
    place: row.place,
  };
}

function leak(row: SourceCase, message: string): SourceProblem {
  const hint = "Put all cases of a patient into one split, or draw the splits anew.";
  return { code: "DATA_LEAK", message, hint, case: row.id, place: row.place };
}

function itemSays(row: SourceItem, message: string, hint: string): SourceProblem {
  return { code: "DATA_MANIFEST", message, hint, case: row.case, item: row.id, place: row.place };
}

function twice(row: SourceItem): SourceProblem {
  return itemSays(row, `item "${row.id}" stands twice`, "Give each item one id of its own.");
}

function orphan(row: SourceItem): SourceProblem {
  return itemSays(
    row,
    `item "${row.id}" is of case "${row.case}", which is not there`,
    "Add the case, or leave the item out.",
  );
}

function moved(row: SourceItem, split: SplitName | null): SourceProblem | undefined {
  if (row.split === undefined || split === null || row.split === split) return undefined;
  return {
    ...itemSays(
      row,
      `item "${row.id}" is in ${row.split}, its case "${row.case}" in ${split}`,
      "Put both into one split.",
    ),
    code: "DATA_LEAK",
  };
}

/** What is wrong with an item by itself. */
function itemProblem(row: SourceItem): SourceProblem | undefined {
  const closed = predicts(row.task, "choice");
  if (row.target.trim() === "")
    return itemSays(row, `the target of item "${row.id}" is empty`, "Write it out, or leave the item out.");
  if (row.question?.trim() === "")
    return itemSays(row, `the question of item "${row.id}" is empty`, "Write it out, or leave the item out.");
  if (closed !== (row.choices !== undefined))
    return itemSays(
      row,
      `item "${row.id}" is ${row.task} ${closed ? "without" : "with"} choices`,
      "Give choices to questions with options alone.",
    );
  if (row.choices === undefined) return undefined;
  if (row.choices.length > 26)
    return itemSays(
      row,
      `item "${row.id}" has ${row.choices.length} choices, more than letters`,
      "Give 2 to 26 choices.",
    );
  const tooFew = tooFewOptions(row.choices);
  if (tooFew !== undefined)
    return itemSays(
      row,
      `item "${row.id}" leaves no choice: ${tooFew}`,
      "Write out at least two of its options.",
    );
  const places = row.choices.filter((choice) => choice === row.target && !isMissingOption(choice)).length;
  if (places === 1) return undefined;
  const options = row.choices.map((choice) => `"${choice}"`).join(", ");
  return itemSays(
    row,
    `the target "${row.target}" of item "${row.id}" is ${places === 0 ? "none" : `${places}`} of its choices ${options}`,
    "Write the target as the text of one choice.",
  );
}
