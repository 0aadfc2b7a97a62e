import type { DatasetCase } from "../../../../../../ts/data/dataset/index.ts";
import type { TomoeError } from "../../../../../../ts/errors.ts";
import { requireScorable, requireScored } from "../../../../../../ts/run/prepare/rows/scorable.ts";
import type { ItemRow } from "../../../../../../ts/schema/sample.ts";
import { caught } from "../../../../../support/caught.ts";
import { resolvedWith } from "../../fixtures.ts";

const report: Omit<ItemRow, "id" | "case"> = { task: "report", question: "Write.", target: "A cyst." };
const closed: Omit<ItemRow, "id" | "case"> = {
  task: "closed-vqa",
  type: "organ",
  question: "Which organ?",
  choices: ["liver", "spleen"],
  target: "liver",
};

function caseOf(
  id: string,
  items: readonly Omit<ItemRow, "id" | "case">[],
  split: "validation" | "test" = "test",
): DatasetCase {
  return {
    row: { case: id, subject: `p-${id}`, path: `${id}.nii`, split },
    items: items.map((item, at) => ({ ...item, id: `${id}-${at}`, case: id })),
  };
}

const scored = (cases: readonly DatasetCase[], tasks: ("report" | "closed-vqa" | "open-vqa")[]): void =>
  requireScorable({ name: "cohort", split: "test", cases, tasks });

describe("what is to be scored", () => {
  it("passes where every task has items that fit together, whatever the others are", () => {
    const cases = [caseOf("a", [report, closed]), caseOf("b", [closed, { ...report, target: "Clear." }])];
    expect(() => scored(cases, ["report", "closed-vqa"])).not.toThrow();
    expect(() => scored([caseOf("a", [report, { ...closed, target: "brain" }])], ["report"])).not.toThrow();
  });

  it("is refused where a task has no items, with what the split has", async () => {
    const error = await caught(() =>
      scored([caseOf("a", [report, report])], ["closed-vqa", "report", "open-vqa"]),
    );
    expect([error.code, error.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(error.what).toBe('cohort asks nothing of closed-vqa, open-vqa in "test"');
    expect(error.hint).toContain("Leave these tasks out");
    expect(error.hint).toContain("it has 2 of report.");
    expect(error.details).toEqual({
      split: "test",
      tasks: ["closed-vqa", "open-vqa"],
      items: { "closed-vqa": 0, report: 2, "open-vqa": 0 },
    });
    const none = await caught(() => scored([caseOf("a", [])], ["report"]));
    expect(none.hint).toContain("Leave that task out");
    expect(none.hint).toContain("it has items of none of the tasks.");
  });

  const { type: _type, ...untyped } = closed;
  it.each<[string, DatasetCase[], string]>([
    [
      "a type on some items alone",
      [caseOf("a", [closed, untyped])],
      'item "a-1": type (closed-vqa) is missing here, on 1 of 2 rows in all',
    ],
    [
      "types that look alike",
      [caseOf("a", [closed]), caseOf("b", [{ ...closed, type: "Organ" }])],
      'item "b-0": type "Organ" looks like "organ" of item "a-0"',
    ],
    [
      "a target that is no option",
      [caseOf("a", [{ ...closed, target: "brain" }])],
      'item "a-0": target "brain" is not one of',
    ],
    [
      "ids that look alike",
      [caseOf("a", [report]), { ...caseOf("b", [report]), items: [{ ...report, id: "a-0 ", case: "b" }] }],
      'item "a-0 "',
    ],
  ])("is refused with %s, by the item, before a run trains to its end", async (_what, cases, told) => {
    const error: TomoeError = await caught(() =>
      scored(cases, cases[0]?.items[0]?.task === "report" ? ["report"] : ["closed-vqa"]),
    );
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.what).toContain('answers to the items of cohort in "test" could not be scored: 1 problem');
    expect(error.what).toContain(told);
    expect(error.details).toMatchObject({ split: "test", count: 1 });
  });

  it("leaves a split without cases to those who count them", () => {
    expect(() => scored([], ["report"])).not.toThrow();
  });
});

describe("what a recipe scores", () => {
  const both = { "closed-vqa": { metrics: ["accuracy"] }, report: { metrics: ["rouge1"] } };
  const recipe = (...set: readonly string[]) => resolvedWith(`tasks=${JSON.stringify(both)}`, ...set).config;

  it("is its held-out split, by all its tasks", async () => {
    const cases = [caseOf("a", [report])];
    const error = await caught(() => requireScored({ name: "cohort", cases }, recipe()));
    expect(error.what).toBe('cohort asks nothing of closed-vqa in "test"');
    const own = recipe('evaluation.split="validation"');
    expect(() =>
      requireScored({ name: "cohort", cases: [caseOf("a", [report, closed], "validation")] }, own),
    ).not.toThrow();
  });

  it("is the first cases of validation as well where something is measured of it, by the tasks that are cheap", async () => {
    const test = caseOf("t", [report, closed]);
    const cases = [caseOf("a", [report], "validation"), caseOf("b", [closed], "validation"), test];
    const measured = (volumes: number): ReturnType<typeof recipe> =>
      recipe(`validation={"every":2,"volumes":${volumes}}`, "data.volumes.validation=2");
    expect(() => requireScored({ name: "cohort", cases }, recipe())).not.toThrow();
    expect(() => requireScored({ name: "cohort", cases }, measured(0))).not.toThrow();
    const error = await caught(() => requireScored({ name: "cohort", cases }, measured(1)));
    expect(error.what).toBe('cohort asks nothing of closed-vqa in "validation"');
  });
});
