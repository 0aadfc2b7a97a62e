import fc from "fast-check";
import { requireRegular, requireUpright } from "../../../../../../ts/data/volume/dicom/regular.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { caught } from "../../../../../support/caught.ts";
import { slice } from "../../../../../support/slice-headers.ts";

const regular = (along: readonly number[]): string[] => {
  const log = new ReadLog();
  requireRegular(along, log);
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
    expect(error.hint).toMatch(/^Fetch the missing slices\. Resampling such a series is not supported yet/);
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
});
