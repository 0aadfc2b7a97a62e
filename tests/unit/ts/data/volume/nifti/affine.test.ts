import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { niftiAffine } from "../../../../../../ts/data/volume/nifti/affine.ts";
import { readNiftiHeader } from "../../../../../../ts/data/volume/nifti/header.ts";
import { caught } from "../../../../../support/caught.ts";
import { type NiftiSpec, niftiFile } from "../../../../../support/nifti-file.ts";

const header = (spec: Partial<NiftiSpec>): ReturnType<typeof readNiftiHeader> =>
  readNiftiHeader(niftiFile({ dims: [4, 5, 6], values: new Int16Array(120), ...spec }));
const half = Math.SQRT1_2;

describe("niftiAffine", () => {
  it("takes the sform when its code is set, and says so", () => {
    const log = new ReadLog();
    const affine = niftiAffine(
      header({
        sform: [
          [-1, 0, 0, 9],
          [0, 0, 3, 8],
          [0, 2, 0, 7],
        ],
      }),
      log,
    );
    expect(affine).toEqual({
      columns: [
        [-1, 0, 0],
        [0, 0, 2],
        [0, 3, 0],
      ],
      origin: [9, 8, 7],
    });
    expect(log.steps).toEqual([
      {
        step: "affine",
        source: "sform",
        rule: "sform when sform_code > 0, else qform",
        sformCode: 1,
        qformCode: 0,
        mmPerUnit: 1,
      },
    ]);
    expect(log.warnings).toEqual([]);
  });

  it.each([
    [{ sformCode: 3 }, "sform_code is 3: the scan lies in the space of Talairach's atlas"],
    [{ sformCode: 4 }, "sform_code is 4: the scan lies in the space of the MNI152 brain"],
    [{ sformCode: 5 }, "sform_code is 5: the scan lies in the space of a template"],
  ])("tells of %j, where sizes are not the patient's", (spec, said) => {
    const log = new ReadLog();
    niftiAffine(header(spec), log);
    expect(log.warnings).toEqual([{ code: "NIFTI_STANDARD_SPACE", message: expect.stringContaining(said) }]);
  });

  it("takes the qform where the sform has a code and holds zeros alone, and says so", async () => {
    const zeros = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ] as const;
    const qform = { bcd: [0, 0, 0], offset: [1, 2, 3], qfac: 1 } as const;
    const log = new ReadLog();
    const affine = niftiAffine(
      header({ sformCode: 2, sform: zeros, qformCode: 1, qform, pixdim: [1, 2, 3, 4] }),
      log,
    );
    expect([affine.columns[0][0], affine.columns[2][2], affine.origin]).toEqual([2, 4, [1, 2, 3]]);
    expect(log.warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      expect.stringContaining("NIFTI_SFORM_EMPTY: sform_code is 2 and the sform holds zeros alone"),
    ]);
    const alone = niftiAffine(header({ sformCode: 2, sform: zeros, qformCode: 0 }), new ReadLog());
    expect(alone.columns.flat()).toEqual(Array(9).fill(0));
  });

  it("turns by the quaternion when only the qform is set: a quarter turn about z", () => {
    const affine = niftiAffine(
      header({
        sformCode: 0,
        qformCode: 1,
        qform: { bcd: [0, 0, half], offset: [1, 2, 3], qfac: 1 },
        pixdim: [1, 2, 3, 4],
      }),
      new ReadLog(),
    );
    const wanted = [
      [0, 2, 0],
      [-3, 0, 0],
      [0, 0, 4],
    ];
    affine.columns.forEach((column, axis) => {
      column.forEach((value, k) => {
        expect(value).toBeCloseTo(wanted[axis]?.[k] ?? Number.NaN, 6);
      });
    });
    expect(affine.origin).toEqual([1, 2, 3]);
  });

  it("turns the third axis round for qfac -1 and treats qfac 0 as 1", () => {
    const third = (qfac: number): number =>
      niftiAffine(
        header({
          sformCode: 0,
          qformCode: 1,
          qform: { bcd: [0, 0, 0], offset: [0, 0, 0], qfac },
          pixdim: [qfac, 1, 1, 5],
        }),
        new ReadLog(),
      ).columns[2][2];
    expect([third(-1), third(0), third(1)]).toEqual([-5, 5, 5]);
  });

  it.each([-1, 6, 7, 255, 32767])(
    "takes the form code %d, which is none of 0..5, for no form",
    async (code) => {
      const log = new ReadLog();
      const qform = { bcd: [0, 0, 0], offset: [1, 2, 3], qfac: 1 } as const;
      const affine = niftiAffine(header({ sformCode: code, qformCode: 1, qform, pixdim: [1, 1, 1, 1] }), log);
      expect([affine.origin, log.warnings]).toEqual([
        [1, 2, 3],
        [
          {
            code: "NIFTI_FORM_CODE_INVALID",
            message: `sform_code is ${code}, none of 0..5; that form is not used`,
          },
        ],
      ]);
      const neither = await caught(() =>
        niftiAffine(header({ sformCode: code, qformCode: code }), new ReadLog()),
      );
      expect([neither.code, neither.message]).toEqual([
        "DATA_GEOMETRY",
        expect.stringContaining(`sform_code is ${code} and qform_code is ${code}`),
      ]);
    },
  );

  it("says when sform and qform disagree on which side is left, and of an odd qfac", () => {
    const log = new ReadLog();
    const qform = { bcd: [0, 0, 0], offset: [0, 0, 0], qfac: 1 } as const;
    const mirrored = [
      [-1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ];
    niftiAffine(header({ sform: mirrored, qformCode: 1, qform, pixdim: [7, 1, 1, 1] }), log);
    expect(log.warnings.map(({ code }) => code)).toEqual(["NIFTI_QFAC_ODD", "NIFTI_FORMS_DISAGREE"]);
    expect(log.warnings[1]?.message).toContain("and disagree on which side is left");
  });

  it("does not take the rounding of a half turn for an angle", () => {
    // b, c, d in float32 of a half turn: their squares sum to 0.99999997, whose rest has the root 1.8e-4.
    const affine = niftiAffine(
      header({
        sformCode: 0,
        qformCode: 1,
        qform: { bcd: [0, 0.28948048, 0.9571839], offset: [0, 0, 0], qfac: 1 },
        pixdim: [1, 7, 7, 18],
      }),
      new ReadLog(),
    );
    expect(affine.columns[0][1]).toBe(0);
    expect(affine.columns[0][0]).toBeCloseTo(-7, 6);
  });

  it("warns when the qform places a corner elsewhere than the sform, and says how far", () => {
    const log = new ReadLog();
    niftiAffine(header({ qformCode: 1, qform: { bcd: [0, 0, 0], offset: [-10, -20, -27], qfac: 1 } }), log);
    expect(log.warnings).toEqual([
      {
        code: "NIFTI_FORMS_DISAGREE",
        message: "sform and qform place a corner voxel 3 mm apart; the sform is used",
      },
    ]);
  });

  it("is silent when they agree to rounding", () => {
    const log = new ReadLog();
    niftiAffine(header({ qformCode: 1, qform: { bcd: [0, 0, 0], offset: [-10, -20, -30], qfac: 1 } }), log);
    expect(log.warnings).toEqual([]);
  });

  it("warns of a qform that is no rotation and of a pixdim that contradicts the sform", () => {
    const log = new ReadLog();
    niftiAffine(
      header({ qformCode: 1, qform: { bcd: [1, 1, 1], offset: [0, 0, 0], qfac: 1 }, pixdim: [1, 2, 2, 5] }),
      log,
    );
    expect(log.warnings.map((warning) => warning.code)).toEqual([
      "NIFTI_PIXDIM_DISAGREES",
      "NIFTI_QFORM_UNUSABLE",
    ]);
  });

  it("converts metres and microns to mm and says so; an undeclared unit is taken as mm", () => {
    for (const [units, factor, code] of [
      [1, 1000, "NIFTI_UNIT_CONVERTED"],
      [3, 0.001, "NIFTI_UNIT_CONVERTED"],
      [0, 1, "NIFTI_UNIT_UNDECLARED"],
    ] as const) {
      const log = new ReadLog();
      const affine = niftiAffine(header({ units }), log);
      expect(affine.columns[0][0]).toBeCloseTo(2 * factor, 9);
      expect(affine.origin[2]).toBeCloseTo(-30 * factor, 9);
      expect(log.warnings.map((warning) => warning.code)).toEqual([code]);
    }
  });

  it("refuses a header without either form: left and right are unknown", async () => {
    const error = await caught(() => niftiAffine(header({ sformCode: 0, qformCode: 0 }), new ReadLog()));
    expect(error.code).toBe("DATA_GEOMETRY");
    expect(error.message).toContain("which side is left");
  });

  it.each<[Partial<NiftiSpec>, string]>([
    [{ qform: { bcd: [0.9, 0.9, 0], offset: [0, 0, 0], qfac: 1 } }, "longer than 1"],
    [{ qform: { bcd: [Number.NaN, 0, 0], offset: [0, 0, 0], qfac: 1 } }, "not a finite number"],
    [
      { qform: { bcd: [0, 0, 0], offset: [0, 0, 0], qfac: 1 }, pixdim: [1, 2, 0, 2] },
      "three positive spacings",
    ],
    [
      { qform: { bcd: [0, 0, 0], offset: [0, 0, 0], qfac: 1 }, pixdim: [1, 2, -2, 2] },
      "three positive spacings",
    ],
    [
      { qform: { bcd: [0, 0, 0], offset: [0, 0, 0], qfac: 1 }, pixdim: [1, 2, Number.NaN, 2] },
      "three positive spacings",
    ],
  ])("refuses a qform that is all there is and cannot be: %j", async (spec, said) => {
    const error = await caught(() =>
      niftiAffine(header({ sformCode: 0, qformCode: 1, ...spec }), new ReadLog()),
    );
    expect(error.code).toBe("DATA_GEOMETRY");
    expect(error.message).toContain(said);
  });
});
