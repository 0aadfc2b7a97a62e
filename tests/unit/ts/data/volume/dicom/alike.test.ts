import {
  mm,
  requireAlike,
  requireDistinct,
  samePlaceMm,
  waysApart,
} from "../../../../../../ts/data/volume/dicom/alike.ts";
import type { SliceHeader } from "../../../../../../ts/data/volume/dicom/slice.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { caught } from "../../../../../support/caught.ts";
import { at, slice } from "../../../../../support/slice-headers.ts";

const heights = [0, 2, 4, 6, 8];
const changed = (index: number, change: Partial<SliceHeader>): SliceHeader[] =>
  at(heights, (entry) => (entry === index ? change : {}));

describe("requireAlike", () => {
  it("takes slices of one grid, and none at all", () => {
    expect(() => requireAlike([], new ReadLog())).not.toThrow();
    expect(() => requireAlike(at(heights), new ReadLog())).not.toThrow();
  });

  it("takes rounding in direction and spacing", () => {
    const rounded = { acrossLps: [1, 0.0009, 0], rowSpacingMm: 0.50004 } as const;
    expect(() => requireAlike(changed(3, rounded), new ReadLog())).not.toThrow();
  });

  it.each<[string, Partial<SliceHeader>, string]>([
    [
      "matrix",
      { pixels: { rows: 8, columns: 5, bitsAllocated: 16, bitsStored: 16, signed: true } },
      "5 x 8 (file 3) against 5 x 4 in 4 others",
    ],
    ["kind (localizer or not)", { localizer: true }, "localizer (file 3) against slice"],
    ["orientation", { acrossLps: [1, 0.002, 0] }, "0 0 1 (file 3)"],
    ["pixel spacing", { columnSpacingMm: 0.751 }, "0.5 x 0.751 mm (file 3) against 0.5 x 0.75 mm"],
    ["frame of reference", { frameDigest: "other" }, "another (file 3)"],
    ["reconstruction kernel", { kernelDigest: undefined }, "another (file 3)"],
    ["modality", { modality: undefined }, "none (file 3) against CT"],
  ])("refuses another %s, naming it and the first that has it", async (what, change, said) => {
    const error = await caught(() => requireAlike(changed(2, change), new ReadLog()));
    expect([error.code, error.details]).toMatchObject([
      "DATA_SERIES_MIXED",
      { differsIn: what, slices: 1, of: 5, series: [{ slices: 4 }, { slices: 1 }] },
    ]);
    expect(error.message).toContain(`1 of 5 slices differ in ${what}: ${said}`);
    expect(error.hint).toMatch(
      /^Read one part with --series ID: [0-9a-f]{16} \(CT, 4 slices, [^)]+\); [0-9a-f]{16} \([^)]+ at 4 mm [^)]+\)\.$/,
    );
  });
});

describe("requireAlike of odd slices", () => {
  it("calls those odd that differ from the majority, also when the first by name is one of them", async () => {
    const first = changed(0, {
      pixels: { rows: 8, columns: 5, bitsAllocated: 16, bitsStored: 16, signed: true },
    });
    const error = await caught(() => requireAlike(first, new ReadLog()));
    expect(error.message).toContain(
      "1 of 5 slices differ in matrix: 5 x 8 (file 1) against 5 x 4 in 4 others",
    );
  });

  it("takes a frame of reference of its own in every slice for an anonymiser's, with a warning", async () => {
    const log = new ReadLog();
    requireAlike(
      at(heights, (index) => ({ frameDigest: `frame-${index}` })),
      log,
    );
    expect(log.warnings.map(({ code }) => code)).toEqual(["FRAME_UID_PER_SLICE"]);
    const two = at(heights, (index) => ({ frameDigest: `frame-${index % 2}` }));
    expect((await caught(() => requireAlike(two, log))).message).toContain("frame of reference");
  });

  it("refuses slices of two patients, and takes one that names none, or each its own, with the others", async () => {
    const warned = (patient: (z: number) => string | undefined): readonly string[] => {
      const log = new ReadLog();
      requireAlike(
        at(heights, (z) => {
          const id = patient(z);
          return { belonging: new Map(id === undefined ? [] : [["patient id" as const, id]]) };
        }),
        log,
      );
      return log.warnings.map(({ code }) => code);
    };
    expect(warned(() => undefined)).toEqual([]);
    expect(warned((z) => (z === 0 ? undefined : "one"))).toEqual([]);
    expect(warned((z) => `patient-${z}`)).toEqual(["PATIENT_ID_PER_SLICE"]);
    const mixed = await caught(() => warned((z) => (z === heights[0] ? "other" : "one")));
    expect([mixed.code, mixed.message]).toEqual([
      "DATA_SERIES_MIXED",
      expect.stringMatching(/1 of \d+ slices differ in patient: another/),
    ]);
  });
});

describe("waysApart", () => {
  it("gives the parts by a likeness and by a trait, the larger first", () => {
    const ways = waysApart(
      at(heights, (index) => ({
        kernelDigest: index === 0 ? "sharp" : "soft",
        traits: new Map([["KVP" as const, { key: index < 3 ? "80" : "140", number: undefined }]]),
      })),
    );
    expect(ways.map((parts) => parts.map((part) => part.length))).toEqual([
      [4, 1],
      [3, 2],
    ]);
    expect(waysApart(at(heights))).toEqual([]);
  });
});

describe("requireDistinct", () => {
  const distinct = (slices: readonly SliceHeader[], along: readonly number[]): ReadLog => {
    const log = new ReadLog();
    requireDistinct(slices, along, log);
    return log;
  };

  it("takes slices that are as near as a volume's least spacing", () => {
    expect(distinct(at([0, samePlaceMm]), [0, samePlaceMm]).warnings).toEqual([]);
  });

  it("names two slices at one place, their files, and their instance numbers where both have one", async () => {
    const close = [0, 2, 2.009, 4];
    const error = await caught(() => distinct(at(close), close));
    expect([error.code, error.details]).toEqual([
      "DATA_SERIES_DUPLICATE",
      { slices: [2, 3], positionMm: 2.009 },
    ]);
    expect(error.message).toContain("slices 2 and 3 of 4 lie at one place, 2.009 mm along the normal");
    expect(error.message).toContain("(instance numbers 2 and 3): file 2 and file 3");
    const unnumbered = await caught(() =>
      distinct(
        at(close, () => ({ instance: undefined })),
        close,
      ),
    );
    expect(unnumbered.message).not.toContain("instance numbers");
  });

  it.each([
    ["fileDigest", "file-2"],
    ["instanceDigest", "instance-2"],
  ])("calls two of one %s at one place the same object twice", async (key, value) => {
    const close = [0, 2, 2, 4];
    const error = await caught(() =>
      distinct(
        at(close, (index) => (index === 2 ? { [key]: value } : {})),
        close,
      ),
    );
    expect(error.message).toContain("slices 2 and 3 of 4 are the same object twice, 2 mm along the normal");
    expect(error.hint).toBe("Move one of the two files away.");
  });

  it("warns of one SOPInstanceUID on slices at different places, and reads on", () => {
    const log = distinct(
      at(heights, () => ({ instanceDigest: "one" })),
      heights,
    );
    expect(log.warnings).toEqual([
      { code: "INSTANCE_UID_REPEATED", message: expect.stringContaining("share 1 SOPInstanceUID, which") },
    ]);
  });

  it("takes objects without an id for different ones", () => {
    const unnamed = at(heights, () => ({ instanceDigest: undefined }));
    expect(distinct(unnamed, heights).warnings).toEqual([]);
  });

  it("says of slices that all state one position that none of them has a place", async () => {
    const error = await caught(() => distinct(at([5, 5, 5]), [5, 5, 5]));
    expect([error.code, error.details]).toEqual(["DATA_GEOMETRY", { slices: 3, positionMm: 5 }]);
    expect(error.message).toContain("all 3 slices state one ImagePositionPatient, 5 mm along the normal");
    expect(error.hint).not.toContain("copy");
  });

  it("calls two acquisitions over one range what they are, and gives each an id", async () => {
    const pass = (key: string) => ({
      traits: new Map([["AcquisitionNumber" as const, { key, number: Number(key) }]]),
    });
    const passes = [slice([0, 0, 5], 1, pass("1")), slice([0, 0, 5], 2, pass("2"))];
    const error = await caught(() => distinct(passes, [5, 5]));
    expect(error.code).toBe("DATA_SERIES_MIXED");
    expect(error.message).toContain("(acquisition number differ): several passes or phases in one series");
    expect(error.details).toMatchObject({ series: [{ slices: 1 }, { slices: 1 }] });
  });
});

describe("mm", () => {
  it("shows six digits at most", () => {
    expect([mm(2), mm(-0.123456789), mm(undefined)]).toEqual(["2 mm", "-0.123457 mm", "NaN mm"]);
  });
});
