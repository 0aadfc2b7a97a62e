import type { Affine } from "../../../../../../ts/data/volume/geometry.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readFields } from "../../../../../../ts/data/volume/metaimage/fields.ts";
import { metaImageAffine } from "../../../../../../ts/data/volume/metaimage/geometry.ts";
import { caught } from "../../../../../support/caught.ts";

const plain = { TransformMatrix: "1 0 0 0 1 0 0 0 1", Offset: "10 20 30", ElementSpacing: "1 2 3" };

interface Change {
  readonly [key: string]: string | null;
}

function affineOf(change: Change = {}, dims = 3, log = new ReadLog()): Affine {
  const lines = Object.entries<string | null>({ ...plain, ...change, ElementDataFile: "LOCAL" })
    .flatMap(([key, value]) => (value === null ? [] : [`${key} = ${value}\n`]))
    .join("");
  return metaImageAffine(readFields(Buffer.from(lines), true), dims, log);
}
const positive = (columns: Affine["columns"]): unknown => columns.map((column) => column.map((v) => v + 0));

describe("metaImageAffine", () => {
  it("turns the LPS world to RAS", () => {
    const { columns, origin } = affineOf();
    expect(positive(columns)).toEqual([
      [-1, 0, 0],
      [0, -2, 0],
      [0, 0, 3],
    ]);
    expect(origin).toEqual([-10, -20, 30]);
  });

  it("takes row i of the matrix for the direction of axis i, under any of its names", () => {
    for (const key of ["TransformMatrix", "Rotation", "Orientation"])
      expect(positive(affineOf({ TransformMatrix: null, [key]: "0 0 1 1 0 0 0 -1 0" }).columns)).toEqual([
        [0, 0, 1],
        [-2, 0, 0],
        [0, 3, 0],
      ]);
  });

  it("leaves out axes behind the third that are not turned into it", async () => {
    const four = {
      TransformMatrix: "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
      Offset: "10 20 30 0",
      ElementSpacing: "1 2 3 1",
    };
    expect(affineOf(four, 4)).toEqual(affineOf());
    const mixed = { ...four, TransformMatrix: "1 0 0 0 0 1 0 0 0 0 0 1 0 0 1 0" };
    expect((await caught(() => affineOf(mixed, 4))).message).toContain("one beyond it");
  });

  it.each([
    [{ Offset: null }, "ORIGIN_UNSTATED", /0, 0, 0 mm/],
    [{ ElementSpacing: null, ElementSize: "1 2 3" }, "METAIMAGE_SPACING_BY_SIZE", /ElementSize/],
    [{ ElementSize: "1 2 2.5" }, "METAIMAGE_SIZE_DIFFERS", /1 x 2 x 2.5/],
    [{ DistanceUnits: "cm" }, "METAIMAGE_UNIT_CONVERTED", /unit is cm/],
    [{ AnatomicalOrientation: "RAS" }, "METAIMAGE_ORIENTATION_DISAGREES", /says RAS.*RAI \(from\) or LPS/],
  ] as const)("reads %j with a warning", (change, code, message) => {
    const log = new ReadLog();
    affineOf(change, 3, log);
    expect(log.warnings).toEqual([{ code, message: expect.stringMatching(message) }]);
  });

  it("says nothing of what agrees, or of letters that are no orientation", () => {
    const log = new ReadLog();
    for (const told of ["RAI", "LPS", "rai", "???", "RRR", ""])
      affineOf({ AnatomicalOrientation: told }, 3, log);
    affineOf({ DistanceUnits: "mm", ElementSize: "1 2 3" }, 3, log);
    expect(log.warnings).toEqual([]);
    expect(affineOf({ DistanceUnits: "um" }).columns[0][0]).toBeCloseTo(-0.001, 12);
  });

  it.each([
    [{ TransformMatrix: null }, "DATA_GEOMETRY", /which side is left/],
    [{ TransformMatrix: "2 0 0 0 1 0 0 0 1" }, "DATA_GEOMETRY", /row 1 .* length 2/],
    [{ TransformMatrix: "0 0 0 0 0 0 0 0 0" }, "DATA_GEOMETRY", /length 0/],
    [{ TransformMatrix: "1 0 0 1" }, "DATA_HEADER", /4 numbers, not 9/],
    [{ TransformMatrix: "1 0 0 0 1 0 0 0 x" }, "DATA_HEADER", /finite/],
    [{ ElementSpacing: null }, "DATA_GEOMETRY", /neither ElementSpacing nor ElementSize/],
    [{ ElementSpacing: "1 -2 3" }, "DATA_GEOMETRY", /1 -2 3, not three positive/],
    [{ ElementSpacing: "0 2 3" }, "DATA_GEOMETRY", /not three positive/],
    [{ Position: "0 0 0" }, "DATA_HEADER", /differ/],
    [{ DistanceUnits: "CANARY" }, "DATA_HEADER", /names no unit/],
  ] as const)("refuses %j", async (change, code, what) => {
    const error = await caught(() => affineOf(change));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});
