import { createHash } from "node:crypto";
import {
  type PreprocessConfig,
  preprocessDigest,
  preprocessSlices,
  preprocessVolume,
} from "../../../../../ts/data/prepare/preprocess.ts";
import { turnedShape, turnToModel } from "../../../../../ts/data/prepare/views.ts";
import type { TripleDHW, Volume } from "../../../../../ts/schema/volume.ts";
import { caught } from "../../../../support/caught.ts";

const shape: TripleDHW = [3, 4, 5];
/** Voxel value tells its place: 100 d + 10 h + w. */
const place = Int16Array.from(
  { length: 60 },
  (_, i) => 100 * Math.floor(i / 20) + 10 * (Math.floor(i / 5) % 4) + (i % 5),
);
const volume = (stackAxis: 0 | 1 | 2): Volume => ({
  voxels: place,
  shapeDHW: shape,
  spacingMmDHW: [3, 2, 1],
  affineRas: [
    [1, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 3, 0],
    [0, 0, 0, 1],
  ],
  stackAxis,
  hu: { verdict: "ok", min: 0, max: 234, reasons: [] },
  receipt: {
    format: "nifti",
    sourceDigest: "0".repeat(64),
    sourceOrientation: "RAS",
    sourceShapeXYZ: [5, 4, 3],
    steps: [{ step: "read" }],
  },
  warnings: [],
});
const windowHu = { low: -1000, high: 1000 };
const at = (d: number, h: number, w: number): number => 100 * d + 10 * h + w;

describe("preprocessVolume", () => {
  it("shows an axial stack with row 0 anterior and column 0 patient right, inferior slice first", () => {
    const input = preprocessVolume(volume(2), { sizeDHW: [3, 4, 5], windowHu, stack: "axial" });
    expect(input).toMatchObject({ rows: 1, shapeDHW: [3, 4, 5] });
    expect(input.voxels[0]).toBe(at(0, 3, 4));
    expect(input.voxels[4]).toBe(at(0, 3, 0));
    expect(input.voxels[15]).toBe(at(0, 0, 4));
    expect(input.voxels[40]).toBe(at(2, 3, 4));
  });

  it("shows a coronal stack with row 0 superior and column 0 patient right, posterior slice first", () => {
    const input = preprocessVolume(volume(1), { sizeDHW: [4, 3, 5], windowHu, stack: "acquired" });
    expect(input.voxels[0]).toBe(at(2, 0, 4));
    expect(input.voxels[4]).toBe(at(2, 0, 0));
    expect(input.voxels[10]).toBe(at(0, 0, 4));
    expect(input.voxels[15]).toBe(at(2, 1, 4));
  });

  it("shows a sagittal stack with row 0 superior and column 0 anterior, left slice first", () => {
    const input = preprocessVolume(volume(2), { sizeDHW: [5, 3, 4], windowHu, stack: "acquired" });
    expect(input.voxels[0]).toBe(at(2, 3, 0));
    expect(input.voxels[3]).toBe(at(2, 0, 0));
    expect(input.voxels[8]).toBe(at(0, 3, 0));
    expect(input.voxels[12]).toBe(at(2, 3, 1));
  });

  it.each([
    ["axial", 0, [3, 4, 5], "axial"],
    ["acquired", 1, [4, 3, 5], "coronal"],
    ["acquired", 2, [5, 3, 4], "sagittal"],
  ] as const)("moves every voxel and loses none: %s, stack axis %d", (stack, stackAxis, size, view) => {
    const input = preprocessVolume(volume(stackAxis), { sizeDHW: size, windowHu, stack });
    expect([...input.voxels].sort((a, b) => a - b)).toEqual([...place].sort((a, b) => a - b));
    expect(turnedShape(shape, stackAxis)).toEqual(size);
    expect([...turnToModel(place, shape, stackAxis)]).toEqual([...input.voxels]);
    expect(input.receipt.steps.at(-1)).toMatchObject({ step: "turn", stack, view });
  });

  it("appends its steps to the receipt of the volume and leaves the volume alone", () => {
    const before = volume(0);
    const input = preprocessVolume(before, {
      sizeDHW: [2, 2, 2],
      windowHu: { low: 0, high: 200 },
      stack: "axial",
    });
    expect(input.receipt.steps.map((step) => step.step)).toEqual(["read", "window", "resize", "turn"]);
    expect(input.receipt.steps[2]).toEqual({
      step: "resize",
      fromDHW: [3, 4, 5],
      toDHW: [2, 2, 2],
      rule: "area where shorter, linear where longer",
    });
    expect(before.receipt.steps).toHaveLength(1);
    expect(place[59]).toBe(234);
  });

  it("takes spacing and size in model axes: of a coronal stack the depth is that of its slices", () => {
    const coronal: Volume = {
      ...volume(1),
      spacingMmDHW: [1, 2, 4],
      affineRas: [
        [4, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    };
    const input = preprocessVolume(coronal, {
      sizeDHW: [9, 3, 20],
      windowHu,
      stack: "acquired",
      spacingMmDHW: [1, 1, 1],
      fit: "pad",
      sampling: "linear",
    });
    expect(input.receipt.steps.find(({ step }) => step === "space")).toMatchObject({
      fromDHW: [3, 4, 5],
      toDHW: [3, 7, 17],
    });
    expect(input.receipt.steps.find(({ step }) => step === "pad")).toMatchObject({
      fromDHW: [3, 7, 17],
      toDHW: [3, 9, 20],
    });
    expect([input.shapeDHW, input.voxels.length]).toEqual([[9, 3, 20], 540]);
  });

  it("clamps and resizes before it turns: the anterior right corner of the lowest slice averages its own neighbours", () => {
    const input = preprocessVolume(volume(0), {
      sizeDHW: [3, 2, 5],
      windowHu: { low: -1000, high: 30 },
      stack: "axial",
    });
    // Rows 2 and 3 from posterior: (20 + 4 -> 24, 30 + 4 -> clamped 30) / 2 = 27.
    expect(input.voxels[0]).toBe(27);
  });
});

describe("preprocessSlices", () => {
  it("makes each slice of the stack a row of its own, in stack order", () => {
    const rows = preprocessSlices(volume(1), { sizeDHW: [1, 3, 5], windowHu, stack: "acquired" });
    expect(rows).toMatchObject({ rows: 4, shapeDHW: [1, 3, 5] });
    const whole = preprocessVolume(volume(1), { sizeDHW: [4, 3, 5], windowHu, stack: "acquired" });
    expect([...rows.voxels]).toEqual([...whole.voxels]);
  });

  it("resizes in the plane alone", () => {
    const rows = preprocessSlices(volume(0), { sizeDHW: [1, 2, 5], windowHu, stack: "axial" });
    expect(rows.voxels).toHaveLength(3 * 10);
    expect(rows.voxels[0]).toBe((at(0, 3, 4) + at(0, 2, 4)) / 2);
    expect(rows.voxels[20]).toBe((at(2, 3, 4) + at(2, 2, 4)) / 2);
  });

  it.each<Partial<PreprocessConfig>>([{ spacingMmDHW: [1, 1, 1] }, { crop: "foreground" }, { fit: "pad" }])(
    "refuses %j, of which each slice would have its own",
    async (more) => {
      const config: PreprocessConfig = { sizeDHW: [1, 3, 5], windowHu, stack: "axial", ...more };
      const error = await caught(() => preprocessSlices(volume(0), config));
      expect([error.code, error.message]).toEqual([
        "CONFIG_INVALID",
        expect.stringContaining("no spacing, crop or fit"),
      ]);
    },
  );

  it("refuses a depth other than 1", async () => {
    expect(
      await caught(() => preprocessSlices(volume(0), { sizeDHW: [2, 3, 5], windowHu, stack: "axial" })),
    ).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("depth 1") });
  });
});

describe("preprocessDigest", () => {
  const config: PreprocessConfig = { sizeDHW: [16, 48, 48], windowHu, stack: "acquired" };
  const worker = { mean: [0.5], std: [0.25], windows: [{ low: -1000, high: 1000 }] };

  it("is the SHA-256 of the RFC 8785 JSON of both halves, written out by hand here", () => {
    const text =
      '{"graph":"tomoe.preprocess/1","typescript":{"sizeDHW":[16,48,48],"stack":"acquired","windowHu":{"high":1000,"low":-1000}},"worker":{"mean":[0.5],"std":[0.25],"windows":[{"high":1000,"low":-1000}]}}';
    expect(preprocessDigest(config, worker)).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("does not depend on the order of keys and changes with every setting of either half", () => {
    const same = preprocessDigest(
      { stack: "acquired", windowHu: { high: 1000, low: -1000 }, sizeDHW: [16, 48, 48] },
      { windows: worker.windows, std: worker.std, mean: worker.mean },
    );
    expect(same).toBe(preprocessDigest(config, worker));
    const others = [
      preprocessDigest({ ...config, stack: "axial" }, worker),
      preprocessDigest({ ...config, sizeDHW: [17, 48, 48] }, worker),
      preprocessDigest({ ...config, windowHu: { low: -999, high: 1000 } }, worker),
      preprocessDigest(config, { ...worker, std: [0.2] }),
      preprocessDigest({ ...config, spacingMmDHW: [1, 1, 1] }, worker),
      preprocessDigest({ ...config, crop: "foreground" }, worker),
      preprocessDigest({ ...config, fit: "pad" }, worker),
      preprocessDigest({ ...config, sampling: "linear" }, worker),
    ];
    expect(new Set([...others, same]).size).toBe(9);
  });

  it.each<[PreprocessConfig, string]>([
    [{ ...config, sizeDHW: [0, 48, 48] }, "0 x 48 x 48"],
    [{ ...config, sizeDHW: [1.5, 48, 48] }, "1.5 x 48 x 48"],
    [{ ...config, spacingMmDHW: [1, 0, 1] }, "1 x 0 x 1"],
    [{ ...config, windowHu: { low: 5, high: 5 } }, "5..5"],
    [{ ...config, windowHu: { low: Number.NaN, high: 5 } }, "NaN..5"],
    [{ ...config, windowHu: { low: -40000, high: 5 } }, "-40000..5"],
  ])("refuses %j", async (wrong, said) => {
    const error = await caught(() => preprocessDigest(wrong, null));
    expect([error.code, error.message]).toEqual(["CONFIG_INVALID", expect.stringContaining(said)]);
  });
});
