import fc from "fast-check";
import { requireRegular, requireUpright } from "../../../../../../ts/data/volume/dicom/regular.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { caught } from "../../../../../support/caught.ts";
import { slice } from "../../../../../support/slice-headers.ts";

const axial = (along: readonly number[]) => along.map((z, index) => slice([0, 0, z], index + 1));
const regular = (along: readonly number[]): string[] => {
  const log = new ReadLog();
  requireRegular(axial(along), along, log);
  return log.warnings.map((warning) => warning.code);
};
const steps = (count: number, step: number): number[] =>
  Array.from({ length: count }, (_, index) => step * index);

describe("requireRegular", () => {
  it("takes every regular series, wherever it begins", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 400 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.double({ min: -2000, max: 2000, noNaN: true }),
        (count, step, start) => {
          expect(regular(steps(count, step).map((z) => start + z))).toEqual([]);
        },
      ),
      { seed: 11 },
    );
  });

  it("takes positions written with one decimal from 1.25 mm on, with a warning", () => {
    const rounded = (step: number) => steps(40, step).map((z) => Math.round(10 * z) / 10);
    expect(regular(rounded(1.25))).toEqual(["SLICE_POSITIONS_ROUNDED"]);
    expect(regular(rounded(2.03))).toEqual(["SLICE_POSITIONS_ROUNDED"]);
  });

  it("refuses the same rounding of thinner slices, which it would misplace", async () => {
    const rounded = steps(40, 0.625).map((z) => Math.round(10 * z) / 10);
    expect((await caught(() => regular(rounded))).code).toBe("DATA_SERIES_SPACING");
  });

  it("counts missing slices, wherever they are", async () => {
    const missing = steps(20, 2).filter((_, index) => ![3, 4, 11].includes(index));
    const error = await caught(() => regular(missing));
    expect([error.code, error.details]).toEqual([
      "DATA_SERIES_GAP",
      {
        medianStepMm: 2,
        oddSteps: [
          { slices: [3, 4], stepMm: 6 },
          { slices: [9, 10], stepMm: 4 },
        ],
        policy: "spacing",
        missingSlices: 3,
      },
    ]);
    expect(error.message).toContain(
      "slices 3 and 4 of 17 (at 4 mm and 10 mm along the normal) are 6 mm apart where the series steps 2 mm: 3 slices are missing",
    );
    expect(error.hint).toBe(
      "Fetch the missing slices (the first between slices 3 and 4): no policy fills a gap.",
    );
  });

  it("calls a step that is no multiple irregular, also beside a gap", async () => {
    const error = await caught(() => regular([0, 2, 4, 8, 10, 12.5, 14.5]));
    expect([error.code, error.details.medianStepMm]).toEqual(["DATA_SERIES_SPACING", 2]);
    expect(error.message).toContain("steps run from 2 to 4 mm");
  });

  it("lists ten odd steps at most", async () => {
    const ragged = Array.from({ length: 60 }, (_, index) => 2 * index + (index % 2 === 0 ? 0 : 0.7));
    expect((await caught(() => regular(ragged))).details.oddSteps).toHaveLength(10);
  });
});

describe("requireRegular under the policy", () => {
  const resampled = (along: readonly number[], thickness?: (index: number) => number): boolean => {
    const slices = axial(along).map((one, index) => ({ ...one, thicknessMm: thickness?.(index) }));
    return requireRegular(slices, along, new ReadLog(), { spacing: "resample" });
  };

  it("says whether there is anything to resample", () => {
    expect(resampled(steps(9, 2))).toBe(false);
    expect(resampled(steps(40, 1.25).map((z) => Math.round(10 * z) / 10))).toBe(false);
    expect(resampled([0, 2, 4, 6, 9, 12, 15, 18])).toBe(true);
    expect(resampled([0, 2, 4, 6.9, 8.9])).toBe(true);
  });

  it.each<[string, readonly number[], string]>([
    [
      "one missing slice",
      [0, 2, 4, 8, 10, 12],
      "slices 3 and 4 of 6 (at 4 mm and 8 mm along the normal) are 4 mm apart where the series steps 2 mm: about 1 slice is missing",
    ],
    [
      "a gap that is no multiple",
      [0, 2, 4, 9, 11, 13],
      "5 mm apart where the series steps 2 mm: about 2 slices are missing",
    ],
    [
      "a gap between blocks of two steps",
      [0, 2, 4, 6, 26, 31, 36, 41],
      "20 mm apart where the series steps 5 mm: about 3 slices",
    ],
    [
      "a block of every second slice",
      [0, 2, 4, 6, 8, 10, 14, 18, 22],
      "4 mm apart where the series steps 2 mm",
    ],
  ])("never fills %s", async (_, along, said) => {
    const error = await caught(() => resampled(along));
    expect([error.code, error.message]).toEqual(["DATA_SERIES_GAP", expect.stringContaining(said)]);
    expect(error.message).toContain("spacing=resample does not fill");
    expect(error.hint).toContain("no policy fills a gap");
  });

  it("takes a block of twice the step where the slices are thicker", () => {
    expect(resampled([0, 2, 4, 6, 8, 10, 14, 18, 22], (index) => (index < 6 ? 2 : 4))).toBe(true);
  });

  it("names the policy without one, and no gap as something to resample", async () => {
    const error = await caught(() => regular([0, 2, 4, 6, 8.5, 11, 13.5]));
    expect(error.hint).toBe(
      "Read it with --policy spacing=resample, which interpolates onto the commonest step, and says so in the receipt.",
    );
  });
});

describe("requireUpright", () => {
  const tilted = (degrees: number, count = 10) =>
    steps(count, 2).map((z, index) =>
      slice([0, z * Math.tan((degrees * Math.PI) / 180), z], index + 1, { gantryTiltDegrees: degrees }),
    );
  const upright = (sorted: ReturnType<typeof tilted>): string[] => {
    const log = new ReadLog();
    requireUpright(
      sorted,
      sorted.map((entry) => entry.positionLps[2]),
      [0, 0, 1],
      log,
    );
    return log.warnings.map((warning) => warning.code);
  };

  it("is silent up to a tenth of a degree, warns up to one", () => {
    expect([0, 0.09, 0.11, 0.99].map((degrees) => upright(tilted(degrees)))).toEqual([
      [],
      [],
      ["SERIES_SLIGHT_TILT"],
      ["SERIES_SLIGHT_TILT"],
    ]);
  });

  it("refuses a tilt, with degrees, shift and what the header states", async () => {
    const error = await caught(() => upright(tilted(-22)));
    expect(error.code).toBe("DATA_SERIES_TILT");
    expect(error.details).toMatchObject({ slices: 10, stepMinMm: 2, stepMaxMm: 2, policy: "tilt" });
    expect(error.details.tiltDegrees).toBeCloseTo(22, 6);
    expect(error.details.shiftMm).toBeCloseTo(18 * Math.tan((22 * Math.PI) / 180), 6);
    expect(error.message).toContain("(the header states a gantry tilt of -22 degrees)");
  });

  it("refuses one slice beside the line through the others, by more than a millimetre", async () => {
    const beside = (mm: number) =>
      tilted(0).map((entry, index) => (index === 4 ? { ...entry, positionLps: [mm, 0, 8] as const } : entry));
    expect(upright(beside(0.99))).toEqual([]);
    const error = await caught(() => upright(beside(1.01)));
    expect(error.details).toEqual({ slice: 5, sidewaysMm: expect.closeTo(1.01, 6), policy: "tilt" });
    expect(error.message).toContain("slice 5 of 10 at 8 mm along the normal lies 1.01 mm beside the line");
  });

  it("says under the policy whether there is anything to resample, and names it without", async () => {
    const asked = (sorted: ReturnType<typeof tilted>) =>
      requireUpright(
        sorted,
        sorted.map((entry) => entry.positionLps[2]),
        [0, 0, 1],
        new ReadLog(),
        { tilt: "resample" },
      );
    const beside = tilted(0).map((entry, index) =>
      index === 4 ? { ...entry, positionLps: [3, 0, 8] as const } : entry,
    );
    expect([tilted(0), tilted(0.9), tilted(-5), tilted(30), beside].map(asked)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    expect((await caught(() => upright(tilted(5)))).hint).toMatch(
      /^Read it with --policy tilt=resample, which moves/,
    );
    const ragged = tilted(5).filter((_, index) => index !== 3);
    expect((await caught(() => upright(ragged))).hint).toMatch(
      /no policy fills a gap\. Then read it with --policy tilt/,
    );
    const uneven = tilted(5).map((entry, index) =>
      index > 5 ? { ...entry, positionLps: [0, entry.positionLps[1], 2 * index + 0.6] as const } : entry,
    );
    expect((await caught(() => upright(uneven))).hint).toContain("--policy tilt=resample,spacing=resample");
  });

  it("takes no lean of more than 45 degrees for a gantry's", async () => {
    const sorted = tilted(50);
    const error = await caught(() =>
      requireUpright(
        sorted,
        sorted.map((entry) => entry.positionLps[2]),
        [0, 0, 1],
        new ReadLog(),
        { tilt: "resample" },
      ),
    );
    expect([error.code, error.message]).toEqual([
      "DATA_SERIES_TILT",
      expect.stringContaining("no gantry leans so far"),
    ]);
    expect(error.hint).not.toContain("--policy");
  });
});
