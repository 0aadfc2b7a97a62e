import { join } from "node:path";
import type { Affine } from "../../../../../../ts/data/volume/geometry.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readVolume } from "../../../../../../ts/data/volume/read.ts";
import { checkedGrid } from "../../../../../../ts/data/volume/resample/sheared.ts";
import { caught } from "../../../../../support/caught.ts";
import { seriesFiles, seriesSpecs, writeFolder } from "../../../../../support/ct-series.ts";
import type { StoredBody } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { volumeExamples } from "../../../../../support/volume-examples.ts";

const root = temporaryFolder();
const policy = { tilt: "resample" } as const;
const leaning = (lean: number, up = 2): Affine => ({
  columns: [
    [-1.5, 0, 0],
    [0, -1, 0],
    [0, lean * up, up],
  ],
  origin: [12, 10, 100],
});

describe("checkedGrid", () => {
  it("leaves a grid of right angles, with and without a policy", () => {
    for (const options of [{}, { policy }])
      expect(checkedGrid(leaning(0), [24, 20, 10], options, new ReadLog())).toBeUndefined();
  });

  it("plans right angles for slices that step sideways, up or down", () => {
    for (const up of [2, -2]) {
      const plan = checkedGrid(leaning(0.5, up), [24, 20, 10], { policy }, new ReadLog());
      expect(plan?.affine.columns.map((column) => column.map((v) => v + 0))).toEqual([
        [-1.5, 0, 0],
        [0, -1, 0],
        [0, 0, up],
      ]);
      // Nine steps of a millimetre sideways are nine rows of one.
      expect(plan?.shapeXYZ).toEqual([24, 29, 10]);
      expect(plan?.facts.tilt?.degrees).toBeCloseTo((Math.atan(0.5) * 180) / Math.PI, 9);
    }
  });

  it("refuses without a policy, and hints at it where it would help", async () => {
    const refused = async (affine: Affine, options = {}): Promise<readonly [string, string]> => {
      const error = await caught(() => checkedGrid(affine, [24, 20, 10], options, new ReadLog()));
      return [error.code, error.hint];
    };
    expect(await refused(leaning(0.5))).toEqual([
      "DATA_GEOMETRY",
      expect.stringContaining("--policy tilt=resample"),
    ]);
    const inPlane: Affine = {
      ...leaning(0),
      columns: [
        [-1.5, 0.4, 0],
        [0, -1, 0],
        [0, 0, 2],
      ],
    };
    for (const affine of [inPlane, leaning(1.2)])
      expect(await refused(affine, { policy })).toEqual([
        "DATA_GEOMETRY",
        expect.not.stringContaining("policy"),
      ]);
    const small = await caught(() =>
      checkedGrid(leaning(0.5), [24, 20, 10], { policy, maxBytes: 24 * 29 * 20 - 1 }, new ReadLog()),
    );
    expect(small.code).toBe("DATA_UNSUPPORTED");
  });
});

describe("a tilted series in one file", () => {
  const lean = 0.4;
  const specs = seriesSpecs(10, (z) => ({ position: [-12, -10 + lean * 2 * z, 100 + 2 * z] }));
  const stored: StoredBody = {
    dims: [24, 20, 10],
    values: specs.flatMap(({ values }) => [...Array.from(values ?? [])]),
    affine: [
      [-1.5, 0, 0, 12],
      [0, -1, -lean * 2, 10],
      [0, 0, 2, 100],
    ],
    dtype: "int16",
    littleEndian: true,
    text: "CANARY",
  };

  it("is resampled as the series itself is, in every format that can say it", async () => {
    const series = await readVolume(writeFolder(join(root, "series"), seriesFiles(specs)), { policy });
    expect(series.shapeDHW).toEqual([10, 28, 24]);
    for (const name of ["nifti", "mha", "nrrd gzip", "npy"]) {
      const { path, options = {} } = volumeExamples[name]?.write(join(root, name), stored) ?? { path: "" };
      const volume = await readVolume(path, { ...options, policy });
      expect([name, volume.affineRas, volume.shapeDHW]).toEqual([name, series.affineRas, series.shapeDHW]);
      expect([name, Buffer.from(volume.voxels.buffer).equals(Buffer.from(series.voxels.buffer))]).toEqual([
        name,
        true,
      ]);
      expect(volume.warnings.map(({ code }) => code)).toContain("TILT_RESAMPLED");
      expect(volume.receipt.steps.find(({ step }) => step === "resample")).toMatchObject({ spacing: null });
      expect((await caught(() => readVolume(path, options))).code).toBe("DATA_GEOMETRY");
    }
  });
});
