import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { floorSpike, signature } from "../../../../../../ts/data/volume/hu/signature.ts";
import { bodyVoxels, seeded } from "../../../../../support/body-voxels.ts";

const body = bodyVoxels(48, 40, 12);
const of = (voxels: Int16Array, add = 0) => signature(huHistogram(voxels), add);

describe("signature", () => {
  it("finds air, lung and soft tissue of a body where they were put", () => {
    const found = of(body);
    const share = (low: number, high: number) =>
      body.filter((hu) => hu >= low && hu < high).length / body.length;
    expect(Math.abs(found.airHu + 1000)).toBeLessThanOrEqual(10);
    expect(found.airShare).toBeCloseTo(share(-1060, -940), 2);
    expect(found.lungShare).toBeGreaterThan(0.05);
    expect(found.tissueHu).toBeGreaterThan(30);
    expect(found.tissueHu).toBeLessThan(60);
    expect(found.bodyShare).toBeCloseTo(share(-400, 3000), 12);
    expect(found.tissueFits).toBe(true);
  });

  it.each([1024, 1000, -1024, 7168])("sees the same body behind a shift of %d", (shift) => {
    expect(
      of(
        body.map((hu) => hu - shift),
        shift,
      ),
    ).toEqual(of(body));
  });

  it("does not take air that was clipped for tissue", () => {
    const clipped = body.map((hu) => Math.max(-200, hu));
    const found = of(clipped);
    expect(floorSpike(huHistogram(clipped))).toBeGreaterThan(0.4);
    expect(found.airShare).toBe(0);
    expect(found.tissueHu).toBeGreaterThan(-130);
  });

  it("has no tissue peak where values spread evenly, or lie too high", () => {
    const even = Int16Array.from({ length: 20_000 }, (_, i) => -400 + (i % 1900));
    const high = Int16Array.from({ length: 20_000 }, (_, i) => 600 + (i % 60));
    expect([of(even).tissueFits, of(high).tissueFits]).toEqual([false, false]);
  });

  it("has no body, and no share of one, in air alone", () => {
    const { bodyShare, tissueShare, tissueFits } = of(new Int16Array(500).fill(-1000));
    expect([bodyShare, tissueShare, tissueFits]).toEqual([0, 0, false]);
  });
});

describe("floorSpike", () => {
  it("is a pile at the lowest value of more than a tenth of the voxels", () => {
    const random = seeded(2);
    const piled = (share: number) =>
      huHistogram(
        Int16Array.from({ length: 10_000 }, (_, i) => (i < share * 10_000 ? -1024 : 400 * random())),
      );
    expect(floorSpike(piled(0.1))).toBeUndefined();
    expect(floorSpike(piled(0.11))).toBeCloseTo(0.11, 12);
  });

  it("is not made by noise", () => {
    expect(floorSpike(huHistogram(body))).toBeUndefined();
  });
});
