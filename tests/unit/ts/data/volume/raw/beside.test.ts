import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileBeside } from "../../../../../../ts/data/volume/raw/beside.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();
const folder = join(root, "scan");
const header = putFile(folder, "scan.mhd", "header");
const outside = putFile(root, "outside.raw", "voxels");
putFile(folder, "CANARY.raw", "voxels");
putFile(join(folder, "below"), "deep.raw", "voxels");
symlinkSync(outside, join(folder, "CANARY-out.raw"));
symlinkSync("CANARY.raw", join(folder, "link.raw"));
symlinkSync("below/deep.raw", join(folder, "deep.raw"));
symlinkSync("nowhere", join(folder, "dead.raw"));
mkdirSync(join(folder, "folder.raw"));

describe("fileBeside", () => {
  it.each(["CANARY.raw", "link.raw", "deep.raw"])("takes %s, a file of the header's folder", async (name) => {
    expect(String(await fileBeside(header, name, "the voxel file"))).toBe(join(folder, name));
  });

  it("takes a name that is no UTF-8, byte for byte", async () => {
    const name = Buffer.from("sch\xe4del.raw", "latin1");
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    symlinkSync("CANARY.raw", path);
    expect(await fileBeside(header, "sch\xe4del.raw", "the voxel file")).toEqual(path);
  });

  it.each([
    ["../outside.raw", "DATA_HEADER", /by a path/],
    [outside, "DATA_HEADER", /by a path/],
    ["below/deep.raw", "DATA_HEADER", /by a path/],
    ["..\\outside.raw", "DATA_HEADER", /by a path/],
    ["a\0b", "DATA_HEADER", /by a path/],
    ["..", "DATA_HEADER", /by a path/],
    ["", "DATA_HEADER", /by a path/],
    ["CANARY-out.raw", "DATA_HEADER", /leads out of/],
    ["CANARY-gone.raw", "DATA_TRUNCATED", /is missing/],
    ["dead.raw", "DATA_TRUNCATED", /is missing/],
    ["folder.raw", "DATA_UNSUPPORTED", /is a folder/],
  ])("refuses %j, and shows no name", async (name, code, what) => {
    const error = await caught(() => fileBeside(header, name, "the voxel file"));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(JSON.stringify(error.toDocument())).not.toMatch(/CANARY|outside|dead\.raw/);
    expect(error.hint).not.toBe("");
  });
});
