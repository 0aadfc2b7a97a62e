import { join } from "node:path";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readFields } from "../../../../../../ts/data/volume/metaimage/fields.ts";
import { isLocal, voxelFiles } from "../../../../../../ts/data/volume/metaimage/files.ts";
import { readHeader } from "../../../../../../ts/data/volume/metaimage/header.ts";
import type { VoxelFile } from "../../../../../../ts/data/volume/raw/payload.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const folder = temporaryFolder();
const path = join(folder, "scan.mhd");
for (const name of [
  "a b.raw",
  "CANARY-1.raw",
  "CANARY-2.raw",
  "CANARY-3.raw",
  "100%.raw",
  "voil\u00e0",
  "voil\u00e0-1.raw",
  "voil\u00e0-2.raw",
  "voil\u00e0-3.raw",
])
  putFile(folder, name, "x");

async function filesOf(dataFile: string, more = ""): Promise<readonly VoxelFile[]> {
  const head = `NDims = 3\nDimSize = 2 2 3\nElementType = MET_CHAR\n${more}`;
  const fields = readFields(Buffer.from(`${head}ElementDataFile = ${dataFile}\n`), true);
  return await voxelFiles(path, fields, readHeader(fields, new ReadLog()));
}
const namesOf = async (dataFile: string): Promise<readonly string[]> =>
  (await filesOf(dataFile)).map((file) => String(file.path).slice(folder.length + 1));

describe("voxelFiles of a MetaImage", () => {
  it.each(["LOCAL", "Local", "local"])("is its own file for %s, behind the header", async (word) => {
    const header = "NDims = 3\nDimSize = 2 2 3\nElementType = MET_CHAR\nElementDataFile = LOCAL\n";
    expect(await filesOf(word)).toMatchObject([{ path, named: true, from: header.length }]);
    expect(await filesOf(word, "HeaderSize = -1\n")).toMatchObject([{ skipBytes: "end" }]);
    expect(isLocal(readFields(Buffer.from(`ElementDataFile = ${word}\n`), true))).toBe(true);
  });

  it("is one beside it, a list, or a numbered row of slices", async () => {
    const slices = ["CANARY-1.raw", "CANARY-2.raw", "CANARY-3.raw"];
    expect(await namesOf("a b.raw")).toEqual(["a b.raw"]);
    expect(await namesOf(`LIST\n${slices.join("\n")}`)).toEqual(slices);
    expect(await namesOf(`LIST 2\n${slices.toReversed().join("\r\n")}`)).toEqual(slices.toReversed());
    expect(await namesOf("LIST 3\na b.raw")).toEqual(["a b.raw"]);
    for (const row of ["%d.raw", "%d.raw 1", "%d.raw 1 3", "%d.raw 1 3 1"])
      expect(await namesOf(`CANARY-${row}`)).toEqual(slices);
    expect(await filesOf("a b.raw", "HeaderSize = 9\n")).toMatchObject([{ named: false, skipBytes: 9 }]);
    expect(await filesOf("a b.raw", "HeaderSize = -1\n")).toMatchObject([{ from: 0, skipBytes: "end" }]);
  });

  it("may have a name that ends with a byte 0xA0, or has one in it", async () => {
    expect(await namesOf("LIST 3\nvoil\u00e0")).toEqual(["voil\u00e0"]);
    expect(await namesOf("voil\u00e0-%d.raw 1 3 1")).toEqual([
      "voil\u00e0-1.raw",
      "voil\u00e0-2.raw",
      "voil\u00e0-3.raw",
    ]);
  });

  it.each([
    ["CANARY-4.raw", "", "DATA_TRUNCATED", /voxel file that ElementDataFile names is missing/],
    ["../scan.raw", "", "DATA_HEADER", /by a path/],
    ["LIST\nCANARY-1.raw\nCANARY-2.raw", "", "DATA_HEADER", /lists 2 files .* 3/],
    ["LIST\nCANARY-1.raw\nCANARY-2.raw\nCANARY-9.raw", "", "DATA_TRUNCATED", /\(3 of 3\) is missing/],
    ["LIST 4\nCANARY-1.raw", "", "DATA_HEADER", /4 axes/],
    ["CANARY-%d.raw 1 2", "", "DATA_HEADER", /names 2 files/],
    ["CANARY-%d.raw 1 900000000", "", "DATA_HEADER", /900000000 files/],
    ["CANARY-%d.raw 1 3 1 5", "", "DATA_HEADER", /names 0 files/],
    ["CANARY-%d.raw one", "", "DATA_HEADER", /finite decimal/],
    ["100%.raw", "", "DATA_HEADER", /single %d/],
    ["LOCAL", "HeaderSize = 5\n", "DATA_HEADER", /HeaderSize is 5 where/],
    ["a b.raw", "HeaderSize = -1\nCompressedData = True\n", "DATA_HEADER", /-1 for compressed/],
  ] as const)("refuses %j without a name of the header", async (dataFile, more, code, what) => {
    const error = await caught(() => filesOf(dataFile, more));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});
