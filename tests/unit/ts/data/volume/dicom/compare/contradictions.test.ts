import { noteContradictions } from "../../../../../../../ts/data/volume/dicom/compare/contradictions.ts";
import type { SliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const heights = [0, 2, 4, 6, 8, 10, 12, 14];
const told = (change: (z: number) => Partial<SliceHeader>, tilt = 0): readonly string[] => {
  const log = new ReadLog();
  noteContradictions(at(heights, change), heights, tilt, log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};

describe("noteContradictions", () => {
  it("says nothing of headers that agree with the geometry", () => {
    expect(
      told((z) => ({
        gantryTiltDegrees: 0.2,
        spacingBetweenMm: 2.01,
        sliceLocationMm: -2 * z,
        reconstructionDiameterMm: 3.75,
        imagesInAcquisition: 8,
      })),
    ).toEqual([]);
    expect(told(() => ({ gantryTiltDegrees: 15 }), 15)).toEqual([]);
  });

  it.each<[string, (z: number) => Partial<SliceHeader>, string]>([
    [
      "a tilt",
      () => ({ gantryTiltDegrees: -18.5 }),
      "TILT_DISAGREES: 8 of 8 slices state a gantry tilt of -18.5",
    ],
    [
      "another spacing",
      () => ({ spacingBetweenMm: 5 }),
      "SPACING_DISAGREES: SpacingBetweenSlices is 5 mm, and the positions step 2 mm",
    ],
    ["thin slices far apart", () => ({ thicknessMm: 1 }), "SLICES_APART: slices of 1 mm lie 2 mm apart"],
    [
      "other locations",
      (z) => ({ sliceLocationMm: z < 4 ? 2 * z : 3 * z }),
      "SLICE_LOCATION_DISAGREES: SliceLocation steps otherwise",
    ],
    [
      "another field",
      () => ({ reconstructionDiameterMm: 7.5 }),
      "FIELD_OF_VIEW_DISAGREES: the picture is 3.75 mm wide",
    ],
    [
      "more images",
      () => ({ imagesInAcquisition: 9 }),
      "FEWER_IMAGES_THAN_STATED: the header states 9 images",
    ],
  ])("tells of %s", (_, change, said) => {
    expect(told(change)).toEqual([expect.stringContaining(said)]);
  });

  it("tells of what changes from block to block, and not of an id that differs in each slice", () => {
    const traits = (key: string): Partial<SliceHeader> => ({
      traits: new Map([["StudyInstanceUID" as const, { key, number: undefined }]]),
    });
    expect(told((z) => traits(z < 3 ? "a" : "b"))).toEqual([
      "SERIES_CHANGES: the StudyInstanceUID changes once along the stack, first between slices 3 and 4 of 8",
    ]);
    expect(told((z) => traits(String(z)))).toEqual([]);
  });
});
