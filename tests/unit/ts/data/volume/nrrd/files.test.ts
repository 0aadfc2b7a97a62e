import { join } from "node:path";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readFields } from "../../../../../../ts/data/volume/nrrd/fields.ts";
import { voxelFiles } from "../../../../../../ts/data/volume/nrrd/files.ts";
import { readHeader } from "../../../../../../ts/data/volume/nrrd/header.ts";
import type { VoxelFile } from "../../../../../../ts/data/volume/raw/payload.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const folder = temporaryFolder();
const path = join(folder, "scan.nhdr");
const slices = ["CANARY-1.raw", "CANARY-2.raw", "CANARY-3.raw", "CANARY-4.raw"];
for (const name of ["a b.raw", "100%.raw", ...slices]) putFile(folder, name, "x");

async function filesOf(lines: string, sizes = "2 2 4"): Promise<readonly VoxelFile[]> {
  const dimension = sizes.split(" ").length;
  const head = `NRRD0004\ntype: uchar\ndimension: ${dimension}\nsizes: ${sizes}\nencoding: raw\n`;
  const fields = readFields(Buffer.from(`${head}${lines}`), true);
  return await voxelFiles(path, fields, readHeader(fields, new ReadLog()));
}
const namesOf = async (lines: string, sizes?: string): Promise<readonly string[]> =>
  (await filesOf(lines, sizes)).map((file) => String(file.path).slice(folder.length + 1));

describe("voxelFiles of an NRRD", () => {
  it("is its own file behind the header, lines and bytes left out", async () => {
    expect(await filesOf("line skip: 2\nbyte skip: 3\n\n")).toMatchObject([
      { path, named: true, from: 88, skipLines: 2, skipBytes: 3 },
    ]);
  });

  it("is one beside it, a list or a numbered row, of slices or of slabs", async () => {
    expect(await namesOf("data file: a b.raw\n")).toEqual(["a b.raw"]);
    expect(await namesOf("data file: 100%.raw\n")).toEqual(["100%.raw"]);
    expect(await namesOf(`data file: LIST\n${slices.join("\n")}\n`)).toEqual(slices);
    expect(await namesOf("data file: CANARY-%d.raw 1 4 1\n")).toEqual(slices);
    expect(await namesOf("data file: CANARY-%d.raw 4 1 -1\n")).toEqual(slices.toReversed());
    expect(await namesOf("data file: CANARY-%d.raw 1 3 2 3\n")).toEqual([slices[0], slices[2]]);
    expect(await namesOf(`data file: LIST 2\n${slices.join("\n")}\n`, "2 2 2 2")).toEqual(slices);
    expect(await filesOf("byte skip: -1\ndata file: a b.raw\n")).toMatchObject([
      { named: false, from: 0, skipBytes: "end" },
    ]);
  });

  it.each([
    ["data file: CANARY-9.raw\n", "DATA_TRUNCATED", /voxel file that "data file" names is missing/],
    ["data file: sub/CANARY.raw\n", "DATA_HEADER", /by a path/],
    ["data file: LIST\nCANARY-1.raw\n", "DATA_HEADER", /names 1 files where there are 4/],
    ["data file: LIST\n", "DATA_HEADER", /names 0 files/],
    ["data file: LIST 3\nCANARY-1.raw\nCANARY-2.raw\nCANARY-3.raw\n", "DATA_HEADER", /names 3 files/],
    ["data file: LIST 9\nCANARY-1.raw\n", "DATA_HEADER", /pieces of 9 axes/],
    ["data file: CANARY-%d.raw 1 5 1\n", "DATA_HEADER", /names 5 files/],
    ["data file: CANARY-%d.raw 1 99999999 1\n", "DATA_HEADER", /99999999 files/],
    ["data file: CANARY-%d.raw 1 x 1\n", "DATA_HEADER", /finite decimal/],
  ] as const)("refuses %j without a name of the header", async (lines, code, what) => {
    const error = await caught(() => filesOf(lines));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});
