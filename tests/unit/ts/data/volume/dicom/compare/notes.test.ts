import {
  noteHeaders,
  notePadding,
  paddedIn,
  rescaleFacts,
} from "../../../../../../../ts/data/volume/dicom/compare/notes.ts";
import type { SliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const told = (change: (z: number) => Partial<SliceHeader>): readonly string[] => {
  const log = new ReadLog();
  noteHeaders(at([0, 2, 4], change), log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};

describe("noteHeaders", () => {
  it("says nothing of plain slices", () => {
    expect(told(() => ({}))).toEqual([]);
  });

  it.each<[Partial<SliceHeader>, string]>([
    [{ lossy: true }, "LOSSY_SOURCE: 1 of 3 slices"],
    [{ burnedIn: true }, "BURNED_IN_ANNOTATION: 1 of 3 slices"],
    [{ marked: false }, "DICM_MARK_MISSING: 1 of 3 slices lack the preamble"],
    [{ inverted: true }, "PHOTOMETRIC_INVERTED: 1 of 3 slices are MONOCHROME1"],
    [{ recased: true }, "CODE_IN_LOWER_CASE: 1 of 3 slices write a code"],
    [{ derived: true }, "DERIVED_IMAGE: 1 of 3 slices are DERIVED"],
    [{ derived: true, projection: "MIP" }, "PROJECTED_IMAGE: 1 of 3 slices are derived, a MIP by ImageType"],
    [{ malformed: ["KVP"] }, "ELEMENT_MALFORMED: 1 of 3 slices hold a malformed value (KVP)"],
    [{ metaDiffers: true }, "META_UID_DISAGREES: 1 of 3 slices name another object"],
    [{ sidesDenied: true }, "ORIENTATION_DISAGREES: 1 of 3 slices name other sides"],
    [
      { overruled: ["RescaleSlope", "PixelSpacing"] },
      "FRAME_GROUPS_OVERRULE: 1 of 3 slices state RescaleSlope, PixelSpacing otherwise",
    ],
    [{ thicknessMm: 5 }, "SLICE_THICKNESS_VARIES: slices are 3 to 5 mm thick"],
  ])("tells of %j in one slice", (change, said) => {
    expect(told((z) => (z === 1 ? change : {}))).toEqual([expect.stringContaining(said)]);
  });
});

describe("notePadding", () => {
  const padded = (slices: readonly SliceHeader[], stored: readonly number[]): readonly string[] => {
    const log = new ReadLog();
    const found = slices.map((slice, z) => paddedIn(slice, Int16Array.from(stored.slice(4 * z, 4 * z + 4))));
    notePadding(slices, found, 4, log);
    return log.warnings.map(({ message }) => message);
  };

  it("names padding that looks like tissue or metal, with share and HU, slice by slice", () => {
    const slices = at([0, 2], (z) => ({ padding: 4095, intercept: z === 0 ? -1024 : -2047 }));
    expect(padded(slices, [4095, 24, 24, 24, 4095, 24, 24, 24])).toEqual([
      expect.stringContaining("25.0 % of the voxels are declared padding of 3071, 2048 HU"),
    ]);
  });

  it("leaves padding in the range of air, and padding that no voxel has, alone", () => {
    expect(
      padded(
        at([0], () => ({ padding: -2000 })),
        [-2000, 0, 0, 0],
      ),
    ).toEqual([]);
    expect(
      padded(
        at([0], () => ({ padding: 4095 })),
        [1, 2, 3, 4],
      ),
    ).toEqual([]);
  });
});

describe("rescaleFacts", () => {
  it("lists each slope, intercept and padding once, in order", () => {
    const slices = at([0, 2, 4], (z) => ({ intercept: -1024 * (z % 2), padding: 10 }));
    expect(rescaleFacts(slices)).toEqual({
      stated: true,
      slopes: [1],
      intercepts: [-1024, 0],
      paddingStored: [10],
      paddingHu: [-1014, 10],
    });
  });
});
