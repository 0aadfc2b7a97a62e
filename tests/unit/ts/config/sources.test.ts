import { heldOutOf, lacksSplit, sourceProblems } from "../../../../ts/config/sources.ts";
import { dataOption } from "../../../../ts/schema/options/data.ts";
import { groupSchema } from "../../../../ts/schema/options/zod.ts";

type Data = Parameters<typeof sourceProblems>[0];
const resolved = (data: object): Data =>
  (groupSchema({ data: dataOption }).parse({ data }) as { readonly data: Data }).data;

const phantom = { kind: "phantom", volumes: { train: 8, validation: 0, test: 4 } };
const folder = { kind: "folder", path: "scans", sizeDHW: [8, 8, 8], windowHu: { low: 0, high: 1 } };

describe("PhantomCT", () => {
  it("must give slices where the base is pre-trained in 2D, and only there", () => {
    expect(sourceProblems(resolved(phantom), false)).toEqual([]);
    expect(sourceProblems(resolved({ ...phantom, slices: 16 }), true)).toEqual([]);
    expect(sourceProblems(resolved(phantom), true)).toEqual([
      { path: "data.slices", message: "2D pre-training needs slices; give their number" },
    ]);
  });

  it("holds slices out of a 2D set alone", () => {
    const held = resolved({ ...phantom, slices: 16, heldOutSlices: 4 });
    expect([heldOutOf(held), heldOutOf(resolved(folder))]).toEqual([4, 0]);
    expect(sourceProblems(held, true)).toEqual([]);
    expect(sourceProblems(resolved({ ...phantom, heldOutSlices: 4 }), false)).toEqual([
      { path: "data.heldOutSlices", message: "slices are held out of a 2D set, and data.slices is 0" },
    ]);
  });
});

describe("a folder of scans", () => {
  it.each([
    [{ train: 0.8, validation: 0.1, test: 0.1 }, []],
    [{ train: 0.7, validation: 0.2, test: 0.1 }, []],
    [{ train: 1, validation: 0, test: 0 }, []],
    [{ train: 0.8, validation: 0.1, test: 0.2 }, ["data.split"]],
    [{ train: 0, validation: 0, test: 0 }, ["data.split"]],
  ])("has shares that sum to one: %j", (shares, paths) => {
    const found = sourceProblems(resolved({ ...folder, split: { ...shares, by: "patient" } }), false);
    expect(found.map(({ path }) => path)).toEqual(paths);
  });

  it("needs no shares, and has no slices for a base to be pre-trained on", () => {
    expect(sourceProblems(resolved(folder), false)).toEqual([]);
    expect(sourceProblems(resolved(folder), true)).toEqual([
      {
        path: "model.base.pretrain",
        message: expect.stringContaining("with a folder of scans leave it empty"),
      },
    ]);
  });
});

describe("a data set in a layout", () => {
  const layout = { ...folder, kind: "layout", layout: "m3d-cap" };

  it("has shares that sum to one, and no slices, as a folder of scans", () => {
    expect(sourceProblems(resolved(layout), false)).toEqual([]);
    const drawn = { ...layout, split: { train: 0.5, validation: 0, test: 0.6, by: "patient" } };
    expect(sourceProblems(resolved(drawn), true).map(({ path }) => path)).toEqual([
      "data.split",
      "model.base.pretrain",
    ]);
    expect(heldOutOf(resolved(layout))).toBe(0);
  });

  it("has splits of a table or of shares, not both, and a reason for a leak that says something", () => {
    const split = { train: 0.5, validation: 0, test: 0.5, by: "patient" } as const;
    expect(
      sourceProblems(resolved({ ...layout, splits: "splits.csv", allowLeak: "official" }), false),
    ).toEqual([]);
    expect(
      sourceProblems(resolved({ ...layout, splits: "splits.csv", split, allowLeak: " " }), false),
    ).toEqual([
      { path: "data.allowLeak", message: "it needs a reason, which stands in every number" },
      { path: "data.splits", message: "a table of splits and shares of splits exclude each other" },
    ]);
  });

  it("has columns of other names where its tables are one's own, and nowhere else", () => {
    const columns = { report: "Befund" };
    expect(sourceProblems(resolved({ ...layout, layout: "table", columns }), false)).toEqual([]);
    expect(sourceProblems(resolved({ ...layout, columns }), false)).toEqual([
      { path: "data.columns", message: "columns are named of one's own tables alone, not of m3d-cap" },
    ]);
  });

  it("is of pictures where its volumes are, unless somebody says otherwise", () => {
    const intensityOf = (data: object): unknown =>
      (resolved(data) as { readonly intensity?: string }).intensity;
    expect(intensityOf(layout)).toBe("picture");
    expect(intensityOf({ ...layout, layout: "ct-rate" })).toBe("hu");
    expect(intensityOf({ ...layout, layout: "table", intensity: "picture" })).toBe("picture");
    expect(intensityOf({ ...layout, intensity: "hu" })).toBe("hu");
  });
});

describe("lacksSplit", () => {
  const shares = (validation: number) => ({ train: 0.9 - validation, validation, test: 0.1, by: "patient" });

  it.each([
    ["phantoms without one", phantom, true],
    ["phantoms with some", { ...phantom, volumes: { ...phantom.volumes, validation: 2 } }, false],
    ["a folder with a share of nothing", { ...folder, split: shares(0) }, true],
    ["a folder with a share", { ...folder, split: shares(0.1) }, false],
    ["a folder whose table says it", folder, false],
    [
      "a data set with a share of nothing",
      { ...folder, kind: "layout", layout: "table", split: shares(0) },
      true,
    ],
  ])("%s", (_what, data, expected) => {
    expect(lacksSplit(resolved(data), "validation")).toBe(expected);
    expect(lacksSplit(resolved(data), "test")).toBe(false);
  });
});
