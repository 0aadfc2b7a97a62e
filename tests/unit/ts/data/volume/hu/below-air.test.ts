import { refuseBelowAir, refuseSpreadBelowAir } from "../../../../../../ts/data/volume/hu/below-air.ts";
import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { signature } from "../../../../../../ts/data/volume/hu/signature.ts";
import { bodyVoxels, seeded } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const body = bodyVoxels(48, 40, 12);
const random = seeded(4);
const judgeBy = (rule: typeof refuseBelowAir) => (voxels: Int16Array) => {
  const histogram = huHistogram(voxels);
  rule(histogram, signature(histogram, 0));
};
const withoutTissue = judgeBy(refuseBelowAir);
const withTissue = judgeBy(refuseSpreadBelowAir);
/** The body with a share of its voxels somewhere in a range. */
const mixed = (share: number, low: number, high: number, from = body): Int16Array =>
  from.map((hu) => (random() < share ? low + Math.floor((high - low) * random()) : hu));

describe("refuseBelowAir", () => {
  const air = new Int16Array(9000).map(() => -1000 + Math.floor(40 * random()));

  it("refuses values that only padding may have, in a picture without tissue", async () => {
    const error = await caught(() => withoutTissue(mixed(0.5, -9000, -7000, air)));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "values-below-air"]);
    expect(error.message).toMatch(/\d\d\.\d % of the voxels lie below -1400/);
    expect(error.hint).toMatch(/^An intercept was applied/);
  });

  it("refuses padding alone, with no air beside it", async () => {
    const error = await caught(() =>
      withoutTissue(new Int16Array(900).fill(-2000).map((hu, i) => hu - (i % 2))),
    );
    expect(error.details.cause).toBe("values-below-air");
  });

  it.each([
    ["padding of one value beside air", mixed(0.5, -3024, -3023, air)],
    ["padding that lossy compression spread a little", mixed(0.5, -3030, -3010, air)],
    ["a few bad voxels", mixed(0.03, -9000, -7000, air)],
    ["anything, where soft tissue is in place", mixed(0.5, -9000, -7000)],
  ])("takes %s", (_, voxels) => {
    expect(() => withoutTissue(voxels)).not.toThrow();
  });
});

describe("refuseSpreadBelowAir", () => {
  const inside = body.map((hu) => (hu < -700 ? 40 : hu));

  it("refuses what spreads below air while little is air", async () => {
    const error = await caught(() => withTissue(mixed(0.4, -2200, -1800, inside)));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "values-below-air"]);
    expect(error.message).toContain("are spread below -1400, where padding would be one value");
  });

  it.each([
    ["padding of one value", mixed(0.4, -2000, -1999, inside)],
    ["a spread beside as much air", mixed(0.2, -2200, -1800)],
    ["a few bad voxels", mixed(0.03, -2200, -1800, inside)],
    ["the body", body],
  ])("takes %s", (_, voxels) => {
    expect(() => withTissue(voxels)).not.toThrow();
  });
});
