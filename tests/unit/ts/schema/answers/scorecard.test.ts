import { z } from "zod";
import { type ScorecardEntry, scorecardFields } from "../../../../../ts/schema/answers/scorecard.ts";
import { taskIds } from "../../../../../ts/schema/task.ts";

const entry: ScorecardEntry = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  value: 0.5,
  ciLow: 0.4,
  ciHigh: 0.6,
  n: 100,
  clusters: 20,
  chance: 0.25,
  signature: "tomoe-eval/1",
};

describe("the fields of a scorecard's entry", () => {
  const strict = z.strictObject(scorecardFields);

  it("take an entry of every task as it is, with chance or without", () => {
    for (const task of taskIds)
      for (const chance of [null, 0, 0.25]) {
        const one = { ...entry, task, chance };
        expect(strict.parse(one)).toEqual(one);
      }
  });

  it.each([
    ["task", "none"],
    ["value", Number.NaN],
    ["ciLow", "0.4"],
    ["ciHigh", undefined],
    ["n", -1],
    ["n", 1.5],
    ["clusters", -1],
    ["chance", undefined],
    ["signature", null],
  ])("refuse %s = %p by its name", (field, value) => {
    const refused = strict.safeParse({ ...entry, [field]: value });
    expect(refused.error?.issues.map(({ path }) => path)).toEqual([[field]]);
  });

  it("let a document add keys, and a run's own record none", () => {
    const more = { ...entry, kind: "new" };
    expect(z.looseObject(scorecardFields).parse(more)).toEqual(more);
    expect(strict.safeParse(more).success).toBe(false);
  });
});
