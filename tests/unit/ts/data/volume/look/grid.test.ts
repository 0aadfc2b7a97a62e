import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGrid } from "../../../../../../ts/data/volume/look/grid.ts";
import { readVolume } from "../../../../../../ts/data/volume/read.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../../../../../support/ct-series.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { storedBody } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { volumeExamples } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();
let made = 0;
const fresh = (end = ""): string => join(root, `s${made++}${end}`);

const dims = [24, 20, 12] as const;
const body = bodyVoxels(...dims);
/** x runs to the patient's left, z down: both are turned. */
const sform = [
  [-1.5, 0, 0, 10],
  [0, 2, 0, -20],
  [0, 0, -2.5, 30],
];

function nifti(more: Partial<Parameters<typeof niftiFile>[0]> = {}): string {
  const path = fresh(more.gzip === true ? ".nii.gz" : ".nii");
  writeFileSync(path, niftiFile({ dims, values: body, dtype: "int16", sform, ...more }));
  return path;
}

describe("the headers of a scan", () => {
  it.each(Object.entries(volumeExamples))(
    "of %s say what its volume says, or nothing",
    async (name, { write }) => {
      const { path, options } = write(fresh(), storedBody([0, 1, 2], [true, false, true]));
      const grid = await readGrid(path, options);
      if (grid === null) return expect(name).not.toMatch(/^(?:nifti|dicom)/);
      const { shapeDHW, spacingMmDHW } = await readVolume(path, options);
      expect(grid).toMatchObject({ shapeDHW, spacingMmDHW });
    },
  );

  it.each([false, true])("of NIfTI say the grid that its volume has (gzip %s)", async (gzip) => {
    const path = nifti({ gzip });
    const { shapeDHW, spacingMmDHW } = await readVolume(path);
    expect(await readGrid(path)).toMatchObject({ format: "nifti", shapeDHW, spacingMmDHW });
  });

  it("of a DICOM series say the grid that its volume has", async () => {
    const folder = fresh();
    writeFolder(folder, seriesFiles(seriesSpecs(6)));
    const { shapeDHW, spacingMmDHW } = await readVolume(folder);
    expect(await readGrid(folder)).toMatchObject({ format: "dicom", shapeDHW, spacingMmDHW });
  });

  it("are refused with what the volume is refused with", async () => {
    const short = nifti();
    truncateSync(short, readFileSync(short).length - 500);
    expect(await caught(() => readGrid(short))).toMatchObject({ code: "DATA_TRUNCATED" });
    const text = fresh(".txt");
    writeFileSync(text, "no scan");
    expect((await caught(() => readGrid(text))).code).toBe((await caught(() => readVolume(text))).code);
    expect(await caught(() => readGrid(join(root, "gone.nii")))).toMatchObject({ code: "PATH_NOT_FOUND" });
    const gap = fresh();
    writeFolder(gap, seriesFiles(seriesSpecs(6).filter((_, index) => index !== 3)));
    expect(await caught(() => readGrid(gap))).toMatchObject({ code: "DATA_SERIES_GAP" });
  });

  it("are read without the voxels: what only those show is not found", async () => {
    const path = nifti({ gzip: true });
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    expect(await caught(() => readVolume(path))).toMatchObject({ code: "DATA_TRUNCATED" });
    expect(await readGrid(path)).toMatchObject({ format: "nifti" });
  });

  it("refuse what they declare to be no HU", async () => {
    const path = nifti({ patch: (header, little) => header.setInt16(68, 1007, little) });
    expect(await caught(() => readGrid(path))).toMatchObject({
      code: (await caught(() => readVolume(path))).code,
    });
  });

  it("are not asked for where the geometry is stated by a table", async () => {
    const affineRas = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    expect(await readGrid(nifti(), { calibration: { slope: 1, intercept: 0, affineRas } })).toBeNull();
  });
});
