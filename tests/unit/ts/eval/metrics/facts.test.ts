import { betterOf, boundsOf, sentenceOf } from "../../../../../ts/eval/metrics/facts.ts";
import { metricNames, metricRow } from "../../../../../ts/schema/task.ts";

describe("what is known of a scorecard's number", () => {
  it.each([
    ["accuracy.micro", "higher"],
    ["type.organ", "higher"],
    ["unparsed", "lower"],
    ["hedged", "lower"],
    ["unparsed.generate", "lower"],
    ["hedged.generate", "lower"],
    ["accuracy.micro.loglik-token", "higher"],
    ["contradicted.type.organ", "lower"],
    ["rouge1.type.unparsed", "higher"],
    ["judge.reader-1", "higher"],
    ["judges.share", "higher"],
  ])("%s is better when %s", (number, better) => {
    expect(betterOf(number)).toBe(better);
  });

  it("is the direction, the bounds and the sentence of each metric's row", () => {
    for (const metric of metricNames) {
      expect(boundsOf(metric, "tomoe-eval/2|profile:strict")).toEqual(metricRow(metric).bounds);
      expect(sentenceOf(`${metric}.type.organ`)).toBe(metricRow(metric).sentence);
      expect(betterOf(metric)).toBe(metricRow(metric).direction === "lower is better" ? "lower" : "higher");
    }
  });

  it.each([
    ["a|judge:x(v1)|bounds:1..5|avg:micro", { floor: 1, ceiling: 5 }],
    ["a|bounds:-1..1", { floor: -1, ceiling: 1 }],
    ["a|bounds:0.5..2.5e+2|b", { floor: 0.5, ceiling: 250 }],
    [
      "tomoe.bertscore/1(F,rules:x,model:m@0123,layer:2,idf:no,baseline:no,max-tokens:24)|bounds:-3.04040404040404..1|empty:0",
      { floor: -3.04040404040404, ceiling: 1 },
    ],
    ["a|judges:share(>=4,x)|judge:x(v1)|of:1..5|b", { floor: 0, ceiling: 1 }],
  ])("has the bounds of its signature: %s", (signature, bounds) => {
    expect(boundsOf("judge.x", signature)).toEqual(bounds);
  });

  it("has no sentence where the table knows no such metric", () => {
    expect(sentenceOf("judge.x")).toBeUndefined();
    expect(sentenceOf("accuracy.macro")).toMatch(/right option/);
  });
});
