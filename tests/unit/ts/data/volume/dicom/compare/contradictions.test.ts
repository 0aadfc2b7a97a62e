import { noteContradictions } from "../../../../../../../ts/data/volume/dicom/compare/contradictions.ts";
import type { Keyword } from "../../../../../../../ts/data/volume/dicom/elements.ts";
import type { Belonging } from "../../../../../../../ts/data/volume/dicom/encoding/allowed.ts";
import type { SliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const heights = [0, 2, 4, 6, 8, 10, 12, 14];
const told = (change: (z: number) => Partial<SliceHeader>, tilt = 0): readonly string[] => {
  const log = new ReadLog();
  noteContradictions(at(heights, change), heights, tilt, log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};

const numbered = (keyword: Keyword, number: number): Partial<SliceHeader> => ({
  traits: new Map([[keyword, { key: String(number), number }]]),
});

describe("noteContradictions", () => {
  it("tells of instance numbers that skip, or run otherwise than the positions", () => {
    const order = (numbers: readonly number[]): readonly string[] =>
      told((z) => numbered("InstanceNumber", numbers[z] ?? 0));
    expect(order([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([]);
    expect(order([28, 27, 26, 25, 24, 23, 22, 21])).toEqual([]);
    expect(order([1, 3, 5, 7, 9, 11, 13, 15])).toEqual([
      expect.stringMatching(
        /^INSTANCE_NUMBERS_SKIP: the instance numbers run from 1 to 15 .* 7 of that row are/,
      ),
    ]);
    expect(order([9, 8, 7, 6, 5, 4, 3, 1])).toEqual([expect.stringContaining("1 of that row is not here")]);
    expect(order([2, 1, 3, 4, 5, 6, 7, 8])).toEqual([expect.stringContaining("INSTANCE_ORDER_DISAGREES")]);
    expect(order([1, 1, 1, 1, 1, 1, 1, 1])).toEqual([expect.stringContaining("INSTANCE_ORDER_DISAGREES")]);
  });

  it("says nothing of a rescale of its own in each slice, of either order, nor of slices that overlap by half", () => {
    expect(told((z) => ({ intercept: -1000 - z }))).toEqual([]);
    expect(told((z) => ({ slope: 1 + (z % 2) }))).toEqual([]);
    expect(told((z) => numbered("InStackPositionNumber", 8 - z))).toEqual([]);
    expect(told(() => numbered("InConcatenationTotalNumber", 8))).toEqual([]);
    expect(told(() => ({ thicknessMm: 4 }))).toEqual([]);
  });

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
    [
      "another spacing in a few slices alone",
      (z) => (z === 5 ? { spacingBetweenMm: 5 } : {}),
      "SPACING_DISAGREES: SpacingBetweenSlices is 5 mm",
    ],
    [
      "thick slices that hardly step",
      () => ({ thicknessMm: 20 }),
      "SLICES_OVERLAP: slices of 20 mm step only 2 mm",
    ],
    [
      "another pixel spacing",
      (z) => (z < 3 ? { spacingDenied: "PixelAspectRatio 1:1" } : {}),
      "PIXEL_SPACING_DISAGREES: 3 of 8 slices state PixelAspectRatio 1:1 beside a PixelSpacing of 0.5 x 0.75 mm",
    ],
    [
      "a rescale that one slice alone has",
      (z) => (z === 4 ? { slope: 1.1 } : {}),
      "RESCALE_ODD_IN_FEW: 1 of 8 slices state another calibration than the others (slice 5: slope 1.1, intercept 0, signed; the others: slope 1, intercept 0, signed)",
    ],
    [
      "numbers in the stack that run otherwise",
      (z) => numbered("InStackPositionNumber", (5 * z) % 8),
      "STACK_ORDER_DISAGREES",
    ],
    [
      "a number in the stack that stands twice",
      (z) => numbered("InStackPositionNumber", z < 4 ? z : z - 1),
      "STACK_ORDER_DISAGREES",
    ],
    [
      "a concatenation of which objects are missing",
      () => ({ ...numbered("InConcatenationTotalNumber", 2), fileDigest: "one" }),
      "FEWER_IMAGES_THAN_STATED: the header states a concatenation of 2 objects, and 1 of them is here",
    ],
  ])("tells of %s", (_, change, said) => {
    expect(told(change)).toEqual([expect.stringContaining(said)]);
  });

  it("tells once of what a series has one of and some slices state otherwise, or not at all", () => {
    const stating = (
      values: {
        readonly [Name in Belonging | "rescale type"]?: string;
      },
    ): Partial<SliceHeader> => ({
      belonging: new Map(Object.entries(values).map(([name, value]) => [name as Belonging, value])),
    });
    expect(told(() => stating({ "patient name": "a", manufacturer: "b" }))).toEqual([]);
    expect(
      told((z) => stating({ "patient name": z === 2 ? "c" : "a", manufacturer: z > 5 ? "d" : "b" })),
    ).toEqual([
      expect.stringMatching(
        /^SERIES_BELONGS_TO_SEVERAL: 3 of 8 slices state another patient name, manufacturer than the others/,
      ),
    ]);
    expect(told((z) => stating(z === 7 ? {} : { "rescale type": "HU" }))).toEqual([
      expect.stringContaining("1 of 8 slices state another rescale type than the others or none"),
    ]);
    const own = (z: number): Partial<SliceHeader> =>
      stating({
        "study id": `${z}`,
        sex: `${z}`,
        station: `${z}`,
        "body part": `${z}`,
        "study date": `${z}`,
      });
    expect(told(own)).toEqual([
      expect.stringMatching(/7 of 8 slices state another study id, sex, station, body part, \.\.\. than/),
    ]);
  });

  it("compares locations between the slices that state one", () => {
    expect(told((z) => (z % 2 === 0 ? { sliceLocationMm: 50 - 2 * z } : {}))).toEqual([]);
    expect(told((z) => (z < 6 ? {} : { sliceLocationMm: 999 }))).toEqual([
      expect.stringContaining(
        "SLICE_LOCATION_DISAGREES: SliceLocation steps otherwise than ImagePositionPatient between 1 of 1 pairs",
      ),
    ]);
  });

  it.each<[Keyword, string]>([
    ["TemporalPositionIdentifier", "the temporal position"],
    ["SeriesNumber", "the series number"],
    ["ScanOptions", "ScanOptions"],
    ["FilterType", "the filter"],
  ])("tells of a change of %s along the stack", (keyword, name) => {
    const change = (z: number): Partial<SliceHeader> => ({
      traits: new Map([[keyword, { key: z < 5 ? "a" : "b", number: undefined }]]),
    });
    expect(told(change)).toEqual([
      `SERIES_CHANGES: ${name} changes once along the stack, first between slices 5 and 6 of 8`,
    ]);
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
