import { judgeGates } from "../../../../../../ts/cli/gates.ts";
import type { AdversaryEntry } from "../../../../../../ts/eval/index.ts";
import { gatedNumbers } from "../../../../../../ts/run/eval/record/document.ts";
import type { ScorecardEntry } from "../../../../../../ts/schema/answers/scorecard.ts";
import { caught } from "../../../../../support/caught.ts";

const entry: ScorecardEntry = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  value: 0.8,
  ciLow: 0.7,
  ciHigh: 0.9,
  n: 80,
  clusters: 20,
  chance: 0.25,
  signature: "s",
};
const gap: AdversaryEntry = {
  adversary: "other-scan",
  task: "closed-vqa",
  metric: "accuracy.micro",
  primary: true,
  a: "other-scan",
  b: "run",
  first: 0.3,
  second: 0.8,
  difference: 0.5,
  ciLow: 0.4,
  ciHigh: 0.6,
  p: 0.001,
  pHolm: 0.002,
  verdict: "second is higher",
  better: "higher",
  mde: 0.1,
  n: 80,
  clusters: 20,
  perSeed: null,
  signature: "s",
};
const numbers = gatedNumbers({
  scorecard: [entry, { ...entry, metric: "accuracy.micro.generate", value: 0.6, ciLow: 0.5, ciHigh: 0.7 }],
  adversaries: [gap, { ...gap, adversary: "blank", difference: 0.1, ciLow: -0.05, ciHigh: 0.25 }],
});

describe("the numbers that gates of an evaluation may name", () => {
  it.each([
    ["closed-vqa/accuracy.micro>=0.8", 0.8, true],
    ["closed-vqa/accuracy.micro.ciLow>0.7", 0.7, false],
    ["closed-vqa/accuracy.micro.generate>=0.6", 0.6, true],
    ["closed-vqa/accuracy.micro.generate.ciHigh<0.7", 0.7, false],
    ["closed-vqa/accuracy.micro.over.other-scan>0.4", 0.5, true],
    ["closed-vqa/accuracy.micro.over.other-scan.ciLow>0", 0.4, true],
    ["closed-vqa/accuracy.micro.over.blank.ciLow>0", -0.05, false],
    ["closed-vqa/accuracy.micro.over.blank.pHolm<0.05", 0.002, true],
  ])("%s is %d, held: %s", (gate, value, held) => {
    expect(judgeGates([gate], numbers, "value")).toEqual([
      {
        gate,
        value,
        held,
      },
    ]);
  });

  it("do not hold a gap to an adversary that was left out", async () => {
    const failure = await caught(() =>
      judgeGates(["closed-vqa/accuracy.micro.over.text-only.ciLow>0"], numbers, "value"),
    );
    expect(failure.code).toBe("USAGE_INVALID");
    expect(failure.message).toContain('there is no number "closed-vqa/accuracy.micro.over.text-only.ciLow"');
  });

  it("are those of the scorecard, unchanged, and one more a gap", () => {
    expect(numbers).toHaveLength(4);
    expect(numbers[0]).toBe(entry);
  });
});
