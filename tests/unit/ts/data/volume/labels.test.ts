import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLabelGrid } from "../../../../../ts/data/volume/labels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("readLabelGrid", () => {
  it("reads class indices in RAS axes, -1 and all, without a HU gate", async () => {
    const path = join(root, "a.nii");
    writeFileSync(
      path,
      niftiFile({
        dims: [2, 3, 2],
        values: [-1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        sform: [
          [-12, 0, 0, 0],
          [0, 12, 0, 0],
          [0, 0, 5, 0],
        ],
      }),
    );
    const grid = await readLabelGrid(path);
    expect([...grid.labels]).toEqual([1, -1, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]);
    expect(grid).toMatchObject({
      shapeDHW: [2, 3, 2],
      stackAxis: 0,
      sourceDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("says along which axis the file stacked its slices", async () => {
    const path = join(root, "b.nii");
    writeFileSync(
      path,
      niftiFile({
        dims: [2, 3, 4],
        values: new Int16Array(24).map((_, i) => i % 5),
        sform: [
          [0, 0, 3, 0],
          [12, 0, 0, 0],
          [0, 12, 0, 0],
        ],
      }),
    );
    expect(await readLabelGrid(path)).toMatchObject({ shapeDHW: [3, 2, 4], stackAxis: 2 });
  });

  it("refuses labels that are not whole numbers", async () => {
    const path = join(root, "c.nii");
    writeFileSync(path, niftiFile({ dims: [2, 1, 1], values: [0.5, 1], dtype: "float32" }));
    expect(await caught(() => readLabelGrid(path))).toMatchObject({
      code: "DATA_DTYPE_UNSUPPORTED",
      message: expect.stringContaining("not whole numbers"),
    });
  });
});
