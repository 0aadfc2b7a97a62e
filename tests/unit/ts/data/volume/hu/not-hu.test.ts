import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { n, notHu, percent } from "../../../../../../ts/data/volume/hu/not-hu.ts";

describe("notHu", () => {
  it("says cause and reason, in the message and in the details", () => {
    const histogram = huHistogram(Int16Array.of(-5, 0, 7));
    const error = notHu(histogram, "unscaled", "it was never rescaled", "Rescale it.", { addHu: -1024 });
    expect(error.message).toBe(
      "[DATA_NOT_HU] the voxels are not Hounsfield units (unscaled): it was never rescaled",
    );
    expect([error.exitCode, error.hint]).toEqual([65, "Rescale it."]);
    expect(error.details).toEqual({
      cause: "unscaled",
      min: -5,
      max: 7,
      reasons: ["it was never rescaled"],
      addHu: -1024,
    });
  });
});

describe("numbers in its messages", () => {
  it("have six significant digits at most and no trailing zeros", () => {
    expect([1024, -0.004559999797493219, 15284.7333984375, 0.1].map(n)).toEqual([
      "1024",
      "-0.00456",
      "15284.7",
      "0.1",
    ]);
  });

  it("show shares as percent with one decimal", () => {
    expect([0, 0.2128, 0.9999, 1].map(percent)).toEqual(["0.0 %", "21.3 %", "100.0 %", "100.0 %"]);
  });
});
