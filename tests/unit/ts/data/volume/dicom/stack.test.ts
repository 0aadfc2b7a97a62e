import type { SliceHeader } from "../../../../../../ts/data/volume/dicom/slice.ts";
import { stackSlices } from "../../../../../../ts/data/volume/dicom/stack.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { seeded } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { at, slice } from "../../../../../support/slice-headers.ts";

const regular = Array.from({ length: 10 }, (_, index) => -30 + 2 * index);

const acquisition = (number: number): Partial<SliceHeader> => ({
  traits: new Map([["AcquisitionNumber" as const, { key: String(number), number }]]),
});

describe("stackSlices", () => {
  it("sorts along the normal whatever the order given, and derives the affine in RAS", () => {
    const random = seeded(5);
    const shuffled = at(regular).sort(() => random() - 0.5);
    const { slices, affine } = stackSlices(shuffled, new ReadLog());
    expect(slices.map((entry) => entry.positionLps[2])).toEqual(regular);
    expect(affine.columns.map((column) => column.map((value) => value + 0))).toEqual([
      [-0.75, 0, 0],
      [0, -0.5, 0],
      [0, 0, 2],
    ]);
    expect(affine.origin).toEqual([10, 20, -30]);
  });

  it("takes the step from the positions, never from SliceThickness", () => {
    const log = new ReadLog();
    stackSlices(
      at(regular, () => ({ thicknessMm: 7 })),
      log,
    );
    expect(log.steps).toEqual([
      { step: "sort", by: "ImagePositionPatient along the slice normal", slices: 10, spacingMm: 2 },
    ]);
    expect(log.facts).toEqual({ sourceShapeXYZ: [5, 4, 10], sourceOrientation: "LPS" });
  });

  it("stacks coronal slices along their own normal", () => {
    const coronal = [0, 3, 6].map((y, index) =>
      slice([-10, y, 40], index + 1, { downLps: [0, 0, -1], normalLps: [0, 1, 0] }),
    );
    const { affine } = stackSlices(coronal.reverse(), new ReadLog());
    expect(affine.columns.map((column) => column.map((value) => value + 0))).toEqual([
      [-0.75, 0, 0],
      [0, 0, -0.5],
      [0, -3, 0],
    ]);
  });

  it("gives a slice alone its thickness, or 1 mm, with a warning", () => {
    for (const [thicknessMm, step, said] of [
      [5, 5, "SliceThickness of 5 mm"],
      [undefined, 1, "1 mm is taken"],
    ] as const) {
      const log = new ReadLog();
      expect(stackSlices([slice([0, 0, 0], 1, { thicknessMm })], log).affine.columns[2]).toEqual([
        -0,
        -0,
        step,
      ]);
      expect(log.warnings).toEqual([
        { code: "SINGLE_SLICE_SPACING", message: expect.stringContaining(said) },
      ]);
    }
  });

  it.each<[string, SliceHeader[], string]>([
    ["steps that differ by 0.1 %", at(regular.map((z, index) => z + (index % 2) * 0.002)), ""],
    [
      "positions rounded to a tenth",
      at(Array.from({ length: 12 }, (_, index) => Math.round(12.5 * index) / 10)),
      "SLICE_POSITIONS_ROUNDED",
    ],
    [
      "a tilt of half a degree",
      at(regular).map((entry, index) => ({
        ...entry,
        positionLps: [-10, -20 + index * 2 * Math.tan(Math.PI / 360), regular[index] ?? 0] as const,
      })),
      "SERIES_SLIGHT_TILT",
    ],
  ])("takes %s", (_, slices, warning) => {
    const log = new ReadLog();
    expect(stackSlices(slices, log).slices).toHaveLength(slices.length);
    expect(log.warnings.map((entry) => entry.code)).toEqual(warning === "" ? [] : [warning]);
  });

  it.each<[string, SliceHeader[], string, string]>([
    [
      "one missing slice",
      at(regular.filter((_, index) => index !== 4)),
      "DATA_SERIES_GAP",
      "slices 4 and 5 of 9 (at -24 mm and -20 mm along the normal) are 4 mm apart where the series steps 2 mm: 1 slice is missing",
    ],
    [
      "two missing slices",
      at(regular.filter((_, index) => index !== 4 && index !== 5)),
      "DATA_SERIES_GAP",
      "2 slices are missing",
    ],
    [
      "gaps at two places",
      at(regular.filter((_, index) => index !== 2 && index !== 7)),
      "DATA_SERIES_GAP",
      "2 slices are missing",
    ],
    [
      "a step 10 % too long",
      at(regular.map((z, index) => (index > 4 ? z + 0.2 : z))),
      "DATA_SERIES_SPACING",
      "slices 5 and 6 of 10 (at -22 mm and -19.8 mm along the normal) are 2.2 mm apart where the series steps 2 mm",
    ],
    [
      "a slice 10 % off its place",
      at(regular.map((z, index) => (index === 3 ? z + 0.2 : z))),
      "DATA_SERIES_SPACING",
      "are 2.2 mm apart",
    ],
    [
      "two halves of different steps",
      at([0, 1, 2, 3, 5.5, 8, 10.5]),
      "DATA_SERIES_SPACING",
      "steps run from 1 to 2.5 mm",
    ],
    [
      "two slices at one place",
      at([0, 2, 4, 4, 6]),
      "DATA_SERIES_DUPLICATE",
      "slices 3 and 4 of 5 lie at one place, 4 mm along the normal (instance numbers 3 and 4)",
    ],
    [
      "the same file twice",
      at([0, 2, 4, 4, 6], (index) => (index === 3 ? { fileDigest: "file-3" } : {})),
      "DATA_SERIES_DUPLICATE",
      "slices 3 and 4 of 5 are the same object twice",
    ],
    [
      "two passes over one range",
      at([0, 2, 4, 0, 2, 4], (index) => acquisition(index < 3 ? 1 : 2)),
      "DATA_SERIES_MIXED",
      "of two acquisitions",
    ],
    [
      "all slices at one place",
      at([5, 5, 5]),
      "DATA_GEOMETRY",
      "all 3 slices state one ImagePositionPatient",
    ],
    [
      "two stacks that interleave half a step apart",
      at(regular, (index) => acquisition((index % 2) + 1)),
      "DATA_SERIES_MIXED",
      "slices of 2 stacks interleave: the acquisition number alternates along the normal (1, 2); the stacks have 5, 5 of 10 slices, step 4 mm each and lie 2 mm apart",
    ],
    [
      "a gantry tilt",
      regular.map((z, index) =>
        slice([-10, -20 + index * 2 * Math.tan((18.5 * Math.PI) / 180), z], index + 1, {
          gantryTiltDegrees: 18.5,
        }),
      ),
      "DATA_SERIES_TILT",
      "step 18.5 degrees off their normal: from slice 1 to slice 10 they shift 6.02272 mm sideways over 18 mm (the header states a gantry tilt of 18.5 degrees)",
    ],
    [
      "one slice shifted sideways",
      at(regular, (index) => (index === 4 ? { positionLps: [-7, -20, -22] } : {})),
      "DATA_SERIES_TILT",
      "slice 5 of 10 at -22 mm along the normal lies 3 mm beside",
    ],
    [
      "one slice of another size",
      at(regular, (index) =>
        index === 2
          ? { pixels: { rows: 2, columns: 2, bitsAllocated: 16, bitsStored: 16, signed: true } }
          : {},
      ),
      "DATA_SERIES_MIXED",
      "1 of 10 slices differ in matrix: 2 x 2 (file 3) against 5 x 4",
    ],
    [
      "another orientation",
      at(regular, (index) => (index > 7 ? { downLps: [0, 0, -1], normalLps: [0, 1, 0] } : {})),
      "DATA_SERIES_MIXED",
      "2 of 10 slices differ in orientation",
    ],
    [
      "another pixel spacing",
      at(regular, (index) => (index === 9 ? { rowSpacingMm: 0.6 } : {})),
      "DATA_SERIES_MIXED",
      "pixel spacing: 0.6 x 0.75 mm",
    ],
    [
      "another kernel",
      at(regular, (index) => (index > 4 ? { kernelDigest: "sharp" } : {})),
      "DATA_SERIES_MIXED",
      "5 of 10 slices differ in reconstruction kernel: another",
    ],
    [
      "another frame of reference",
      at(regular, (index) => (index > 4 ? { frameDigest: "other" } : {})),
      "DATA_SERIES_MIXED",
      "frame of reference",
    ],
    [
      "a localizer among them",
      at(regular, (index) => (index === 0 ? { localizer: true } : {})),
      "DATA_SERIES_MIXED",
      "localizer",
    ],
  ])("refuses %s, naming slices and millimetres", async (_, slices, code, said) => {
    const error = await caught(() => stackSlices(slices, new ReadLog()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("names the policy that reads a series, and none where slices are missing", async () => {
    const gap = await caught(() => stackSlices(at([0, 2, 4, 8, 10]), new ReadLog()));
    expect(gap.hint).not.toContain("--policy");
    expect(gap.details).toMatchObject({ policy: "spacing", missingSlices: 1, medianStepMm: 2 });
    const uneven = await caught(() => stackSlices(at([0, 1, 2, 3, 5.5, 8, 10.5]), new ReadLog()));
    expect(uneven.hint).toContain("--policy spacing=resample");
  });

  it("plans a resampling only where the policy asks for one and the slices need it", () => {
    const both = { tilt: "resample", spacing: "resample" } as const;
    expect(stackSlices(at(regular), new ReadLog(), both).resampling).toBeUndefined();
    const uneven = stackSlices(at([0, 1, 2, 3, 5.5, 8, 10.5]), new ReadLog(), both).resampling;
    expect([uneven?.facts.tilt, uneven?.facts.spacing?.stepMm]).toEqual([null, 1]);
    const leaning = at(regular, (index) => ({ positionLps: [-10, -20 + index, -30 + 2 * index] }));
    const upright = stackSlices(leaning, new ReadLog(), { tilt: "resample" }).resampling;
    expect([upright?.facts.tilt?.shiftMm, upright?.facts.spacing]).toEqual([expect.closeTo(9, 6), null]);
  });

  it("finds duplicates before it looks for a tilt, with and without the policy", async () => {
    const twice = [0, 2, 4, 4, 6].map((z, index) =>
      slice([-10, -20 + z * (index === 3 ? 0.1 : 1), z], index + 1),
    );
    for (const policy of [{}, { tilt: "resample" } as const])
      expect((await caught(() => stackSlices(twice, new ReadLog(), policy))).code).toBe(
        "DATA_SERIES_DUPLICATE",
      );
  });

  it("names both policies where one alone would not do", async () => {
    const along = [0, 2, 4, 6, 9, 12, 15];
    const slices = along.map((z, index) => slice([-10, -20 + z / 2, z], index + 1));
    for (const policy of [{}, { tilt: "resample" } as const])
      expect((await caught(() => stackSlices(slices, new ReadLog(), policy))).hint).toContain(
        "--policy tilt=resample,spacing=resample",
      );
    expect(
      stackSlices(slices, new ReadLog(), { tilt: "resample", spacing: "resample" }).resampling?.facts.spacing
        ?.steps,
    ).toBe(6);
  });
});
