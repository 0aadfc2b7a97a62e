import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readNrrd } from "../../../../../../ts/data/volume/nrrd/read.ts";
import { caught } from "../../../../../support/caught.ts";
import { nrrdFile } from "../../../../../support/nrrd-file.ts";
import { bodyRas, storedBody } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();

describe("readNrrd", () => {
  it("logs how it read, and takes lines that end as Windows writes them", async () => {
    const { header, voxels } = nrrdFile(storedBody(), { version: 5, gzip: true, newline: "\r\n" });
    const path = putFile(root, "scan.nrrd", Buffer.concat([header, voxels]));
    const log = new ReadLog();
    expect([...(await readNrrd(path, {}, log)).voxels]).toEqual([...bodyRas]);
    const read = { container: "nrrd-5", compressed: "gzip", byteOrder: "little", dtype: "int16", files: 1 };
    expect(log.steps).toEqual([
      { step: "affine", source: "space directions", world: "LPS", mmPerUnit: 1 },
      { step: "read", ...read },
      { step: "rescale", slope: 1, intercept: 0 },
    ]);
  });

  it("skips lines before and bytes behind the compression", async () => {
    const { header, voxels } = nrrdFile(storedBody(), { fields: { "line skip": "1", "byte skip": "4" } });
    const path = putFile(root, "skip.nrrd", Buffer.concat([header, Buffer.from("CANARY\nfour"), voxels]));
    expect([...(await readNrrd(path, {}, new ReadLog())).voxels]).toEqual([...bodyRas]);
  });

  it("refuses a header in a file of its own that has no end in sight", async () => {
    const { header } = nrrdFile(storedBody(), { fields: { "data file": "scan.raw" } });
    const path = putFile(root, "long.nhdr", Buffer.concat([header, Buffer.alloc(1 << 20, 32)]));
    const error = await caught(() => readNrrd(path, {}, new ReadLog()));
    expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringContaining("does not end")]);
  });
});
