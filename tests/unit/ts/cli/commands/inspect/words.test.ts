import { stepWords } from "../../../../../../ts/cli/commands/inspect/words.ts";

describe("a decision in words", () => {
  it("has every fact with its name, texts as they are and the rest as JSON, without the decision's own name", () => {
    expect(stepWords({ step: "orient", from: "LPS", flipped: [true, false], mm: 2.5, none: null })).toBe(
      "from LPS, flipped [true,false], mm 2.5, none null",
    );
    expect(stepWords({ step: "read" })).toBe("");
  });
});
