import { atOnce, scoreRows } from "../../../../ts/eval/index.ts";
import { judgedNumbers } from "../../../../ts/eval/judges.ts";
import type { JudgedScores } from "../../../../ts/eval/rows/judged.ts";
import type { PredictionRow } from "../../../../ts/eval/rows/row.ts";

const rows = ["a", "b", "c"].map(
  (id): PredictionRow => ({
    id,
    case: id,
    task: "open-vqa",
    target: "liver",
    prediction: "liver",
    type: "organ",
  }),
);
const judge = (name: string, values: readonly number[], bounds = { floor: 1, ceiling: 5 }): JudgedScores => ({
  judge: name,
  signature: "form v2 | blind",
  bounds,
  tasks: ["open-vqa"],
  scores: new Map(values.map((value, at) => [`open-vqa ${rows[at]?.id}`, value])),
});

describe("numbers of judges", () => {
  it("are one mean each, with bounds and signature, and one over all within the same bounds", () => {
    const numbers = judgedNumbers("open-vqa", rows, [judge("one", [1, 2, 3]), judge("two", [5, 4, 5])]);
    expect(numbers.map(({ metric, id, values }) => [metric, id, [...values]])).toEqual([
      ["judge.one", "judge:one(form v2 blind)|bounds:1..5", [1, 2, 3]],
      ["judge.two", "judge:two(form v2 blind)|bounds:1..5", [5, 4, 5]],
      ["judges.mean", "judges:mean(one,two)|bounds:1..5", [3, 3, 4]],
    ]);
  });

  it("have no common mean where the bounds differ, and none of a task that nobody judged", () => {
    const unlike = [judge("one", [1, 2, 3]), judge("two", [0, 1, 1], { floor: 0, ceiling: 1 })];
    expect(judgedNumbers("open-vqa", rows, unlike).map(({ metric }) => metric)).toEqual([
      "judge.one",
      "judge.two",
    ]);
    expect(judgedNumbers("report", rows, unlike)).toEqual([]);
  });

  it("are the share of items that reach a threshold too, by judge and by their mean, under names of their own", () => {
    const judges = [judge("one", [1, 4, 5]), judge("two", [5, 4, 3])].map((one) => ({
      ...one,
      threshold: 4,
    }));
    const shares = judgedNumbers("open-vqa", rows, judges).filter(({ metric }) => metric.includes("share"));
    expect(
      shares.map(({ metric, id, kind, bounds, values }) => [metric, id, kind, bounds, [...values]]),
    ).toEqual([
      [
        "judges.share.one",
        "judges:share(>=4,one)|judge:one(form v2 blind)|of:1..5",
        "binary",
        { floor: 0, ceiling: 1 },
        [0, 1, 1],
      ],
      [
        "judges.share.two",
        "judges:share(>=4,two)|judge:two(form v2 blind)|of:1..5",
        "binary",
        { floor: 0, ceiling: 1 },
        [1, 1, 0],
      ],
      [
        "judges.share",
        "judges:share(>=4,one,two)|judges:mean(one,two)|of:1..5",
        "binary",
        { floor: 0, ceiling: 1 },
        [0, 1, 1],
      ],
    ]);
  });

  it("have no common share where the thresholds differ, or one has none", () => {
    const [one, two] = [judge("one", [1, 4, 5]), judge("two", [5, 4, 3])];
    const named = (judges: readonly JudgedScores[]): readonly string[] =>
      judgedNumbers("open-vqa", rows, judges).map(({ metric }) => metric);
    expect(
      named([
        { ...one, threshold: 4 },
        { ...two, threshold: 3 },
      ]),
    ).not.toContain("judges.share");
    expect(named([{ ...one, threshold: 4 }, two])).toEqual([
      "judge.one",
      "judge.two",
      "judges.share.one",
      "judges.mean",
    ]);
  });

  it("stand in a scorecard behind the metrics, by type too, with intervals within their bounds", () => {
    const { entries } = atOnce(scoreRows(rows, { profile: "strict", judged: [judge("one", [1, 5, 5])] }));
    const mine = entries.filter(({ metric }) => metric.startsWith("judge."));
    expect(mine.map(({ metric }) => metric)).toEqual(["judge.one", "judge.one.type.organ"]);
    expect(entries.indexOf(mine[0] as never)).toBe(entries.length - 2);
    expect(mine[0]?.value).toBeCloseTo(11 / 3, 12);
    expect(mine[0]?.ciLow).toBeGreaterThanOrEqual(1);
    expect(mine[0]?.ciHigh).toBeLessThanOrEqual(5);
    expect(mine[0]?.signature).toContain("|judge:one(form v2 blind)|bounds:1..5|");
  });
});
