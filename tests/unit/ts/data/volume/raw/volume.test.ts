import { createHash } from "node:crypto";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import type { VoxelFile } from "../../../../../../ts/data/volume/raw/payload.ts";
import { type RawVolume, readRawVolume } from "../../../../../../ts/data/volume/raw/volume.ts";
import { caught } from "../../../../../support/caught.ts";
import { numberBytes } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const values = Array.from({ length: 24 }, (_, at) => at * 50 - 600);
const bytes = numberBytes(values, "int16", false);
const path = putFile(temporaryFolder(), "scan.raw", bytes);
const files: readonly VoxelFile[] = [{ path, where: "it", named: true, from: 0 }];
const raw: RawVolume = {
  container: "test",
  shapeXYZ: [4, 3, 2],
  type: "int16",
  littleEndian: false,
  affine: {
    columns: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    origin: [0, 0, 0],
  },
  stackAxisXYZ: 2,
  storage: {},
};

describe("readRawVolume", () => {
  it("gives the numbers, the evidence for the gate and the digest of header and voxels", async () => {
    const log = new ReadLog();
    const detachedHeader = Buffer.from("header");
    const source = await readRawVolume({ ...raw, detachedHeader }, async () => files, {}, log);
    expect([...source.voxels]).toEqual(values);
    expect(source).toMatchObject({ exact: true, scaled: false, calibrated: false, storedDtype: "int16" });
    expect(source.sourceDigest).toBe(createHash("sha256").update("header").update(bytes).digest("hex"));
    expect(log.steps.map(({ step }) => step)).toEqual(["read", "rescale"]);
    expect(log.facts.sourceShapeXYZ).toEqual([4, 3, 2]);
  });

  it("asks for no file before size and geometry are good", async () => {
    const never = async (): Promise<readonly VoxelFile[]> => {
      throw new Error("asked for files");
    };
    const size = await caught(() => readRawVolume(raw, never, { maxBytes: 47 }, new ReadLog()));
    expect(size.code).toBe("DATA_UNSUPPORTED");
    const flat = {
      ...raw.affine,
      columns: [raw.affine.columns[0], raw.affine.columns[0], [0, 0, 1]] as const,
    };
    const shear = await caught(() => readRawVolume({ ...raw, affine: flat }, never, {}, new ReadLog()));
    expect(shear.code).toBe("DATA_GEOMETRY");
  });
});
