import { requireCalibrated } from "../../../../../../../ts/data/volume/dicom/compare/calibration.ts";
import { caught } from "../../../../../../support/caught.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const heights = Array.from({ length: 12 }, (_, z) => z);

describe("requireCalibrated", () => {
  it("takes a rescale that all state or none, with its own intercept in each", () => {
    expect(() => requireCalibrated(at(heights, (z) => ({ intercept: -1024 - z })))).not.toThrow();
    expect(() => requireCalibrated(at(heights, () => ({ rescaleStated: false })))).not.toThrow();
  });

  it("refuses one that some state, naming at most eight slices and the first file", async () => {
    const error = await caught(() => requireCalibrated(at(heights, (z) => ({ rescaleStated: z < 2 }))));
    expect([error.code, error.details]).toEqual([
      "DATA_PIXEL_CALIBRATION",
      { slices: [3, 4, 5, 6, 7, 8, 9, 10], of: 12, silent: 10 },
    ]);
    expect(error.message).toContain("slices 3, 4, 5, 6, 7, 8, 9, 10, ... along the normal");
    expect(error.message).toContain("(the first is file 3)");
    const one = await caught(() => requireCalibrated(at(heights, (z) => ({ rescaleStated: z !== 4 }))));
    expect(one.message).toContain("1 of 12 slices state no RescaleSlope");
  });

  it("refuses what is declared another quantity first", async () => {
    const error = await caught(() =>
      requireCalibrated(
        at(heights, (z) => ({ rescaleStated: z > 2, quantity: z === 5 ? "a map" : undefined })),
      ),
    );
    expect([error.code, error.what]).toEqual([
      "DATA_NOT_HU",
      "1 of 12 slices declares a map, not Hounsfield units",
    ]);
    expect(error.details).toMatchObject({ cause: "declared", quantity: "a map", slices: 1 });
  });
});
