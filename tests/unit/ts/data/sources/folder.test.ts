import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  exists,
  folderOf,
  namesEnding,
  needed,
  placed,
  splitNamed,
} from "../../../../../ts/data/sources/folder.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("placed", () => {
  it.each([
    ["a/b.nii.gz", "/data/a/b.nii.gz"],
    ["./a/../b.nii", "/data/b.nii"],
    ["/else/where.nii", "/else/where.nii"],
    ["..a/b.nii", "/data/..a/b.nii"],
    ["../b.nii", undefined],
    ["a/../../b.nii", undefined],
    [".", undefined],
  ])("%s leads to %s", (path, whole) => {
    expect(placed("/data", path)).toBe(whole);
  });
});

describe("splitNamed", () => {
  it.each([
    ["train", "train"],
    ["Training", "train"],
    ["valid", "validation"],
    ["validation", "validation"],
    [" val ", "validation"],
    ["TEST", "test"],
    ["holdout", undefined],
    ["constructor", undefined],
  ])("%s is %s", (word, split) => {
    expect(splitNamed(word)).toBe(split);
  });
});

describe("what a layout needs", () => {
  it("is found, or told all at once", async () => {
    mkdirSync(join(folder, "one"));
    writeFileSync(join(folder, "one", "t.csv"), "");
    expect(await needed(folder, "x", [["two", "one/t.csv"], ["one"]])).toEqual(["one/t.csv", "one"]);
    const error = await caught(() => needed(folder, "x", [["two", "three"], ["one"], ["four"]]));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain("lacks two or three and four of the layout x");
    expect(await exists(join(folder, "one", "t.csv", "below"))).toBe(false);
  });

  it("is looked for in the folder that a table names", async () => {
    expect(await folderOf(join(folder, "one", "t.csv"))).toBe(join(folder, "one"));
    expect(await folderOf(folder)).toBe(folder);
    expect((await caught(() => folderOf(join(folder, "none")))).code).toBe("PATH_NOT_FOUND");
    expect(await namesEnding(join(folder, "one"), /\.csv$/)).toEqual(["t.csv"]);
  });
});
