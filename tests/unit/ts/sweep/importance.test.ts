import { importances } from "../../../../ts/sweep/importance.ts";
import { drawn } from "../../../../ts/sweep/seeds.ts";

const trial = (assignment: Readonly<Record<string, number | string>>, value: number) => ({
  assignment,
  value,
});

describe("importances", () => {
  it("gives 1 to an option that orders the trials and 0 to one that never changes, the larger first", () => {
    const tried = [1, 2, 3, 4, 5].map((rate) => trial({ same: 7, rate: rate ** 3 }, Math.exp(rate)));
    expect(importances(["same", "rate"], tried)).toEqual([
      { path: "rate", share: 1, trials: 5 },
      { path: "same", share: 0, trials: 5 },
    ]);
  });

  it("is the same whether more is better or worse, and whatever the scale of the objective", () => {
    const rates = [3, 1, 4, 1.5, 9, 2.6, 5];
    const share = (value: (rate: number) => number): number | null | undefined =>
      importances(
        ["rate"],
        rates.map((rate) => trial({ rate }, value(rate))),
      )[0]?.share;
    expect(share((rate) => rate)).toBeCloseTo(1, 12);
    expect(share((rate) => -1000 * rate ** 3)).toBeCloseTo(1, 12);
  });

  it("tells choices apart by what lies between them", () => {
    const apart = ["a", "a", "b", "b"].map((way, at) => trial({ way }, at));
    expect(importances(["way"], apart)[0]?.share).toBeCloseTo(0.8, 12);
    const mixed = ["a", "b", "b", "a"].map((way, at) => trial({ way }, at));
    expect(importances(["way"], mixed)[0]?.share).toBe(0);
  });

  it("looks at the trials that have a conditional option, and says nothing of fewer than four", () => {
    const tried = [1, 2, 3, 4, 5, 6].map((at) => trial({ ...(at > 3 ? { weight: at } : {}), rate: at }, at));
    expect(importances(["weight"], tried)).toEqual([{ path: "weight", share: null, trials: 3 }]);
    expect(importances(["none", "weight", "rate"], tried).map(({ path }) => path)).toEqual([
      "rate",
      "none",
      "weight",
    ]);
    expect(importances(["none"], tried)).toEqual([{ path: "none", share: null, trials: 0 }]);
  });

  it("finds nothing much where nothing is: shares of noise are small", () => {
    const tried = Array.from({ length: 200 }, (_, at) =>
      trial({ rate: drawn(at, "rate"), way: drawn(at, "way") < 0.5 ? "a" : "b" }, drawn(at, "value")),
    );
    for (const { share } of importances(["rate", "way"], tried)) expect(share).toBeLessThan(0.05);
  });

  it("shares ranks among values that are alike", () => {
    const tried = [0, 0, 1, 1, 1, 1].map((value, at) => trial({ rate: at < 2 ? 1 : 2 }, value));
    expect(importances(["rate"], tried)[0]?.share).toBeCloseTo(1, 12);
    expect(
      importances(
        ["rate"],
        tried.map((one) => ({ ...one, value: 3 })),
      )[0]?.share,
    ).toBe(0);
  });
});
