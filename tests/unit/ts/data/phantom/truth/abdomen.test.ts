import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { abdomenSolids, lesionSolids } from "../../../../../../ts/data/phantom/truth/abdomen.ts";
import { type PhantomTruth, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { type BodyFrame, enhancementHu } from "../../../../../../ts/data/phantom/truth/frame.ts";
import { maskOf } from "../../../../../../ts/data/phantom/truth/structures.ts";

const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const frameOf = (seed: number, change: Partial<PhantomTruth> = {}): BodyFrame => ({
  x: 0,
  y: 0,
  scale: 1,
  random: createRandom(seed, "geometry"),
  truth: { ...phantomTruth(seed), ...change },
});
const organs = (change: Partial<PhantomTruth>, seed = 1): Set<string> =>
  new Set(abdomenSolids(frameOf(seed, change)).map((solid) => solid.structure));

describe("abdomenSolids", () => {
  it("leaves out the missing organ alone", () => {
    const all = ["soft", "liver", "spleen", "leftKidney", "rightKidney"];
    const without = (structure: string) => new Set(all.filter((name) => name !== structure));
    expect(organs({ missingOrgan: "none" })).toEqual(new Set(all));
    expect(organs({ missingOrgan: "spleen" })).toEqual(without("spleen"));
    expect(organs({ missingOrgan: "left kidney" })).toEqual(without("leftKidney"));
    expect(organs({ missingOrgan: "right kidney" })).toEqual(without("rightKidney"));
  });

  it("draws the same body whatever is missing of it", () => {
    const liver = (missingOrgan: PhantomTruth["missingOrgan"]) =>
      abdomenSolids(frameOf(3, { missingOrgan })).find((solid) => solid.structure === "liver");
    expect(liver("spleen")).toEqual(liver("none"));
    expect(liver("left kidney")).toEqual(liver("none"));
  });

  it("stays below the chest", () => {
    for (const seed of seeds)
      for (const solid of abdomenSolids(frameOf(seed))) expect(solid.highMm).toBeLessThan(0);
  });

  it("enhances organs by the phase, up to 5 HU", () => {
    for (const seed of seeds) {
      const frame = frameOf(seed, { missingOrgan: "none" });
      const hu = enhancementHu[frame.truth.phase];
      const solids = abdomenSolids(frame);
      const found = (structure: string) =>
        solids.find((solid) => solid.structure === structure)?.hu ?? Number.NaN;
      expect(Math.abs(found("liver") - hu.liver)).toBeLessThanOrEqual(5);
      expect(Math.abs(found("spleen") - hu.spleen)).toBeLessThanOrEqual(5);
      expect(Math.abs(found("leftKidney") - hu.cortex)).toBeLessThanOrEqual(5);
    }
  });

  it("puts each kidney's pelvis inside its cortex, and paints it over that kidney alone", () => {
    for (const side of ["leftKidney", "rightKidney"] as const) {
      const [cortex, pelvis] = abdomenSolids(frameOf(5, { missingOrgan: "none" })).filter(
        (solid) => solid.structure === side,
      );
      expect(pelvis?.centreMm).toEqual(cortex?.centreMm);
      pelvis?.radiiMm.forEach((radius, axis) => {
        expect(radius).toBeLessThan(0.7 * (cortex?.radiiMm[axis] ?? 0));
      });
      expect(pelvis?.over).toBe(maskOf(side));
    }
  });
});

describe("lesionSolids", () => {
  it("is one ball of its type, or gas in a rim for an abscess", () => {
    const of = (lesionType: PhantomTruth["lesionType"]) => lesionSolids(frameOf(2, { lesionType }));
    expect(of("cyst").map((solid) => solid.structure)).toEqual(["cyst"]);
    const [rim, gas] = of("abscess");
    expect([rim.structure, gas?.structure]).toEqual(["abscess", "abscess"]);
    expect(rim.hu).toBe(70);
    expect(gas?.hu).toBeLessThan(-500);
    expect((gas?.radiiMm[0] ?? 0) / rim.radiiMm[0]).toBeCloseTo(0.7, 10);
    expect(gas?.over).toBe(maskOf("abscess"));
  });

  it("tells its types apart by HU, noise or not", () => {
    const hu = (lesionType: PhantomTruth["lesionType"]) =>
      seeds.map((seed) => lesionSolids(frameOf(seed, { lesionType })).at(-1)?.hu ?? Number.NaN);
    const [cyst, mass, calcification] = (["cyst", "mass", "calcification"] as const).map(hu);
    expect(Math.max(...(cyst ?? []))).toBeLessThan(0);
    expect(Math.min(...(mass ?? []))).toBeGreaterThan(200);
    expect(Math.max(...(mass ?? []))).toBeLessThan(300);
    expect(Math.min(...(calcification ?? []))).toBeGreaterThan(700);
  });

  it("lies on the side of its organ", () => {
    for (const seed of seeds) {
      expect(lesionSolids(frameOf(seed, { lesionOrgan: "liver" }))[0].centreMm[0]).toBeGreaterThan(0);
      expect(lesionSolids(frameOf(seed, { lesionOrgan: "spleen" }))[0].centreMm[0]).toBeLessThan(-60);
      expect(lesionSolids(frameOf(seed, { lesionOrgan: "left kidney" }))[0].centreMm[0]).toBeLessThan(0);
      expect(lesionSolids(frameOf(seed, { lesionOrgan: "right kidney" }))[0].centreMm[0]).toBeGreaterThan(0);
    }
  });
});
