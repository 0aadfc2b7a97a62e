import { placement } from "../../../../../../../ts/data/volume/dicom/compare/placement.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { caught } from "../../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";

const placed = (spec: DicomSpec): ReturnType<typeof placement> => {
  const elements = scanElements(dicomFile(spec), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return placement(elements);
};
const turned = 1 / Math.SQRT2;

describe("placement", () => {
  it("is where the first pixel lies, how rows and columns run, and how far apart they are", () => {
    const slice = placed({
      position: [-10, -20, 30],
      elements: { "00280030": ["DS", "0.5\\0.75"], "00200037": ["DS", "1\\0\\0\\0\\1\\0"] },
    });
    expect(slice).toEqual({
      positionLps: [-10, -20, 30],
      acrossLps: [1, 0, 0],
      downLps: [0, 1, 0],
      normalLps: [0, 0, 1],
      rowSpacingMm: 0.5,
      columnSpacingMm: 0.75,
    });
  });

  it.each<[string, string, readonly number[]]>([
    ["a coronal slice", "1\\0\\0\\0\\0\\-1", [0, 1, 0]],
    ["a sagittal slice", "0\\1\\0\\0\\0\\-1", [-1, 0, 0]],
    ["a slice upside down", "-1\\0\\0\\0\\1\\0", [0, 0, -1]],
    ["an oblique slice", "1\\0\\0\\0\\0.7071\\-0.7071", [0, turned, turned]],
  ])("has the normal of %s, of unit length", (_, directions, normal) => {
    const slice = placed({ elements: { "00200037": ["DS", directions] } });
    for (const [axis, value] of normal.entries()) expect(slice.normalLps[axis]).toBeCloseTo(value, 4);
    expect(Math.hypot(...slice.normalLps)).toBeCloseTo(1, 12);
    expect(Math.hypot(...slice.downLps)).toBeCloseTo(1, 12);
  });

  it.each<[string, NonNullable<DicomSpec["elements"]>, string]>([
    ["no position", { "00200032": null }, "ImagePositionPatient is missing, so the slice has no place"],
    ["no directions", { "00200037": null }, "ImageOrientationPatient is missing"],
    ["no spacing", { "00280030": null }, "PixelSpacing is missing"],
    ["two numbers for a place", { "00200032": ["DS", "1\\2"] }, "ImagePositionPatient has 2 values, not 3"],
    ["seven numbers for directions", { "00200037": ["DS", "1\\0\\0\\0\\1\\0\\0"] }, "has 7 values, not 6"],
    ["pixels without size", { "00280030": ["DS", "0\\1"] }, "PixelSpacing is 0 x 1 mm"],
    ["pixels of negative size", { "00280030": ["DS", "1\\-1"] }, "PixelSpacing is 1 x -1 mm"],
    ["directions of no length", { "00200037": ["DS", "0\\0\\0\\0\\0\\0"] }, "not unit vectors"],
    ["directions that are too long", { "00200037": ["DS", "2\\0\\0\\0\\1\\0"] }, "not unit vectors"],
    ["directions at an acute angle", { "00200037": ["DS", "1\\0\\0\\0.6\\0.8\\0"] }, "at a right angle"],
  ])("refuses %s", async (_, elements, said) => {
    const error = await caught(() => placed({ elements }));
    expect([error.code, error.message]).toEqual(["DATA_GEOMETRY", expect.stringContaining(said)]);
  });
});
