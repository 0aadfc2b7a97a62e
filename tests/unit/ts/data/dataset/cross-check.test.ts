import { CheckedItems, refuseDuplicates, refuseLeaks } from "../../../../../ts/data/dataset/cross-check.ts";
import { type CaseRow, caseRowSchema, type ItemRow, itemRowSchema } from "../../../../../ts/schema/sample.ts";
import { caught } from "../../../../support/caught.ts";
import { datasetRows } from "../../../../support/dataset-folder.ts";

const { cases: rawCases, items: rawItems } = datasetRows();
const cases = rawCases.map((row) => caseRowSchema.parse(row));
const items = rawItems.map((row) => itemRowSchema.parse(row));
const change = (id: string, changes: Partial<ItemRow>): ItemRow[] =>
  items.map((item) => (item.id === id ? { ...item, ...changes } : item));

function checked(given: readonly ItemRow[]): CheckedItems {
  const found = new CheckedItems(cases);
  for (const item of given) found.add(item);
  return found;
}

describe("CheckedItems", () => {
  it("gives each case its items in the order of the file, and an empty list to one of none", () => {
    const found = checked(items.filter((item) => item.case !== "c5").toReversed());
    found.refuseProblem();
    found.refuseDuplicates();
    expect(found.count).toBe(items.length - 3);
    expect(found.of(1).map((item) => item.id)).toEqual(["c1/o", "c1/q", "c1/r"]);
    expect(found.of(1)[2]).toEqual(items.find(({ id }) => id === "c1/r"));
    expect(found.of(5)).toEqual([]);
  });

  it("counts all items, and tells the first that is wrong, whatever comes behind it", async () => {
    const found = checked([...change("c1/q", { target: "e" }), ...change("c0/r", { case: "zz" })]);
    expect(found.count).toBe(2 * items.length);
    expect((await caught(async () => found.refuseProblem())).message).toContain('item "c1/q"');
  });

  it("names the first id that is used twice, and lists ten", async () => {
    const found = checked([...items, ...items]);
    const error = await caught(async () => found.refuseDuplicates());
    expect([error.code, error.message]).toEqual([
      "DATA_MANIFEST",
      '[DATA_MANIFEST] items.jsonl: the item id "c0/r" is used twice',
    ]);
    expect(error.details.ids).toEqual(items.slice(0, 10).map(({ id }) => id));
  });

  it.each<[string, ItemRow[], string, string]>([
    [
      "an item of a case that is not there",
      change("c0/r", { case: "zz" }),
      'items.jsonl: item "c0/r" names case "zz", which cases.jsonl does not have',
      "Add the case, or remove the item.",
    ],
    [
      "a closed item without choices",
      change("c0/q", { choices: undefined }),
      'item "c0/q" is closed-vqa without choices',
      "Give choices to closed-vqa items, and only to them.",
    ],
    [
      "a report with choices",
      change("c0/r", { choices: ["a", "b", "c", "d"] }),
      'item "c0/r" is report with choices',
      "Give choices to closed-vqa items, and only to them.",
    ],
    [
      "a target that is no choice",
      change("c0/q", { target: "e" }),
      'the target of item "c0/q" is not exactly one of its choices',
      "Write the target as the text of one choice.",
    ],
    [
      "a closed item with one choice that is there",
      change("c0/q", { choices: ["axial", "NA", "n/a", ""], target: "axial" }),
      'item "c0/q" leaves no choice: 1 of 4 options is there, the others are missing ("NA", "N/A", "-" or blank): a choice needs two',
      "Remove the item, or write out at least two of its options.",
    ],
    [
      "a target that is missing",
      change("c0/q", { choices: ["axial", "NA", "c", "d"], target: "NA" }),
      'the target of item "c0/q" is not exactly one of its choices',
      "Write the target as the text of one choice.",
    ],
    [
      "a target that is two choices",
      change("c0/q", { choices: ["a", "b", "b", "d"] }),
      'the target of item "c0/q" is not exactly one of its choices',
      "Write the target as the text of one choice.",
    ],
  ])("refuses %s", async (_what, given, message, hint) => {
    const error = await caught(async () => checked(given).refuseProblem());
    expect([error.code, error.hint]).toEqual(["DATA_MANIFEST", hint]);
    expect(error.message).toContain(message);
  });
});

describe("refuseDuplicates", () => {
  it("names the first id that is used twice, and lists ten", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `i${index % 15}`);
    const error = await caught(() => refuseDuplicates(ids, "item", "items.jsonl"));
    expect([error.code, error.message]).toEqual([
      "DATA_MANIFEST",
      '[DATA_MANIFEST] items.jsonl: the item id "i0" is used twice',
    ]);
    expect(error.details.ids).toHaveLength(10);
    expect(() => refuseDuplicates(ids.slice(0, 15), "item", "items.jsonl")).not.toThrow();
  });
});

describe("refuseLeaks", () => {
  it("takes a subject of several cases in one split, and refuses it in two", async () => {
    expect(() => refuseLeaks(cases)).not.toThrow();
    const leaking = cases.map((row, index): CaseRow => (index === 1 ? { ...row, split: "test" } : row));
    const error = await caught(() => refuseLeaks(leaking));
    expect([error.code, error.details]).toEqual(["DATA_LEAK", { subject: "s0" }]);
    expect(error.message).toContain('subject "s0" stands in split "train" and in split "test"');
  });
});
