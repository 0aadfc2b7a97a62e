import { isMissingOption, tooFewOptions } from "../../schema/answers/options.ts";
import { predicts } from "../../schema/task.ts";
import { Seen } from "./seen.ts";
import type { Found, OpenedSource, SourceCase, SourceItem, SourceProblem, SplitName } from "./source.ts";

/** What a checked walk hands out: cases first, then items; a problem's row is not among them. */
export type Checked =
  | { readonly kind: "case"; readonly row: SourceCase }
  | { readonly kind: "item"; readonly row: SourceItem }
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
 * @param ignoresSplits - true where the splits are drawn anew: then nothing leaks.
 * @throws TomoeError of the disk: `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; `CANCELLED`.
 */
export async function* checkedRows(
  source: OpenedSource,
  { ignoresSplits = false }: { readonly ignoresSplits?: boolean } = {},
): AsyncGenerator<Checked, void, undefined> {
  const cases = new CaseCheck(source.schema.repeatsCases, ignoresSplits);
  for await (const found of source.cases()) {
    if (found.kind === "dropped") cases.drop(found.dropped.id);
    if (found.kind !== "row") {
      if (found.kind === "problem" && found.problem.case !== undefined) cases.refuse(found.problem.case);
      yield found;
      continue;
    }
    const verdict = cases.check(found.row);
    if (verdict === "again") continue;
    yield verdict === "new" ? { kind: "case", row: found.row } : { kind: "problem", problem: verdict };
  }
  const items = new Seen();
  for await (const found of source.items()) {
    if (found.kind !== "row") {
      yield found;
      continue;
    }
    const { row } = found;
    const known = cases.numberOf(row.case);
    if (known === dropped) {
      yield {
        kind: "dropped",
        dropped: { what: "item", id: row.id, filter: "case", split: null, place: row.place },
      };
      continue;
    }
    // Its case was told already.
    if (known === refused) continue;
    const problem =
      itemProblem(row) ??
      (items.get(row.id) === undefined ? undefined : twice(row)) ??
      (known === undefined ? orphan(row) : ignoresSplits ? undefined : moved(row, splits[known] ?? null));
    items.set(row.id, 1);
    yield problem === undefined ? { kind: "item", row } : { kind: "problem", problem };
  }
}

/** What cases say of each other. */
class CaseCheck {
  readonly #cases = new Seen();
  /** Hashes of what each case says, where it may stand in many rows. */
  readonly #said = new Seen();
  readonly #patients = new Seen();
  readonly #repeats: boolean;
  readonly #ignoresSplits: boolean;

  constructor(repeats: boolean, ignoresSplits: boolean) {
    this.#repeats = repeats;
    this.#ignoresSplits = ignoresSplits;
  }

  numberOf(id: string): number | undefined {
    return this.#cases.get(id);
  }

  drop(id: string): void {
    if (this.#cases.get(id) === undefined) this.#cases.set(id, dropped);
  }

  refuse(id: string): void {
    if (this.#cases.get(id) === undefined) this.#cases.set(id, refused);
  }

  check(row: SourceCase): "new" | "again" | SourceProblem {
    const number = splits.indexOf(row.split);
    const before = this.#cases.get(row.id);
    const said = `${row.id}\0${row.patient}\0${row.paths.join("\0")}\0${row.series ?? ""}`;
    if (before !== undefined && before !== refused) {
      if (this.#repeats && this.#said.get(said) !== undefined) {
        if (before === number || this.#ignoresSplits) return "again";
        return leak(
          row,
          `case "${row.id}" stands in ${splits[before] ?? "no split"} and in ${row.split ?? "no split"}`,
        );
      }
      return problemOf(
        row,
        `case "${row.id}" stands twice${this.#repeats ? ", with other scans or patients" : ""}`,
      );
    }
    this.#cases.set(row.id, number);
    if (this.#repeats) this.#said.set(said, 1);
    const patient = this.#patients.get(row.patient);
    this.#patients.set(row.patient, number);
    if (patient === undefined || patient === number || this.#ignoresSplits) return "new";
    this.#cases.set(row.id, refused);
    return leak(
      row,
      `patient "${row.patient}" is in ${splits[patient] ?? "no split"} and with case "${row.id}" in ${row.split ?? "no split"}`,
    );
  }
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
