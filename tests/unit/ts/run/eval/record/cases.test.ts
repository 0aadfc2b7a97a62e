import type { PredictionRow } from "../../../../../../ts/eval/index.ts";
import { casesOf, casesShown } from "../../../../../../ts/run/eval/record/cases.ts";

const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: `case-${id}`,
  task: "closed-vqa",
  choices: ["liver", "liver", "NA"],
  target: "A",
  prediction: "B",
  ...more,
});

describe("the cases of a page", () => {
  it("are the first ones, and all of them are counted", () => {
    const { cases, ofCases } = casesOf(
      Array.from({ length: casesShown + 7 }, (_, at) => row(String(at))),
      {},
    );
    expect([cases.length, ofCases, cases[0]?.id]).toEqual([casesShown, casesShown + 7, "case-0"]);
  });

  it("hold their rows together, wherever these stand", () => {
    const rows = [row("1"), row("2"), row("3", { case: "case-1", task: "report", target: "long" })];
    const { cases, ofCases } = casesOf(rows, {});
    expect(ofCases).toBe(2);
    expect(cases[0]?.items.map(({ task, isRight }) => [task, isRight])).toEqual([
      ["closed-vqa", true],
      ["report", null],
    ]);
  });

  it("mark two options of one text as right, and give a missing one no share", () => {
    const { cases } = casesOf([row("1", { choiceLogProbs: [-1, -1, null] })], {});
    expect(cases[0]?.items[0]?.options.map(({ isRight, probability }) => [isRight, probability])).toEqual([
      [true, 0.5],
      [true, 0.5],
      [false, 0],
    ]);
  });

  it("have no verdict of an answer that names none but a wrong one", () => {
    const { cases } = casesOf([row("1", { prediction: "none of these" })], { by: "lenient" });
    expect(cases[0]?.items[0]?.isRight).toBe(false);
  });
});
