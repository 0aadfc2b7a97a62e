import { pPhrase, pText } from "../../../../../ts/eval/compare/p-text.ts";

describe("a p value for people", () => {
  it.each([
    [1, "1.000"],
    [0.2594, "0.259"],
    [0.0014, "0.001"],
    [0.001, "0.001"],
    [0.0009999, "<0.001"],
    [1e-12, "<0.001"],
    [0, "<0.001"],
  ])("%d is %s: never a 0, which no test gives", (p, text) => {
    expect(pText(p)).toBe(text);
  });

  it("is the corrected one of what was tested, and says so", () => {
    expect(pPhrase({ p: 0.01, pHolm: 0.04 })).toBe("p 0.040 (Holm)");
    expect(pPhrase({ p: 1e-5, pHolm: 2e-5 })).toBe("p <0.001 (Holm)");
    expect(pPhrase({ p: 1e-5, pHolm: null })).toBe("p <0.001");
  });
});
