import { comparisonTable } from "../../../../../ts/cli/screen/comparison-table.ts";
import type { PairedEntry } from "../../../../../ts/eval/index.ts";

const entry: PairedEntry = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  primary: true,
  a: "base",
  b: "ours",
  first: 0.5,
  second: 0.75,
  difference: 0.25,
  ciLow: 0.1,
  ciHigh: 0.4,
  p: 0.0004,
  pHolm: 0.0008,
  verdict: "second is higher",
  better: "higher",
  mde: 0.2,
  n: 80,
  clusters: 20,
  perSeed: null,
  signature: "s",
};

const cells = (...entries: readonly PairedEntry[]): readonly (readonly string[])[] =>
  comparisonTable(entries)
    .split("\n\n")[0]
    ?.split("\n")
    .map((line) => line.split(/ {2,}/)) ?? [];

describe("a comparison for people", () => {
  it("shows no difference without its interval, its tests, its verdict and its counts", () => {
    expect(cells(entry)[1]).toEqual(
      "closed-vqa|accuracy.micro|base|ours|0.500|0.750|+0.250|[+0.100, +0.400]|<0.001|<0.001|second is higher|80|20".split(
        "|",
      ),
    );
  });

  it("stands a number that is tested before those that are not, and the least that could be found beside it", () => {
    const other: PairedEntry = {
      ...entry,
      metric: "unparsed",
      primary: false,
      pHolm: null,
      verdict: "not tested",
    };
    const same: PairedEntry = { ...entry, difference: -0.0001, p: 0.7, pHolm: 0.7, verdict: "not separable" };
    const [, first, second] = cells(other, same);
    expect(first).toContain("not separable (least found: 0.200)");
    expect(first).toContain("+0.000");
    expect(second).toContain("not tested");
    expect(second).toContain("-");
  });

  it("keeps what a file calls its systems from commanding the terminal", () => {
    expect(comparisonTable([{ ...entry, a: "\u001b[31mred" }])).not.toContain("\u001b");
  });
});
