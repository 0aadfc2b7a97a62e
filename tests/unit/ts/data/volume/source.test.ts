import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readVolume } from "../../../../../ts/data/volume/read.ts";
import { defaultMaxBytes } from "../../../../../ts/data/volume/source.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { dicomFile } from "../../../../support/dicom-file.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const [nx, ny, nz] = [16, 12, 4];
const body = bodyVoxels(nx, ny, nz);
const nifti = join(root, "scan.nii");
writeFileSync(nifti, niftiFile({ dims: [nx, ny, nz], values: body }));
const series = join(root, "series");
mkdirSync(series);
for (let z = 0; z < nz; z++) {
  const values = body.subarray(z * nx * ny, (z + 1) * nx * ny);
  writeFileSync(
    join(series, `${z}`),
    dicomFile({ rows: ny, columns: nx, values, position: [0, 0, 2 * z], instance: z + 1 }),
  );
}

describe("the options of a reader", () => {
  it.each([nifti, series])("hold its voxels under a cap, to the byte: %s", async (path) => {
    const bytes = body.byteLength;
    expect((await readVolume(path, { maxBytes: bytes + 2 ** 16 })).voxels).toHaveLength(nx * ny * nz);
    const error = await caught(() => readVolume(path, { maxBytes: bytes - 1 }));
    expect(error.exitCode).toBe(65);
    expect(error.message).toContain(String(bytes - 1));
  });

  it("allow four GiB unless told otherwise: a chest of 2,000 slices at 1024 x 1024", () => {
    expect(defaultMaxBytes).toBeGreaterThanOrEqual(2000 * 1024 * 1024 * 2);
    expect(Number.isSafeInteger(defaultMaxBytes)).toBe(true);
  });

  it("let what is not HU pass with its reasons, when they are only to be recorded", async () => {
    const shifted = join(root, "shifted.nii");
    writeFileSync(shifted, niftiFile({ dims: [nx, ny, nz], values: body.map((hu) => hu - 1024) }));
    expect((await caught(() => readVolume(shifted))).code).toBe("DATA_NOT_HU");
    const { hu, voxels } = await readVolume(shifted, { huGate: "record" });
    expect([hu.verdict, hu.min, voxels.length]).toEqual(["suspect", Math.min(...voxels), nx * ny * nz]);
    expect(hu.reasons.join()).toContain("rescaled-twice");
  });
});
