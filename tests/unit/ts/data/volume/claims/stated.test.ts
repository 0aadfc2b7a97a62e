import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { preprocessVolume } from "../../../../../../ts/data/prepare/preprocess.ts";
import { placedOptions, shownAffine } from "../../../../../../ts/data/volume/claims/stated.ts";
import { readVolume } from "../../../../../../ts/data/volume/read.ts";
import { caught } from "../../../../../support/caught.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { npyFile } from "../../../../../support/npy-file.ts";
import { bodyRas, shapeRas } from "../../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

let files = 0;
const folder = temporaryFolder();
const window = { low: -1000, high: 1000 } as const;

/** A picture of 2 slices, 3 rows and 4 columns whose shades count upwards from 0 to 1. */
const shades = Array.from({ length: 24 }, (_, at) => at / 23);

function picture(values: readonly number[] = shades, leading = 1): string {
  const path = join(folder, `p${++files}.npy`);
  writeFileSync(
    path,
    npyFile(
      { affine: [], text: "", dims: [4, 3, 2], dtype: "float32", littleEndian: true, values },
      { leading },
    ),
  );
  return path;
}

describe("a picture", () => {
  it("is laid over the window without asking the HU gate, and says so", async () => {
    const volume = await readVolume(picture(), { picture: window });
    expect(volume.hu.verdict).toBe("suspect");
    expect(volume.hu.reasons).toEqual([
      "a picture, no HU: shades of 0..1 are laid over -1000..1000, and the HU gate was not asked",
    ]);
    expect([volume.hu.min, volume.hu.max]).toEqual([-1000, 1000]);
    const step = volume.receipt.steps.find((one) => one.step === "picture");
    expect(step).toEqual({ step: "picture", shades: [0, 1], low: -1000, high: 1000, huGate: "not asked" });
    expect(volume.receipt.steps.some((one) => one.step === "hu-gate")).toBe(false);
  });

  it("reaches the model as it is shown: no slice, row or column turned round", async () => {
    const volume = await readVolume(picture(), { picture: window });
    const input = preprocessVolume(volume, {
      sizeDHW: [2, 3, 4],
      windowHu: window,
      stack: "acquired",
      intensity: "picture",
    });
    // Half a unit: voxels are rounded to whole HU. float32 holds a shade to 6e-8, times 2000.
    shades.forEach((shade, at) => {
      expect(Math.abs((input.voxels[at] ?? 0) - (-1000 + 2000 * shade))).toBeLessThanOrEqual(0.501);
    });
  });

  it("is refused where a voxel is no shade of 0..1, and where nobody declared one", async () => {
    const wide = shades.map((shade) => shade * 255);
    const refused = await caught(() => readVolume(picture(wide), { picture: window }));
    expect(refused.code).toBe("DATA_NOT_CT");
    expect(refused.message).toContain("the voxels run from 0 to 255, and a picture of 0..1 is declared");
    expect((await caught(() => readVolume(picture()))).code).toBe("DATA_GEOMETRY");
    const gated = await caught(() => readVolume(picture(), { affineRas: shownAffine }));
    expect(gated.code).toBe("DATA_NOT_HU");
  });

  it("keeps the place that a format states", () => {
    expect(placedOptions({ picture: window }, true)).toEqual({ picture: window });
    expect(placedOptions({ picture: window }, false)).toEqual({ picture: window, affineRas: shownAffine });
    expect(placedOptions({}, false)).toEqual({});
  });
});

describe("a table beside a scan", () => {
  const affineRas = [
    [-0.5, 0, 0, 10],
    [0, -0.6, 0, 20],
    [0, 0, 2, -30],
    [0, 0, 0, 1],
  ] as const;
  const identity = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ];
  const stored = Array.from(bodyRas, (hu) => hu + 1024);
  const write = (spec: object = {}): string => {
    const path = join(folder, `t${++files}.nii`);
    const body = { sform: identity, dims: shapeRas, dtype: "int16", values: stored } as const;
    writeFileSync(path, niftiFile({ ...body, ...spec }));
    return path;
  };

  it("scales the stored values and places them, in place of the header", async () => {
    const volume = await readVolume(write(), {
      calibration: { slope: 1, intercept: -1024, affineRas },
      huGate: "record",
    });
    expect(volume.voxels.BYTES_PER_ELEMENT).toBe(2);
    expect(volume.receipt.sourceOrientation).toBe("LPS");
    expect(volume.spacingMmDHW).toEqual([2, 0.6, 0.5]);
    const [x, y, z] = shapeRas;
    // Stored x and y run to left and back: the last of both is the first in RAS.
    for (const [w, h, d] of [
      [0, 0, 0],
      [x - 1, 2, 3],
      [4, y - 1, z - 1],
    ] as const)
      expect(volume.voxels[(d * y + h) * x + w]).toBe(bodyRas[(d * y + (y - 1 - h)) * x + (x - 1 - w)]);
  });

  it("may state fractions, which float32 holds", async () => {
    const volume = await readVolume(write(), {
      calibration: { slope: 0.5, intercept: -512.25, affineRas },
      huGate: "record",
    });
    expect(volume.voxels.BYTES_PER_ELEMENT).toBe(4);
    const expected = [...stored].map((value) => value * 0.5 - 512.25);
    expect([volume.hu.min, volume.hu.max]).toEqual([Math.min(...expected), Math.max(...expected)]);
  });

  it("is refused for a scan that its own header scales: HU are not scaled twice", async () => {
    const scaled = write({ slope: 2, intercept: -10 });
    const error = await caught(() =>
      readVolume(scaled, { calibration: { slope: 1, intercept: -1024, affineRas } }),
    );
    expect([error.code, error.exitCode]).toEqual(["DATA_PIXEL_CALIBRATION", 65]);
    expect(error.message).toContain("its own header scales already");
  });

  it("is refused with an affine that no volume can have", async () => {
    const flat = [affineRas[0], affineRas[0], affineRas[2], affineRas[3]] as const;
    const error = await caught(() =>
      readVolume(write(), { calibration: { slope: 1, intercept: 0, affineRas: flat } }),
    );
    expect(error.code).toBe("DATA_GEOMETRY");
  });
});
