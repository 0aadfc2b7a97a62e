import fc from "fast-check";
import {
  type Affine,
  add,
  checkAffine,
  lpsToRas,
  nearestRas,
  norm,
  notePlaceholder,
  orientAffine,
  orientationCode,
  scale,
  shearDegrees,
  spacingDHW,
  toAffineRas,
  type Vector3,
} from "../../../../../ts/data/volume/geometry.ts";
import { ReadLog } from "../../../../../ts/data/volume/log.ts";
import { caught } from "../../../../support/caught.ts";

const units: readonly [Vector3, Vector3, Vector3] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const straight: Affine = {
  columns: [
    [2, 0, 0],
    [0, 3, 0],
    [0, 0, 4],
  ],
  origin: [5, 6, 7],
};

/** Position of a stored index under an affine. */
function place(affine: Affine, index: Vector3): Vector3 {
  return affine.columns.reduce(
    (sum, column, axis) => add(sum, scale(column, index[axis] ?? 0)),
    affine.origin,
  );
}

describe("geometry", () => {
  it("turns LPS to RAS by negating the first two world axes alone", () => {
    expect(lpsToRas(straight)).toEqual({
      columns: [
        [-2, -0, 0],
        [-0, -3, 0],
        [-0, -0, 4],
      ],
      origin: [-5, -6, 7],
    });
    expect(lpsToRas(lpsToRas(straight))).toEqual({
      columns: [
        [2, 0, 0],
        [0, 3, 0],
        [0, 0, 4],
      ],
      origin: [5, 6, 7],
    });
  });

  it("names the directions the stored axes grow to", () => {
    expect(orientationCode(nearestRas(straight))).toBe("RAS");
    expect(orientationCode(nearestRas(lpsToRas(straight)))).toBe("LPS");
    expect(
      orientationCode(
        nearestRas({
          columns: [
            [0, -1, 0],
            [0, 0, -1],
            [1, 0, 0],
          ],
          origin: [0, 0, 0],
        }),
      ),
    ).toBe("PIR");
  });

  it("keeps every voxel at its place for all 48 signs and permutations of the axes", () => {
    const axes = fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]);
    const signs = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());
    const spacing = fc.tuple(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
    );
    fc.assert(
      fc.property(axes, signs, spacing, (order, negative, mm) => {
        const column = (axis: 0 | 1 | 2): Vector3 =>
          scale(
            units[order[axis] === 0 ? 0 : order[axis] === 1 ? 1 : 2],
            ((mm[axis] ?? 1) / 10) * (negative[axis] ? -1 : 1),
          );
        const affine: Affine = { columns: [column(0), column(1), column(2)], origin: [1, -2, 3] };
        const shape: Vector3 = [4, 5, 6];
        const sources = nearestRas(affine);
        const out = orientAffine(affine, shape, sources);
        out.columns.forEach((ras, axis) => {
          expect(Math.sign(ras[axis] ?? 0)).toBe(1);
        });
        for (const index of [
          [0, 0, 0],
          [1, 2, 3],
          [3, 4, 5],
        ] as const) {
          // Voxel (w, h, d) of the output is stored voxel at flipped or plain index on its source axis.
          const stored: [number, number, number] = [0, 0, 0];
          sources.forEach((source, ras) => {
            const at = Math.min(index[ras] ?? 0, shape[source.stored] - 1);
            stored[source.stored] = source.flipped ? shape[source.stored] - 1 - at : at;
          });
          const outIndex = sources.map((source, ras) => Math.min(index[ras] ?? 0, shape[source.stored] - 1));
          const [a, b] = [
            place(out, [outIndex[0] ?? 0, outIndex[1] ?? 0, outIndex[2] ?? 0]),
            place(affine, stored),
          ];
          for (const k of [0, 1, 2] as const) expect(a[k]).toBeCloseTo(b[k], 9);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("gives the nearest axes of an oblique grid and keeps its rotation", () => {
    const angle = (30 * Math.PI) / 180;
    const oblique: Affine = {
      columns: [
        [1, 0, 0],
        [0, Math.cos(angle), Math.sin(angle)],
        [0, -Math.sin(angle), Math.cos(angle)],
      ],
      origin: [0, 0, 0],
    };
    expect(orientationCode(nearestRas(oblique))).toBe("RAS");
    const steep: Affine = {
      columns: [oblique.columns[0], oblique.columns[2], oblique.columns[1]],
      origin: [0, 0, 0],
    };
    expect(orientationCode(nearestRas(steep))).toBe("RSA");
  });

  it("reports spacing as D, H, W and the affine without negative zeros", () => {
    expect(spacingDHW(straight)).toEqual([4, 3, 2]);
    const rows = toAffineRas(lpsToRas(lpsToRas(straight)));
    expect(rows).toEqual([
      [2, 0, 0, 5],
      [0, 3, 0, 6],
      [0, 0, 4, 7],
      [0, 0, 0, 1],
    ]);
    expect(rows.flat().every((value) => !Object.is(value, -0))).toBe(true);
  });

  it("measures shear as the largest departure from a right angle", () => {
    const angle = (10 * Math.PI) / 180;
    expect(
      shearDegrees({
        columns: [
          [1, 0, 0],
          [0, 1, 0],
          [0, Math.sin(angle), Math.cos(angle)],
        ],
        origin: [0, 0, 0],
      }),
    ).toBeCloseTo(10, 9);
    expect(norm([2, 3, 6])).toBe(7);
  });

  it("refuses a sheared grid with the angle, warns about a slight shear and lets a rotation pass", async () => {
    const sheared = (degrees: number): Affine => ({
      columns: [
        [1, 0, 0],
        [0, 1, 0],
        [0, Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)],
      ],
      origin: [0, 0, 0],
    });
    const error = await caught(() => checkAffine(sheared(18.5), new ReadLog()));
    expect(error.code).toBe("DATA_GEOMETRY");
    expect(error.message).toContain("sheared by 18.5 degrees");
    const log = new ReadLog();
    checkAffine(sheared(0.5), log);
    expect(log.warnings.map((warning) => warning.code)).toEqual(["AXES_NOT_SQUARE"]);
    const quiet = new ReadLog();
    checkAffine(sheared(0.05), quiet);
    expect(quiet.warnings).toEqual([]);
  });

  it("tells of a first voxel that lies metres from the scanner", () => {
    const told = (x: number): readonly string[] => {
      const log = new ReadLog();
      checkAffine(
        {
          columns: [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ],
          origin: [x, 0, 0],
        },
        log,
      );
      return log.warnings.map(({ code, message }) => `${code}: ${message}`);
    };
    expect(told(-2400)).toEqual([]);
    expect(told(-1e6)).toEqual([expect.stringContaining("ORIGIN_FAR: the first voxel lies 1000 m from")]);
  });

  it.each([
    [
      {
        columns: [
          [1, 0, 0],
          [0, Number.NaN, 0],
          [0, 0, 1],
        ],
        origin: [0, 0, 0],
      },
      "not a finite number",
    ],
    [
      {
        columns: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        origin: [0, Number.POSITIVE_INFINITY, 0],
      },
      "not a finite number",
    ],
    [
      {
        columns: [
          [1, 0, 0],
          [0, 0, 0],
          [0, 0, 1],
        ],
        origin: [0, 0, 0],
      },
      "1 x 0 x 1 mm",
    ],
    [
      {
        columns: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 500],
        ],
        origin: [0, 0, 0],
      },
      "1 x 1 x 500 mm",
    ],
    [
      {
        columns: [
          [1, 0, 0],
          [1, 0, 0],
          [0, 0, 1],
        ],
        origin: [0, 0, 0],
      },
      "sheared by 90 degrees",
    ],
  ] as const)("refuses an affine no volume can have: %j", async (affine, said) => {
    const error = await caught(() => checkAffine(affine, new ReadLog()));
    expect(error.code).toBe("DATA_GEOMETRY");
    expect(error.message).toContain(said);
  });
});

describe("notePlaceholder", () => {
  const told = (affine: Affine): readonly string[] => {
    const log = new ReadLog();
    notePlaceholder(affine, log);
    return log.warnings.map(({ code }) => code);
  };
  const origin: Vector3 = [0, 0, 0];
  const [x, y, z] = units;

  it("tells of voxels of 1 mm along the axes that begin at 0, 0, 0, in RAS and in LPS", () => {
    expect(told({ columns: units, origin })).toEqual(["AFFINE_PLACEHOLDER"]);
    expect(told(lpsToRas({ columns: units, origin }))).toEqual(["AFFINE_PLACEHOLDER"]);
  });

  it("says nothing of another place, size or order of the axes", () => {
    expect(told({ columns: units, origin: [0, 0, -30] })).toEqual([]);
    expect(told({ columns: [x, y, scale(z, 2)], origin })).toEqual([]);
    expect(told({ columns: [y, x, z], origin })).toEqual([]);
  });
});
