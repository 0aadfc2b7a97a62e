import {
  mm,
  requireAlike,
  requireDistinct,
  samePlaceMm,
} from "../../../../../../ts/data/volume/dicom/alike.ts";
import type { SliceHeader } from "../../../../../../ts/data/volume/dicom/slice.ts";
import { caught } from "../../../../../support/caught.ts";
import { at, slice } from "../../../../../support/slice-headers.ts";

const heights = [0, 2, 4, 6, 8];
const changed = (index: number, change: Partial<SliceHeader>): SliceHeader[] =>
  at(heights, (entry) => (entry === index ? change : {}));

describe("requireAlike", () => {
  it("takes slices of one grid, and none at all", () => {
    expect(() => requireAlike([])).not.toThrow();
    expect(() => requireAlike(at(heights))).not.toThrow();
  });

  it("takes rounding in direction and spacing", () => {
    const rounded = { acrossLps: [1, 0.0009, 0], rowSpacingMm: 0.50004 } as const;
    expect(() => requireAlike(changed(3, rounded))).not.toThrow();
  });

  it.each<[string, Partial<SliceHeader>, string]>([
    [
      "matrix",
      { pixels: { rows: 8, columns: 5, bitsAllocated: 16, bitsStored: 16, signed: true } },
      "5 x 8 (file 3) against 5 x 4",
    ],
    ["kind (localizer or not)", { localizer: true }, "localizer (file 3) against slice"],
    ["orientation", { acrossLps: [1, 0.002, 0] }, "0 0 1 (file 3)"],
    ["pixel spacing", { columnSpacingMm: 0.751 }, "0.5 x 0.751 mm (file 3) against 0.5 x 0.75 mm"],
    ["frame of reference", { frameDigest: "other" }, "another (file 3)"],
    ["reconstruction kernel", { kernelDigest: undefined }, "another (file 3)"],
    ["modality", { modality: undefined }, "none (file 3) against CT"],
  ])("refuses another %s, naming it and the first that has it", async (what, change, said) => {
    const error = await caught(() => requireAlike(changed(2, change)));
    expect([error.code, error.details]).toEqual(["DATA_SERIES_MIXED", { differsIn: what, slices: 1, of: 5 }]);
    expect(error.message).toContain(`1 of 5 slices differ in ${what}: ${said}`);
    expect(error.hint).toBe("Put each reconstruction into a folder of its own.");
  });
});

describe("requireDistinct", () => {
  it("takes slices that are as near as a volume's least spacing", () => {
    expect(() => requireDistinct(at([0, samePlaceMm]), [0, samePlaceMm])).not.toThrow();
  });

  it("names two slices at one place, and their instance numbers where both have one", async () => {
    const close = [0, 2, 2.009, 4];
    const error = await caught(() => requireDistinct(at(close), close));
    expect([error.code, error.details]).toEqual([
      "DATA_SERIES_DUPLICATE",
      { slices: [2, 3], positionMm: 2.009 },
    ]);
    expect(error.message).toContain("slices 2 and 3 of 4 lie at one place, 2.009 mm along the normal");
    expect(error.message).toContain("(instance numbers 2 and 3)");
    const unnumbered = await caught(() =>
      requireDistinct(
        at(close, () => ({ instance: undefined })),
        close,
      ),
    );
    expect(unnumbered.message).not.toContain("instance numbers");
  });

  it("names the same object at two places", async () => {
    const twice = at(heights, (index) => (index === 4 ? { instanceDigest: "instance-2" } : {}));
    const error = await caught(() => requireDistinct(twice, heights));
    expect(error.message).toContain("slices 2 and 5 of 5 are the same object twice, 8 mm along the normal");
    expect(error.hint).toBe("Remove the copy, or separate the reconstructions.");
  });

  it("takes objects without an id for different ones", () => {
    expect(() =>
      requireDistinct(
        at(heights, () => ({ instanceDigest: undefined })),
        heights,
      ),
    ).not.toThrow();
  });

  it("calls two acquisitions over one range what they are", async () => {
    const passes = [
      slice([0, 0, 5], 1, { acquisitionDigest: "a" }),
      slice([0, 0, 5], 2, { acquisitionDigest: "b" }),
    ];
    const error = await caught(() => requireDistinct(passes, [5, 5]));
    expect([error.code, error.hint]).toEqual([
      "DATA_SERIES_MIXED",
      "Put each pass into a folder of its own.",
    ]);
    expect(error.message).toContain("several passes or phases in one series");
  });
});

describe("mm", () => {
  it("shows six digits at most", () => {
    expect([mm(2), mm(-0.123456789), mm(undefined)]).toEqual(["2 mm", "-0.123457 mm", "NaN mm"]);
  });
});
