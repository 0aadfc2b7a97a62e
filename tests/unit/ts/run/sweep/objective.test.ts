import { measuredOf, measures } from "../../../../../ts/run/sweep/objective.ts";

const recipe = {
  tasks: { report: { metrics: ["rouge1", "rouge1.stem"] }, "closed-vqa": { metrics: ["accuracy"] } },
} as const;

describe("measuredOf", () => {
  it("names the numbers of each task as a scorecard does, tasks in the order of their table", () => {
    expect(measuredOf(recipe)).toEqual([
      "report/rouge1",
      "report/rouge1.stem",
      "closed-vqa/accuracy.micro",
      "closed-vqa/accuracy.macro",
    ]);
  });
});

describe("measures", () => {
  it.each([
    ["report/rouge1", true],
    ["closed-vqa/accuracy.macro", true],
    ["closed-vqa/type.plane", true],
    ["closed-vqa/accuracy", false],
    ["closed-vqa/type.", false],
    ["report/type.plane", false],
    ["open-vqa/exact", false],
    ["report/bleu1", false],
    ["rouge1", false],
    ["", false],
  ])("%s: %s", (metric, expected) => {
    expect(measures(recipe, metric)).toBe(expected);
  });
});
