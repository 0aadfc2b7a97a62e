import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  exists,
  folderOf,
  namesEnding,
  needed,
  placed,
  shardsWhole,
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

describe("tables in parts", () => {
  const part = (at: number, of: number, name = "train"): string =>
    `${name}-${String(at).padStart(5, "0")}-of-${String(of).padStart(5, "0")}.parquet`;

  it("are taken in their order once all parts are there, of each name by itself", () => {
    const names = [part(0, 1, "data/test"), part(0, 2), part(1, 2), "more.csv"];
    expect(shardsWhole("/data", names)).toEqual(names);
    expect(shardsWhole("/data", ["a-1-of-2.csv", "of.jsonl"])).toEqual(["a-1-of-2.csv", "of.jsonl"]);
  });

  it("are refused where a part is missing, which is named", async () => {
    expect(await caught(() => shardsWhole("/data", [part(0, 3), part(2, 3)]))).toMatchObject({
      code: "DATA_MANIFEST",
      what: `/data lacks parts of its tables: ${part(1, 3)}`,
      details: { path: "/data", missing: [part(1, 3)] },
    });
  });

  it("are refused with the first of many that are missing", async () => {
    const { what, details } = await caught(() => shardsWhole("/data", [part(7, 40)]));
    expect(what).toContain(`${part(11, 40)}, ${part(12, 40)} and 27 more`);
    expect(details.missing).toHaveLength(12);
  });

  it("are of no count that nobody writes", () => {
    const name = "a-00001-of-99999999999.parquet";
    expect(shardsWhole("/data", [name])).toEqual([name]);
  });
});
