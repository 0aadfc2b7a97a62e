import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import {
  isTooDense,
  refuseMisplacedCrowd,
  refuseWithoutAir,
} from "../../../../../../ts/data/volume/hu/misplaced.ts";
import { bodyVoxels, seeded } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const body = bodyVoxels(48, 40, 12);
const random = seeded(6);
const inside = body.filter((hu) => hu > -300);
/** `share` of the voxels drawn from low..high, the others from the inside of the body. */
const mixed = (share: number, low: number, high: number): Int16Array =>
  inside.map((hu) => (random() < share ? low + Math.floor((high - low) * random()) : hu));

describe("refuseMisplacedCrowd", () => {
  it.each([-600, -450, -260])("refuses a crowd at %d, where nothing of a body is", async (hu) => {
    const error = await caught(() => refuseMisplacedCrowd(huHistogram(mixed(0.25, hu, hu + 40))));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "not-ct-like"]);
    expect(error.message).toMatch(
      /2\d\.\d % of the voxels crowd at -\d+, where neither air, lung nor fat is/,
    );
  });

  it("takes as much spread over the range, or less in one place", () => {
    for (const voxels of [mixed(0.5, -620, -200), mixed(0.15, -450, -410), body])
      expect(() => refuseMisplacedCrowd(huHistogram(voxels))).not.toThrow();
  });
});

describe("refuseWithoutAir", () => {
  it("refuses a pile at one value as the black of a picture, and names it", async () => {
    const error = await caught(() => refuseWithoutAir(huHistogram(mixed(0.3, 0, 1))));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "not-ct-like"]);
    expect(error.message).toMatch(/(29|30)\.\d % of the voxels are exactly 0 and none is air/);
  });

  it("refuses a smaller pile that nothing lies below", async () => {
    const voxels = mixed(0.15, -50, -49).map((hu) => Math.max(-50, hu));
    expect((await caught(() => refuseWithoutAir(huHistogram(voxels)))).message).toContain("are exactly -50");
  });

  it("takes a smaller pile that something lies below, as lossy slices have", () => {
    expect(() => refuseWithoutAir(huHistogram(mixed(0.14, 48, 49)))).not.toThrow();
  });

  it("refuses more dense voxels than bone can be", async () => {
    const error = await caught(() => refuseWithoutAir(huHistogram(mixed(0.4, 800, 2000))));
    expect(error.message).toMatch(/[34]\d\.\d % of the voxels lie above 700, more than bone can be/);
    expect(error.hint).toMatch(/another scale/);
  });
});

describe("isTooDense", () => {
  it("is from a quarter of the voxels on", () => {
    const dense = (count: number) =>
      huHistogram(Int16Array.from({ length: 400 }, (_, i) => (i < count ? 700 : 40)));
    expect([isTooDense(dense(100)), isTooDense(dense(101))]).toEqual([false, true]);
  });
});
