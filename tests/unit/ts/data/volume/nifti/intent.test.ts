import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { declaredIntent } from "../../../../../../ts/data/volume/nifti/intent.ts";

describe("declaredIntent", () => {
  it.each([
    [2, "a statistic (intent_code 2)"],
    [24, "a statistic (intent_code 24)"],
    [1002, "labels (NIFTI_INTENT_LABEL) (intent_code 1002)"],
    [1007, "names, matrices, vectors or points (intent_code 1007)"],
    [2003, "colours (intent_code 2003)"],
    [2018, "a deformation or spline field of FSL (intent_code 2018)"],
  ])("of %d is another quantity", (code, said) => {
    const log = new ReadLog();
    expect([declaredIntent(code, log), log.warnings]).toEqual([said, []]);
  });

  it("says nothing of 0, and warns of a code that says nothing of HU", () => {
    const log = new ReadLog();
    expect([declaredIntent(0, log), log.warnings]).toEqual([undefined, []]);
    for (const code of [1001, 1011, -5, 25, 30000]) expect(declaredIntent(code, log)).toBeUndefined();
    expect(new Set(log.warnings.map((warning) => warning.code))).toEqual(new Set(["NIFTI_INTENT_ODD"]));
    expect(log.warnings).toHaveLength(5);
  });
});
