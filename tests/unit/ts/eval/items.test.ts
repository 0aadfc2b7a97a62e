import { atOnce, type PredictionRow, scoreItems, scorePredictions } from "../../../../ts/eval/index.ts";
import { caught } from "../../../support/caught.ts";

const choices = ["liver", "spleen", "heart", "lung"];
const closed = (id: string, prediction: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: id,
  task: "closed-vqa",
  type: "organ",
  choices,
  target: "A",
  prediction,
  ...more,
});
const rows: readonly PredictionRow[] = [
  closed("a", "A"),
  closed("b", "B"),
  { id: "r", case: "a", task: "report", type: "short", target: "liver cyst", prediction: "liver" },
];
const items = (given: readonly PredictionRow[], more: object = {}) =>
  atOnce(scoreItems(given, { profile: "strict", ...more }));

describe("the scores of items", () => {
  it("have every mean of items once, and nothing that is of several items", () => {
    const found = items(rows);
    expect(found.map(({ id, task }) => [id, task])).toEqual([
      ["r", "report"],
      ["a", "closed-vqa"],
      ["b", "closed-vqa"],
    ]);
    expect(found[1]?.scores).toEqual({ "accuracy.micro": 1, unparsed: 0, hedged: 0, contradicted: 0 });
    expect(Object.keys(found[0]?.scores ?? {})).toEqual(["rouge1", "bleu1"]);
  });

  it("have the means of the scorecard", () => {
    const found = items(rows);
    for (const { task, metric, value } of scorePredictions(rows, { profile: "strict" })) {
      const scores = found.filter((item) => item.task === task).map(({ scores: all }) => all[metric]);
      if (scores.every((score) => score !== undefined))
        expect(scores.reduce((sum, score) => sum + score, 0) / scores.length).toBeCloseTo(value, 12);
    }
  });

  it("follow the answer mode: by token where that is asked for", async () => {
    const logs = { choiceLogProbs: [-4, -3, -9, -9], choiceTokens: [4, 1, 3, 3] };
    const both = [closed("a", "B. spleen", logs)];
    expect(items(both)[0]?.scores["accuracy.micro"]).toBe(0);
    expect(items(both, { answer: "loglik-token" })[0]?.scores["accuracy.micro"]).toBe(1);
    const failure = await caught(() => items([closed("a", "A")], { answer: "loglik-token" }));
    expect(failure.message).toContain('"a" has no choiceLogProbs');
  });
});
