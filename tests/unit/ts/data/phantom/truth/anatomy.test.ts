import { chestPlateauMm, phantomBody } from "../../../../../../ts/data/phantom/truth/anatomy.ts";
import { factClasses, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { levelMm } from "../../../../../../ts/data/phantom/truth/order-findings.ts";
import { plateauLevels } from "../../../../../../ts/data/phantom/truth/order-placement.ts";

describe("phantomBody", () => {
  it("is a pure function of the truth", () => {
    expect(phantomBody(phantomTruth(4))).toEqual(phantomBody(phantomTruth(4)));
  });

  it("gives a lesion of 0.13 to 0.18 of the body's half width of 155 mm, up to the body's own scale", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const truth = phantomTruth(seed);
      const { solids, lesionMm } = phantomBody(truth);
      const lesion = solids.find((solid) => solid.structure === truth.lesionType);
      const body = solids.find((solid) => solid.structure === "fat");
      const ratio = (lesion?.radiiMm[0] ?? Number.NaN) / (body?.radiiMm[0] ?? Number.NaN);
      expect(ratio).toBeGreaterThanOrEqual(0.13);
      expect(ratio).toBeLessThan(0.18);
      expect(lesion?.centreMm).toEqual(lesionMm);
    }
  });

  it("keeps organs and lesions below the chest and everything in the chest as columns over the whole plateau", () => {
    for (let seed = 0; seed < 100; seed += 1) {
      for (const solid of phantomBody({
        ...phantomTruth(seed, "axial"),
        granulomaHigher: "none",
        vesselOrNodules: "none",
      }).solids) {
        const below = solid.highMm <= chestPlateauMm.low;
        const above = solid.lowMm >= chestPlateauMm.high;
        const through =
          solid.shape === "column" &&
          solid.lowMm <= chestPlateauMm.low &&
          solid.highMm >= chestPlateauMm.high;
        expect([below, above, through].filter(Boolean)).toHaveLength(1);
      }
    }
  });

  it("keeps geometry that does not depend on a fact when the fact changes", () => {
    const truth = phantomTruth(6, "axial");
    const lungs = (facts: Partial<typeof truth>): unknown =>
      phantomBody({ ...truth, ...facts }).solids.filter(
        (solid) => solid.structure === "leftLung" || solid.structure === "spleen",
      );
    for (const phase of factClasses.phase) {
      const geometry = (found: unknown): unknown =>
        JSON.parse(JSON.stringify(found), (key, value: unknown) => (key === "hu" ? undefined : value));
      expect(geometry(lungs({ phase, missingOrgan: "none" }))).toEqual(
        geometry(lungs({ missingOrgan: "none" })),
      );
    }
    expect(lungs({ granulomaHigher: "left" })).toEqual(lungs({ granulomaHigher: "right" }));
  });

  it("has room in the chest for the levels of the findings of order", () => {
    expect(chestPlateauMm.high - chestPlateauMm.low).toBe(plateauLevels * levelMm);
  });
});
