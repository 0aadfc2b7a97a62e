import { TomoeError } from "../../errors.ts";
import { isMissingOption, tooFewOptions } from "../../schema/answers/options.ts";
import type { CaseRow, ItemRow } from "../../schema/sample.ts";
import { predicts } from "../../schema/task.ts";

/**
 * The items of each case, in the order of their file.
 *
 * @throws TomoeError `DATA_MANIFEST` for an item of no case, a closed one whose choices do not hold its target once,
 * fewer than two that are not missing, or choices where none belong.
 */
export function itemsByCase(
  cases: readonly CaseRow[],
  items: readonly ItemRow[],
): ReadonlyMap<string, readonly ItemRow[]> {
  const byCase = new Map<string, ItemRow[]>(cases.map((row) => [row.case, []]));
  for (const item of items) {
    checkItem(item);
    const list = byCase.get(item.case);
    if (list === undefined)
      throw new TomoeError(
        "DATA_MANIFEST",
        `items.jsonl: item "${item.id}" names case "${item.case}", which cases.jsonl does not have`,
        { hint: "Add the case, or remove the item.", details: { item: item.id } },
      );
    list.push(item);
  }
  return byCase;
}

function checkItem(item: ItemRow): void {
  const closed = predicts(item.task, "choice");
  if (closed !== (item.choices !== undefined)) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `items.jsonl: item "${item.id}" is ${item.task} ${closed ? "without" : "with"} choices`,
      { hint: "Give choices to closed-vqa items, and only to them.", details: { item: item.id } },
    );
  }
  const tooFew = item.choices === undefined ? undefined : tooFewOptions(item.choices);
  if (tooFew !== undefined) {
    throw new TomoeError("DATA_MANIFEST", `items.jsonl: item "${item.id}" leaves no choice: ${tooFew}`, {
      hint: "Remove the item, or write out at least two of its options.",
      details: { item: item.id },
    });
  }
  if (
    closed &&
    item.choices !== undefined &&
    item.choices.filter((choice) => choice === item.target && !isMissingOption(choice)).length !== 1
  ) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `items.jsonl: the target of item "${item.id}" is not exactly one of its choices`,
      { hint: "Write the target as the text of one choice.", details: { item: item.id } },
    );
  }
}

function duplicates(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}

/** Raises `DATA_MANIFEST` when an id is used twice. */
export function refuseDuplicates(ids: readonly string[], what: string, file: string): void {
  const twice = duplicates(ids);
  if (twice.length > 0)
    throw new TomoeError("DATA_MANIFEST", `${file}: the ${what} id "${twice[0] ?? ""}" is used twice`, {
      hint: "Give each row of a dataset an id of its own.",
      details: { ids: twice.slice(0, 10) },
    });
}

/** Raises `DATA_LEAK` when a subject stands in more than one split. */
export function refuseLeaks(cases: readonly CaseRow[]): void {
  const splitOf = new Map<string, string>();
  for (const row of cases) {
    const other = splitOf.get(row.subject);
    if (other !== undefined && other !== row.split) {
      throw new TomoeError(
        "DATA_LEAK",
        `subject "${row.subject}" stands in split "${other}" and in split "${row.split}"`,
        { hint: "Put all cases of a subject into one split.", details: { subject: row.subject } },
      );
    }
    splitOf.set(row.subject, row.split);
  }
}
