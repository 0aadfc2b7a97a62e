import { judgeAll, likeliest } from "../../../../../ts/eval/closed/judge.ts";
import type { PredictionRow } from "../../../../../ts/eval/index.ts";

const choices = ["liver", "left kidney", "heart", "lung"];
const row = (prediction: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id: "q",
  case: "c",
  task: "closed-vqa",
  choices,
  target: "left kidney",
  prediction,
  ...more,
});

describe("an answer under every parser", () => {
  it.each([
    ["A. liver B. left kidney C. heart D. lung", { strict: false, lenient: false, "m3d-compat": true }],
    ["B. or C.", { strict: false, lenient: false, "m3d-compat": true }],
    ["B. liver", { strict: true, lenient: true, "m3d-compat": true }],
    ["**B**", { strict: false, lenient: true, "m3d-compat": false }],
    ["The answer is B.", { strict: false, lenient: true, "m3d-compat": true }],
    ["left kidney", { strict: true, lenient: true, "m3d-compat": false }],
    ["heart", { strict: false, lenient: false, "m3d-compat": false }],
    ["", { strict: false, lenient: false, "m3d-compat": false }],
  ])("%j is right: %o", (prediction, correct) => {
    expect(judgeAll(row(prediction)).correct).toEqual(correct);
  });

  it("tells what is unparsed apart from what is wrong", () => {
    expect(judgeAll(row("heart")).parsed).toEqual({ strict: true, lenient: true, "m3d-compat": false });
    expect(judgeAll(row("who knows")).parsed).toEqual({ strict: false, lenient: false, "m3d-compat": false });
  });
});

describe("the likeliest option", () => {
  it.each([
    ["loglik-sum", [-4, -3, -9, -9], undefined, 1],
    ["loglik-token", [-4, -3, -9, -9], [4, 1, 1, 1], 0],
    ["loglik-sum", [null, -3, -2, null], undefined, 2],
    ["loglik-token", [-1, -3, -9, -9], [null, 1, 1, 1], 1],
    ["loglik-sum", [null, null, null, null], undefined, -1],
    ["loglik-sum", undefined, undefined, -1],
    ["loglik-sum", [-1, -1, -1, -1], undefined, 0],
  ] as const)("by %s of %j over %j tokens is %d", (mode, choiceLogProbs, choiceTokens, index) => {
    expect(likeliest(row("", { choiceLogProbs, choiceTokens }), mode)).toBe(index);
  });

  it("is never one that is missing", () => {
    const missing = { choices: ["liver", "NA", "heart"], choiceLogProbs: [-5, -1, -3] };
    expect(likeliest(row("", missing), "loglik-sum")).toBe(2);
  });
});
