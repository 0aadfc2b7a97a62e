import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readNpy } from "../../../../../../ts/data/volume/numpy/read.ts";
import type { AffineRas } from "../../../../../../ts/schema/volume.ts";
import { caught } from "../../../../../support/caught.ts";
import { npyFile } from "../../../../../support/npy-file.ts";
import { bodyRas, storedBody } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { putFile } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();
const affineRas: AffineRas = [
  [2, 0, 0, -50],
  [0, 3, 0, -100],
  [0, 0, 4, -150],
  [0, 0, 0, 1],
];

describe("readNpy", () => {
  it("places slices, rows and columns where the caller says, in C and in Fortran order", async () => {
    const c = putFile(root, "c.npy", npyFile(storedBody(), { leading: 1 }));
    const log = new ReadLog();
    const source = await readNpy(c, { affineRas }, log);
    expect([...source.voxels]).toEqual([...bodyRas]);
    expect(source).toMatchObject({ shapeXYZ: [14, 12, 10], stackAxisXYZ: 2 });
    expect(source.affine).toEqual({
      columns: [
        [2, 0, 0],
        [0, 3, 0],
        [0, 0, 4],
      ],
      origin: [-50, -100, -150],
    });
    expect(log.steps.map(({ step }) => step)).toEqual(["affine", "read", "rescale"]);
    const fortran = putFile(root, "f.npy", npyFile(storedBody(), { fortran: true }));
    const other = await readNpy(fortran, { affineRas }, new ReadLog());
    expect(other).toMatchObject({ shapeXYZ: [14, 12, 10], stackAxisXYZ: 0 });
    expect(other.affine.columns[0]).toEqual([0, 0, 4]);
  });

  it("is refused without a place, which no header states, after its header was judged", async () => {
    const log = new ReadLog();
    const error = await caught(() => readNpy(putFile(root, "x.npy", npyFile(storedBody())), {}, log));
    expect([error.code, error.message]).toEqual([
      "DATA_GEOMETRY",
      expect.stringMatching(/numpy file.*no voxel size and no orientation.*10 x 12 x 14/),
    ]);
    expect(log.facts.sourceShapeXYZ).toEqual([14, 12, 10]);
    const pickle = npyFile(storedBody(), { dict: "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}" });
    const objects = await caught(() => readNpy(putFile(root, "o.npy", pickle), {}, new ReadLog()));
    expect(objects.message).toContain("pickle");
  });

  it("refuses an affine that is none", async () => {
    const path = putFile(root, "y.npy", npyFile(storedBody()));
    for (const wrong of [
      affineRas.with(3, [0, 0, 1, 1]),
      affineRas.with(0, [Number.NaN, 0, 0, 0]),
    ] as unknown as readonly AffineRas[])
      expect((await caught(() => readNpy(path, { affineRas: wrong }, new ReadLog()))).code).toBe(
        "CONFIG_INVALID",
      );
  });
});
