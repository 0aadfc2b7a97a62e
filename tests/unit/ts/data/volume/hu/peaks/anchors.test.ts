import { huHistogram } from "../../../../../../../ts/data/volume/hu/histogram.ts";
import {
  type Anchors,
  anchorsWithAir,
  anchorsWithin,
} from "../../../../../../../ts/data/volume/hu/peaks/anchors.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";

const body = bodyVoxels(48, 40, 12);
const near = (found: number | undefined, place: number, within: number): void => {
  expect(Math.abs((found ?? Number.NaN) - place)).toBeLessThanOrEqual(within);
};

const firstOf = (voxels: Int16Array): Partial<Anchors> => anchorsWithAir(huHistogram(voxels))[0] ?? {};

describe("anchorsWithAir", () => {
  it.each([
    [1, 0],
    [1, 300],
    [0.9, 0],
    [1.1, 0],
    [0.5, 0],
    [2, 1024],
  ])("finds air, fat and soft tissue of HU x %d + %d by their distances alone", (scale, add) => {
    const found = firstOf(body.map((hu) => Math.round(scale * hu + add)));
    near(found.air, -1000 * scale + add, 12 * scale);
    near(found.fat, -100 * scale + add, 12 * scale);
    near(found.soft, 48 * scale + add, 16 * scale);
  });

  it("takes lung for neither fat nor soft tissue, and padding for no air", () => {
    const padded = firstOf(body.map((hu, at) => (at % 48 < 8 ? -2000 : hu)));
    near(padded.air, -1000, 12);
    near(padded.fat, -100, 12);
  });

  it("takes padding that lossy compression spread for no air beside air, and for air on a scale where there is none", () => {
    const spread = (hu: number, at: number): number => (at % 48 < 8 ? hu + ((at * 7) % 31) - 15 : hu);
    const padded = firstOf(body.map((hu, at) => spread(at % 48 < 8 ? -3024 : hu, at)));
    near(padded.air, -1000, 12);
    near(padded.soft, 48, 16);
    near(firstOf(body.map((hu) => 3 * hu)).air, -3000, 36);
  });

  it("takes a background filled in for air, where there is no other", () => {
    const filled = anchorsWithAir(huHistogram(body.map((hu) => (hu < -300 ? -1024 : hu)))).at(-1);
    near(filled?.air, -1024, 2);
    near(filled?.soft, 48, 16);
  });

  it("finds none in one tissue", () => {
    expect(firstOf(body.filter((hu) => hu > 0 && hu < 100)).soft).toBeUndefined();
  });
});

describe("anchorsWithin", () => {
  it("finds fat and soft tissue of a crop without air, and no pair in one tissue", () => {
    const found = anchorsWithin(huHistogram(body.filter((hu) => hu > -300)));
    expect(found.air).toBeUndefined();
    near(found.fat, -100, 12);
    near(found.soft, 48, 16);
    expect(anchorsWithin(huHistogram(body.filter((hu) => hu > 0 && hu < 100)))).toEqual({});
  });
});
