import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { refuseLabels } from "../../../../../../ts/data/volume/hu/labels.ts";
import { bodyVoxels, seeded } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const judge = (voxels: Int16Array | Float32Array): void => refuseLabels(voxels, huHistogram(voxels));
/** Patches of `width` voxels of one class each. */
const patches = (width: number, classes: number, step = 1): Int16Array =>
  Int16Array.from({ length: 20_000 }, (_, i) => 1 + step * (Math.floor(i / width) % classes));

describe("refuseLabels", () => {
  it.each([
    [4, 95, 1],
    [8, 24, 1],
    [30, 117, 1],
    [12, 60, 10],
  ])("refuses patches of %d voxels of %d classes, %d apart", async (width, classes, step) => {
    const error = await caught(() => judge(patches(width, classes, step)));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "labels"]);
    expect(error.message).toMatch(/ % of neighbours are equal and there are \d+ distinct values at most/);
    expect(error.hint).toContain("label map");
  });

  it("lets a body, a quiet organ, one in steps of 16 HU, and a window clipped at both ends pass", () => {
    const random = seeded(3);
    const gauss = (sigma: number): number => (random() + random() + random() - 1.5) * 2 * sigma;
    const body = bodyVoxels(40, 32, 10);
    expect(() => judge(body)).not.toThrow();
    expect(() => judge(body.map((hu) => Math.max(-160, Math.min(240, hu))))).not.toThrow();
    expect(() => judge(Int16Array.from({ length: 20_000 }, () => 62 + gauss(2)))).not.toThrow();
    expect(() =>
      judge(Int16Array.from({ length: 20_000 }, () => 16 * Math.round((55 + gauss(12)) / 16))),
    ).not.toThrow();
  });

  it("does not judge a few voxels", () => {
    expect(() => judge(patches(4, 20).subarray(0, 500))).not.toThrow();
  });
});
