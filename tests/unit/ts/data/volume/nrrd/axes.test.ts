import type { Vector3 } from "../../../../../../ts/data/volume/geometry.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { noteAxes } from "../../../../../../ts/data/volume/nrrd/axes.ts";
import { readFields } from "../../../../../../ts/data/volume/nrrd/fields.ts";
import { caught } from "../../../../../support/caught.ts";

const directions: readonly (Vector3 | undefined)[] = [undefined, [1, 0, 0], [0, 2, 0], [0, 0, 3]];

function told(fields: { readonly [field: string]: string }): readonly string[] {
  const log = new ReadLog();
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  noteAxes(readFields(Buffer.from(`NRRD0004\n${lines.join("")}\n`), true).values, directions, log);
  return log.warnings.map(({ code }) => code);
}

describe("noteAxes", () => {
  it("says nothing of fields that agree with the space directions, or speak of other axes", () => {
    expect(
      told({
        spacings: "NaN 1 2 3",
        "axis mins": "0 NaN NaN nan",
        thicknesses: "NaN NaN NaN 2.5",
        units: '"" "mm" "mm" "mm"',
        centerings: "node cell ??? none",
      }),
    ).toEqual([]);
    expect(told({ centers: "cell cell cell cell", units: "HU mm mm mm" })).toEqual([]);
    expect(told({ "space units": '"cm" "cm" "cm"', units: '"" "cm" "cm" "cm"' })).toEqual([]);
  });

  it.each([
    [{ spacings: "NaN 1 2 3.1" }, "NRRD_SPACINGS_DIFFER"],
    [{ "axis mins": "NaN 0 0 0" }, "NRRD_AXIS_ENDS_UNUSED"],
    [{ "axis maxs": "NaN NaN NaN 99" }, "NRRD_AXIS_ENDS_UNUSED"],
    [{ thicknesses: "NaN NaN NaN 1.5" }, "SLICES_APART"],
    [{ thicknesses: "NaN NaN nan 13" }, "SLICES_OVERLAP"],
    [{ units: '"" "cm" "cm" "cm"' }, "NRRD_UNITS_DIFFER"],
    [{ "space units": '"cm" "cm" "cm"', units: '"" "mm" "mm" "mm"' }, "NRRD_UNITS_DIFFER"],
    [{ centerings: "none node node node" }, "NRRD_CENTERING_NODE"],
    [{ centers: "none cell cell Node" }, "NRRD_CENTERING_NODE"],
  ])("tells of %j", (fields, code) => {
    expect(told(fields)).toEqual([code]);
  });

  it.each([
    [{ centerings: "cell cell cell" }, /centerings holds 3 words where there are 4 axes/],
    [{ centers: "cell CANARY cell cell" }, /centers holds a word that is no centering/],
    [{ thicknesses: "NaN NaN NaN -3" }, /thicknesses holds a word that is no length/],
    [{ thicknesses: "NaN NaN NaN CANARY" }, /thicknesses holds a word that is no length/],
    [{ thicknesses: "NaN NaN 0 3" }, /thicknesses holds a word that is no length/],
    [{ thicknesses: "1" }, /thicknesses holds 1 words/],
    [{ "axis mins": "1 2 3 4 5" }, /axismins holds 5 words/],
    [{ units: '"a b" "mm" "mm"' }, /units holds 3 words/],
  ])("refuses %j", async (fields, said) => {
    const error = await caught(() => told(fields));
    expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringMatching(said)]);
    expect(error.message).not.toContain("CANARY");
  });
});
