import type { PredictionRow } from "../../../../../ts/eval/index.ts";
import { holdAgainst, itemDifferences, tellDifferences } from "../../../../../ts/eval/rows/expected.ts";
import { Problems } from "../../../../../ts/eval/rows/problems.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: "c",
  task: "open-vqa",
  target: "t",
  prediction: "p",
  ...more,
});
const expected = [row("1"), row("2"), row("3")];

describe("predictions held against what was expected", () => {
  it("are taken in any order", () => {
    const given = expected.toReversed();
    expect(holdAgainst(given, expected, "refuse")).toEqual({ rows: given, missing: 0 });
  });

  it.each([
    ["a missing item", [row("1"), row("2")], 'open-vqa "3" is missing in the predictions'],
    ["a foreign item", [...expected, row("4")], 'open-vqa "4" is not in the expected items'],
    [
      "another target",
      [row("1"), row("2", { target: "x" }), row("3")],
      'open-vqa "2" has another target in the predictions',
    ],
    ["another patient", [row("1", { subject: "p" }), row("2"), row("3")], 'open-vqa "1" has another subject'],
    ["another task", [row("1", { task: "report" }), row("2"), row("3")], 'open-vqa "1" is missing'],
  ])("are refused for %s, naming it", (_what, given, problem) => {
    expect(thrownBy(() => holdAgainst(given, expected, "refuse"))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining(problem),
      details: { expected: 3, given: given.length },
    });
  });

  it("have an empty answer where one is missing, when that is asked for", () => {
    const { rows, missing } = holdAgainst([row("2")], expected, "wrong");
    expect(missing).toBe(2);
    expect(rows.map(({ id, prediction }) => [id, prediction])).toEqual([
      ["2", "p"],
      ["1", ""],
      ["3", ""],
    ]);
    expect(thrownBy(() => holdAgainst([row("9")], expected, "wrong"))).toMatchObject({
      code: "DATA_PREDICTIONS",
    });
  });
});

describe("two rows of one id", () => {
  it("differ in what makes the item, not in what was said or in the order of types", () => {
    expect(itemDifferences(row("1"), row("1", { prediction: "q" }))).toEqual([]);
    expect(itemDifferences(row("1", { type: ["a", "b"] }), row("1", { type: ["b", "a"] }))).toEqual([]);
    expect(itemDifferences(row("1"), row("1", { case: "d", target: "u", choices: ["x", "y"] }))).toEqual([
      "case",
      "choices",
      "target",
    ]);
  });

  it("are told with the names of the lists they stand in", () => {
    const problems = new Problems();
    tellDifferences([row("1")], [row("2")], { one: "A", other: "B" }, problems);
    expect(problems.first).toEqual(['open-vqa "1" is missing in B', 'open-vqa "2" is not in A']);
  });
});
