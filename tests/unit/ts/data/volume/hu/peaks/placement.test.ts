import fc from "fast-check";
import { huHistogram } from "../../../../../../../ts/data/volume/hu/histogram.ts";
import { placement } from "../../../../../../../ts/data/volume/hu/peaks/placement.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";

const body = bodyVoxels(48, 40, 12);
const of = (scale: number, add = 0, voxels = body) =>
  placement(huHistogram(voxels.map((hu) => Math.round(scale * hu + add))));

describe("placement", () => {
  it("finds every body in place, whatever its seed and noise", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 4, max: 30 }), (seed, noise) => {
        const placed = placement(huHistogram(bodyVoxels(32, 28, 8, seed, noise)));
        expect([placed.kind, placed.reasons]).toEqual(["in-place", []]);
      }),
      { numRuns: 12, seed: 5 },
    );
  });

  it("tells an offset from 60 HU on, with what to add, to 10 HU", () => {
    for (const add of [60, -60, 90, -150, 300, -500]) {
      const { kind, inverse, reasons, isCertain } = of(1, add);
      expect(kind).toBe("offset");
      expect(inverse?.factor).toBe(1);
      expect(Math.abs((inverse?.addHu ?? 0) + add)).toBeLessThanOrEqual(10);
      expect(reasons.join("; ")).toContain(`HU too ${add > 0 ? "high" : "low"}`);
      // Between -960 and -600 the lowest peak may be lung.
      expect(isCertain).toBe(add === -500 || add === -150 ? Math.abs(add) > 190 : false);
    }
  });

  it("tells a scale from a tenth on, with the factor, to 3 %", () => {
    for (const scale of [0.9, 1.1, 0.8, 1.25, 0.5, 2, 3]) {
      const { kind, inverse, isCertain, reasons } = of(scale);
      expect([scale, kind]).toEqual([scale, "scaled"]);
      expect(Math.abs((inverse?.factor ?? 0) * scale - 1)).toBeLessThan(0.03);
      expect(Math.abs(inverse?.addHu ?? 99)).toBeLessThan(1);
      expect(isCertain).toBe(scale >= 1.4 || scale < 0.6);
      expect(reasons.join("; ")).toContain("on a scale of");
    }
  });

  it("tells a scale of the stored numbers, before their intercept", () => {
    for (const scale of [0.9, 1.1, 2]) {
      const { kind, inverse } = of(scale, 1024 * (scale - 1));
      expect(kind).toBe("scaled");
      const [air, soft] = [-1000, 50].map(
        (hu) => (scale * (hu + 1024) - 1024) * (inverse?.factor ?? 0) + (inverse?.addHu ?? 0),
      );
      expect(Math.abs((air ?? 0) + 1000)).toBeLessThan(30);
      expect(Math.abs((soft ?? 0) - 50)).toBeLessThan(40);
    }
  });

  it("tells a sign that is turned round", () => {
    expect(of(-1)).toMatchObject({ kind: "sign", isCertain: true, inverse: { factor: -1, addHu: 0 } });
  });

  it("says of lung and of a crop without air that an offset or a scale cannot be told", () => {
    const lung = placement(huHistogram(body.map((hu) => (hu < -950 ? -850 : hu))));
    const inside = placement(huHistogram(body.filter((hu) => hu > -300)));
    for (const { reasons, isCertain } of [lung, inside]) {
      expect(reasons.join("; ")).toContain("an offset or another scale of the values cannot be told");
      expect(isCertain).toBe(false);
    }
    expect(inside.kind).toBe("unproven");
  });

  it("proves a crop without air by fat and soft tissue where all its numbers are whole, and asks of the slices without lung", () => {
    const asked: boolean[] = [];
    const answer = (isWhole: boolean) => (slices: boolean) => {
      asked.push(slices);
      return isWhole;
    };
    const inside = huHistogram(body.filter((hu) => hu > -300));
    const chest = huHistogram(body.map((hu) => (hu < -950 ? hu + 150 : hu)));
    expect(placement(inside, answer(true))).toMatchObject({ kind: "within", reasons: [], isCertain: false });
    expect(placement(inside, answer(false)).kind).toBe("unproven");
    expect(placement(chest, answer(true)).kind).toBe("within");
    expect(asked).toEqual([true, true, false]);
  });

  it("doubts lung that an offset put where air belongs, by fat where nothing of a body is", () => {
    // Vessels full of contrast medium stand beside muscle, as soft tissue beside fat does.
    const chest = body.map((hu, at) =>
      hu < -950 ? hu + 150 : hu > 0 && hu < 110 && at % 2 === 0 ? hu + 125 : hu,
    );
    const { kind, reasons, inverse, isCertain } = of(1, -150, chest);
    expect([kind, isCertain]).toEqual(["offset", false]);
    expect(reasons[0]).toMatch(/peak at -2\d\d\.?\d* HU, where nothing of a body is, may be fat/);
    expect(Math.abs((inverse?.addHu ?? 0) - 150)).toBeLessThan(20);
  });

  it("doubts peaks that prove little in numbers that were multiplied and rounded", () => {
    const { kind, reasons, inverse } = placement(
      huHistogram(body.filter((hu) => hu > -300).map((hu) => Math.round(0.9 * hu))),
      () => true,
    );
    expect([kind, inverse]).toEqual(["scaled", undefined]);
    expect(reasons.join("; ")).toContain("left out or used twice in a regular rhythm");
  });

  it("tells of an offset beside a scale where the lowest peak may be no air, and tells no lone fat from soft tissue", () => {
    const blanket = body.map((hu) => (hu < -950 ? hu + 58 : hu));
    expect(of(1, -65, blanket).reasons.join("; ")).toMatch(/on a scale of 0\.9\d.*lie (?:6|7)\d HU too low/);
    const fatAlone = body.filter((hu) => hu < -950 || (hu > -200 && hu < 0));
    expect(of(1.1, 0, fatAlone).reasons.join("; ")).toContain("on a scale of 1.");
    expect(of(1, 0, fatAlone).reasons.join("; ")).toContain("there is fat alone");
  });

  it("sees fat and soft tissue move together where there is no air", () => {
    const crop = body.filter((hu) => hu > -300);
    for (const add of [80, -80]) {
      const { kind, inverse, isCertain } = of(1, add, crop);
      expect([kind, isCertain]).toEqual(["offset", false]);
      expect(Math.abs((inverse?.addHu ?? 0) + add)).toBeLessThan(15);
    }
  });
});
