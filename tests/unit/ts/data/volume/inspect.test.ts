import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InspectOptions, inspectPath } from "../../../../../ts/data/volume/inspect.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { dicomFile } from "../../../../support/dicom-file.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const body = bodyVoxels(16, 12, 6);
const put = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(root, name), bytes);
  return join(root, name);
};

describe("inspectPath", () => {
  it("shows the voxels in RAS axes before they are judged, of a refused scan too", async () => {
    const shown: (readonly [number, readonly number[]])[] = [];
    const onVoxels: InspectOptions["onVoxels"] = ({ voxels, shapeDHW }) =>
      void shown.push([voxels[0] ?? 0, shapeDHW]);
    await inspectPath(put("seen.nii", niftiFile({ dims: [16, 12, 6], values: body })), { onVoxels });
    const far = put("far.nii", niftiFile({ dims: [16, 12, 6], values: body.map((hu) => hu + 8192) }));
    expect((await caught(() => inspectPath(far, { onVoxels }))).code).toBe("DATA_NOT_HU");
    expect(shown).toEqual([
      [body[0], [6, 12, 16]],
      [(body[0] ?? 0) + 8192, [6, 12, 16]],
    ]);
  });

  it("says the same of a scan whose voxels nobody is shown", async () => {
    const sform = [
      [0, 0, -2, 15],
      [-3, 0, 0, 16],
      [0, 4, 0, -7],
    ];
    const turned = put("turned.nii", niftiFile({ dims: [16, 12, 6], values: body, sform }));
    let shown = 0;
    const onVoxels = (): void => void shown++;
    expect(await inspectPath(turned)).toEqual(await inspectPath(turned, { onVoxels }));
    expect(shown).toBe(1);
  });

  it("gives the document of the command line's contract, key for key", async () => {
    const document = await inspectPath(
      put(
        "a.nii",
        niftiFile({
          dims: [16, 12, 6],
          values: body,
          sform: [
            [-2, 0, 0, 15],
            [0, -3, 0, 16],
            [0, 0, 4, -7],
          ],
        }),
      ),
    );
    expect(Object.keys(document)).toEqual([
      "ok",
      "format",
      "sourceOrientation",
      "sourceShapeXYZ",
      "shapeDHW",
      "spacingMmDHW",
      "orientation",
      "affineRas",
      "hu",
      "receipt",
      "warnings",
    ]);
    expect(document).toMatchObject({
      ok: true,
      format: "nifti",
      sourceOrientation: "LPS",
      sourceShapeXYZ: [16, 12, 6],
      shapeDHW: [6, 12, 16],
      spacingMmDHW: [4, 3, 2],
      orientation: "RAS",
      affineRas: [
        [2, 0, 0, -15],
        [0, 3, 0, -17],
        [0, 0, 4, -7],
        [0, 0, 0, 1],
      ],
      hu: { verdict: "ok", min: expect.any(Number), max: expect.any(Number), reasons: expect.any(Array) },
      warnings: [],
    });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("carries what could be read in the error of a scan that is not in HU", async () => {
    const error = await caught(() =>
      inspectPath(put("b.nii", niftiFile({ dims: [16, 12, 6], values: body.map((hu) => hu - 1024) }))),
    );
    expect([error.code, error.exitCode]).toEqual(["DATA_NOT_HU", 65]);
    expect(error.details).toMatchObject({
      cause: "rescaled-twice",
      addHu: 1024,
      inspection: {
        format: "nifti",
        sourceOrientation: "RAS",
        sourceShapeXYZ: [16, 12, 6],
        shapeDHW: [6, 12, 16],
        spacingMmDHW: [2, 2, 2],
        hu: { verdict: "refused", reasons: [expect.stringContaining("applied twice")] },
        receipt: { steps: expect.any(Array) },
        warnings: [],
      },
    });
    expect(error.message.match(/\[DATA_NOT_HU\]/g)).toHaveLength(1);
  });

  it("carries size and orientation of a series that is refused for its geometry", async () => {
    const folder = join(root, "tilted");
    mkdirSync(folder);
    for (let z = 0; z < 4; z++)
      writeFileSync(
        join(folder, `${z}`),
        dicomFile({
          rows: 12,
          columns: 16,
          values: new Int16Array(192),
          position: [0, z, 3 * z],
          instance: z,
        }),
      );
    const error = await caught(() => inspectPath(folder));
    expect(error.code).toBe("DATA_SERIES_TILT");
    expect(error.details.inspection).toMatchObject({
      format: "dicom",
      sourceShapeXYZ: [16, 12, 4],
      sourceOrientation: "LPS",
    });
    expect(() => JSON.stringify(error.toDocument())).not.toThrow();
  });

  it("leaves the error of a path that is not there alone", async () => {
    expect((await caught(() => inspectPath(join(root, "none")))).details).not.toHaveProperty("inspection");
  });
});
