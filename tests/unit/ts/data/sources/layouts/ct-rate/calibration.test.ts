import { calibrationOf } from "../../../../../../../ts/data/sources/layouts/ct-rate/calibration.ts";

const row = (values: Readonly<Record<string, string>>) => ({
  place: { table: "t", row: 2 },
  values: {
    RescaleSlope: "1.0",
    RescaleIntercept: "-8192.0",
    XYSpacing: "[0.7, 0.8]",
    ZSpacing: "1.5",
    ImagePositionPatient: "[-175.0, -180.0, -300.5]",
    ImageOrientationPatient: "[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]",
    ...values,
  },
});

describe("scaling and geometry of CT-RATE v1", () => {
  it("are DICOM's, turned to RAS: x to the left, y to the back, z upwards", () => {
    expect(calibrationOf(row({}))).toEqual({
      slope: 1,
      intercept: -8192,
      affineRas: [
        [-0.7, -0, -0, 175],
        [-0, -0.8, -0, 180],
        [0, 0, 1.5, -300.5],
        [0, 0, 0, 1],
      ],
    });
  });

  it("follow the orientation: slices of a coronal stack run along the normal of its rows and columns", () => {
    const found = calibrationOf(row({ ImageOrientationPatient: "['1', '0', '0', '0', '0', '-1']" }));
    // Rows run to the left, columns downwards: their cross product points to the back, +y of LPS.
    expect(found).toMatchObject({
      affineRas: [
        [-0.7, -0, expect.closeTo(0), 175],
        [-0, -0, -1.5, 180],
        [0, -0.8, expect.closeTo(0), -300.5],
        [0, 0, 0, 1],
      ],
    });
  });

  it.each([
    [{ RescaleSlope: "" }, ["RescaleSlope"]],
    [{ RescaleSlope: "0" }, ["RescaleSlope"]],
    [{ XYSpacing: "0.7" }, ["XYSpacing"]],
    [{ XYSpacing: "[0.7, -0.7]" }, ["XYSpacing"]],
    [{ ZSpacing: "nan", ImagePositionPatient: "[1, 2]" }, ["ZSpacing", "ImagePositionPatient"]],
    [{ ImageOrientationPatient: "[1, 0, 0, 0, 1, x]" }, ["ImageOrientationPatient"]],
  ])("cannot be read of %j", (values, malformed) => {
    expect(calibrationOf(row(values))).toEqual({ malformed });
  });
});
