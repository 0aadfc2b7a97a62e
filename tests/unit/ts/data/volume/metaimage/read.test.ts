import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readMetaImage } from "../../../../../../ts/data/volume/metaimage/read.ts";
import { caught } from "../../../../../support/caught.ts";
import { metaImageFile } from "../../../../../support/metaimage-file.ts";
import { bodyRas, storedBody } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();

describe("readMetaImage", () => {
  it("logs how it read, and takes lines that end as Windows writes them", async () => {
    const { header, voxels } = metaImageFile(storedBody(), { compressed: true, newline: "\r\n" });
    const path = putFile(root, "scan.mha", Buffer.concat([header, voxels]));
    const log = new ReadLog();
    expect([...(await readMetaImage(path, {}, log)).voxels]).toEqual([...bodyRas]);
    const read = {
      container: "metaimage",
      compressed: "zlib",
      byteOrder: "little",
      dtype: "int16",
      files: 1,
    };
    expect(log.steps).toEqual([
      { step: "affine", source: "TransformMatrix", world: "LPS", mmPerUnit: 1 },
      { step: "read", ...read },
      { step: "rescale", slope: 1, intercept: 0 },
    ]);
  });

  it("hands on what Modality declares, for the verdict to come before any histogram", async () => {
    const { header, voxels } = metaImageFile(storedBody(), { fields: { Modality: "MET_MOD_MR" } });
    const path = putFile(root, "mr.mha", Buffer.concat([header, voxels]));
    expect((await readMetaImage(path, {}, new ReadLog())).declared).toMatch(/MR/);
  });

  it("refuses a header in a file of its own that has no end in sight", async () => {
    const { header } = metaImageFile(storedBody(), { dataFile: "scan.raw" });
    const path = putFile(root, "long.mhd", Buffer.concat([header, Buffer.alloc(1 << 20, 32)]));
    const error = await caught(() => readMetaImage(path, {}, new ReadLog()));
    expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringContaining("does not end")]);
  });
});
