import { checkpointBase } from "../../../../../ts/config/bases/checkpoint.ts";

describe("a checkpoint folder", () => {
  const base = checkpointBase({ kind: "checkpoint", path: "weights/phi" });

  it("is named as what this version does not load", () => {
    expect(base.problems).toEqual([
      {
        path: "model.base.path",
        message: expect.stringContaining('"weights/phi": this version trains a tiny'),
      },
    ]);
    expect(base.architecture).toBeUndefined();
  });

  it("has the family's components, none of the pre-training's heads, and no phases of its own", () => {
    expect(base.components).toEqual(["lowerVision", "upperVision", "projector", "language"]);
    expect(base.pretrain).toEqual([]);
  });

  it("has pixels normalised as the family's are", () => {
    expect([base.pixels.mean.length, base.pixels.std.length]).toEqual([3, 3]);
    expect(base.pixels.std.every((value) => value > 0)).toBe(true);
  });
});
