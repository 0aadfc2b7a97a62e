import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readFields } from "../../../../../../ts/data/volume/nrrd/fields.ts";
import { type NrrdSpace, nrrdSpace } from "../../../../../../ts/data/volume/nrrd/space.ts";
import { caught } from "../../../../../support/caught.ts";

const plain = { space: "LPS", "space directions": "(1,0,0) (0, 2, 0) (0,0,3)", "space origin": "(10,20,30)" };

interface Change {
  readonly [field: string]: string | null;
}

function spaceOf(change: Change = {}, sizes: readonly number[] = [4, 5, 6], log = new ReadLog()): NrrdSpace {
  const lines = Object.entries<string | null>({ ...plain, ...change })
    .flatMap(([field, value]) => (value === null ? [] : [`${field}: ${value}\n`]))
    .join("");
  return nrrdSpace(readFields(Buffer.from(`NRRD0004\n${lines}\n`), true), sizes, log);
}

describe("nrrdSpace", () => {
  it.each([
    ["LPS", [-1, -2, 3]],
    ["left-posterior-superior", [-1, -2, 3]],
    ["RAS", [1, 2, 3]],
    ["Right-Anterior-Superior", [1, 2, 3]],
    ["las", [-1, 2, 3]],
    ["left-anterior-superior", [-1, 2, 3]],
  ])("turns %s to RAS", (space, [x = 0, y = 0, z = 0]) => {
    const { affine, shapeXYZ } = spaceOf({ space });
    expect(affine.columns.map((column) => column.map((v) => v + 0))).toEqual([
      [x, 0, 0],
      [0, y, 0],
      [0, 0, z],
    ]);
    expect(affine.origin).toEqual([10 * x, 10 * y, 10 * z]);
    expect(shapeXYZ).toEqual([4, 5, 6]);
  });

  it("leaves out axes of one value that have no direction, wherever they stand", () => {
    const vectors = "none (1,0,0) (0,2,0) (nan,nan,nan) (0,0,3)";
    const kinds = "vector domain space list ???";
    const found = spaceOf({ "space directions": vectors, kinds }, [1, 4, 5, 1, 6]);
    expect(found).toEqual(spaceOf());
  });

  it.each([
    [{ "space origin": null }, "ORIGIN_UNSTATED"],
    [{ spacings: "1 2 3.1" }, "NRRD_SPACINGS_DIFFER"],
    [{ "space units": '"cm" "cm" "cm"' }, "NRRD_UNIT_CONVERTED"],
  ] as const)("reads %j with a warning", (change, code) => {
    const log = new ReadLog();
    spaceOf(change, [4, 5, 6], log);
    expect(log.warnings.map((warning) => warning.code)).toEqual([code]);
  });

  it("says nothing of what agrees", () => {
    const log = new ReadLog();
    spaceOf({ spacings: "1 2 NaN", "space units": '"mm" "mm" "mm"' }, [4, 5, 6], log);
    expect(log.warnings).toEqual([]);
    expect(spaceOf({ "space units": '"um" "um" "um"' }).affine.columns[0][0]).toBeCloseTo(-0.001, 12);
  });

  it.each([
    [{ space: null }, "DATA_GEOMETRY", /names no space.* left/],
    [{ space: null, "space dimension": "3" }, "DATA_GEOMETRY", /names no space/],
    [{ "space dimension": "3" }, "DATA_HEADER", /both space and space dimension/],
    [{ space: "scanner-xyz" }, "DATA_GEOMETRY", /scanner-xyz, which does not say/],
    [{ space: "3D-right-handed" }, "DATA_GEOMETRY", /3d-right-handed/],
    [{ space: "left-posterior-superior-time" }, "DATA_GEOMETRY", /time/],
    [{ space: "CANARY" }, "DATA_HEADER", /names no space of NRRD/],
    [{ "space directions": null }, "DATA_GEOMETRY", /no space directions/],
    [{ "space directions": "(1,0,0) (0,2,0)" }, "DATA_HEADER", /2 vectors where there are 3/],
    [{ "space directions": "(1,0,0) (0,2,0) CANARY (0,0,1)" }, "DATA_HEADER", /vectors/],
    [{ "space directions": "(1,0,0) (0,2,0) none" }, "DATA_GEOMETRY", /2 of 3 stored axes/],
    [{ "space directions": "(1,0) (0,2,0) (0,0,3)" }, "DATA_HEADER", /2 numbers, not 3/],
    [{ "space origin": "1,2,3" }, "DATA_HEADER", /no vector/],
    [{ kinds: "domain domain" }, "DATA_HEADER", /2 words/],
    [{ kinds: "domain domain vector" }, "DATA_HEADER", /not of space/],
    [{ "space units": '"mm" "mm" "cm"' }, "DATA_HEADER", /space units/],
    [{ "space units": '"CANARY" "CANARY" "CANARY"' }, "DATA_HEADER", /space units/],
  ] as const)("refuses %j", async (change, code, what) => {
    const error = await caught(() => spaceOf(change));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });

  it("refuses several values a voxel, and four axes of space", async () => {
    const several = await caught(() =>
      spaceOf({ "space directions": "none (1,0,0) (0,2,0) (0,0,3)" }, [3, 4, 5, 6]),
    );
    expect([several.code, several.message]).toEqual([
      "DATA_UNSUPPORTED",
      expect.stringContaining("3 x 4 x 5 x 6"),
    ]);
    const four = { "space directions": "(1,0,0) (0,2,0) (0,0,3) (0,0,4)" };
    expect((await caught(() => spaceOf(four, [3, 4, 5, 6]))).message).toContain("4 of 4 stored axes");
  });
});
