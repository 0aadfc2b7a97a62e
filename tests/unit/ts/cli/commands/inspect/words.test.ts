import { stepWords } from "../../../../../../ts/cli/commands/inspect/words.ts";

describe("a decision in words", () => {
  it("has every fact with its name, texts as they are and the rest as JSON, without the decision's own name", () => {
    expect(stepWords({ step: "orient", from: "LPS", flipped: [true, false], mm: 2.5, none: null })).toBe(
      "from LPS, flipped [true,false], mm 2.5, none null",
    );
    expect(stepWords({ step: "read" })).toBe("");
  });

  it("shows facts of facts in brackets, and no more of a fraction than is measured", () => {
    const tilt = { degrees: 18.500001554365728, slices: 28, moved: { mm: -0.5, by: "rows" } };
    expect(stepWords({ step: "resample", tilt, spacing: null })).toBe(
      "tilt (degrees 18.5, slices 28, moved (mm -0.5, by rows)), spacing null",
    );
  });
});
