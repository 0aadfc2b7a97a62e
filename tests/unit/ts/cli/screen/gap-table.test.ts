import { gapTable } from "../../../../../ts/cli/screen/gap-table.ts";

const gap = {
  adversary: "blank",
  task: "closed-vqa",
  metric: "accuracy.micro",
  primary: true,
  a: "blank",
  b: "run",
  first: 0.25,
  second: 0.8,
  difference: 0.55,
  ciLow: -0.0001,
  ciHigh: 0.7,
  p: 0.001,
  pHolm: 0.0123,
  verdict: "second is higher",
  better: "higher",
  mde: 0.1,
  n: 80,
  clusters: 20,
  perSeed: null,
  signature: "s",
} as const;

describe("gaps for people", () => {
  it("show both values, the gap with its sign and interval, the corrected p, and the verdict in words", () => {
    const [titles = "", row = ""] = gapTable([gap]).split("\n");
    expect(titles.split(/ {2,}/)).toEqual([
      "TASK",
      "METRIC",
      "ADVERSARY",
      "ITS VALUE",
      "SYSTEM",
      "GAP",
      "95% CI",
      "P (HOLM)",
      "VERDICT",
    ]);
    expect(row.split(/ {2,}/)).toEqual([
      "closed-vqa",
      "accuracy.micro",
      "blank",
      "0.250",
      "0.800",
      "+0.550",
      "[+0.000, +0.700]",
      "0.012",
      "system is higher",
    ]);
  });

  it("show those alone that a verdict is given of", () => {
    expect(
      gapTable([{ ...gap, primary: false, pHolm: null, verdict: "not tested" }]).split("\n"),
    ).toHaveLength(1);
  });

  it("say that a system is lower, or that nothing can be told", () => {
    const worse = { ...gap, difference: -0.2, verdict: "second is lower" } as const;
    const rows = gapTable([worse, { ...gap, verdict: "not separable" }]).split("\n");
    expect(rows[1]).toMatch(/-0\.200 .*system is lower$/);
    expect(rows[2]).toMatch(/not separable$/);
  });
});
