import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { factClasses, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { levelMm, orderSolids } from "../../../../../../ts/data/phantom/truth/order-findings.ts";
import type { Solid } from "../../../../../../ts/data/phantom/truth/solids.ts";

const placement = { x: 3, y: -2, scale: 1 };
const solidsOf = (seed: number, facts: Partial<ReturnType<typeof phantomTruth>>): readonly Solid[] =>
  orderSolids({ ...phantomTruth(seed, "axial"), ...facts }, placement, createRandom(seed, "geometry"));

describe("orderSolids", () => {
  it("draws every finding in whole levels of the plateau", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      for (const solid of solidsOf(seed, {})) {
        expect(solid.lowMm % levelMm).toBe(0);
        expect(solid.highMm % levelMm).toBe(0);
        expect(solid.lowMm).toBeGreaterThanOrEqual(0);
        expect(solid.highMm).toBeLessThanOrEqual(144);
      }
    }
  });

  it("draws the discs of a vessel and of nodules alike but for their levels", () => {
    const look = ({ lowMm: _low, highMm: _high, ...rest }: Solid): unknown => rest;
    const vessel = solidsOf(5, { granulomaHigher: "none", vesselOrNodules: "vessel" }).map(look);
    const nodules = solidsOf(5, { granulomaHigher: "none", vesselOrNodules: "nodules" }).map(look);
    expect(vessel).toHaveLength(1);
    expect(nodules).toEqual([vessel[0], vessel[0]]);
  });

  it("puts left granulomas at patient left and right ones at patient right, mirrored about the middle of the body", () => {
    const solids = solidsOf(9, { granulomaHigher: "same", vesselOrNodules: "none" });
    const left = solids.find((solid) => solid.structure === "leftGranuloma"),
      right = solids.find((solid) => solid.structure === "rightGranuloma");
    expect(left?.centreMm[0]).toBeLessThan(0);
    expect(right?.centreMm[0]).toBeGreaterThan(0);
    expect(left?.radiiMm).toEqual(right?.radiiMm);
  });

  it("draws nothing for facts of none or null", () => {
    expect(solidsOf(1, { granulomaHigher: "none", vesselOrNodules: "none" })).toEqual([]);
    expect(solidsOf(1, { granulomaHigher: null, vesselOrNodules: null })).toEqual([]);
    for (const vesselOrNodules of factClasses.vesselOrNodules) {
      expect(solidsOf(2, { granulomaHigher: "none", vesselOrNodules }).length).toBe(
        { vessel: 1, nodules: 2, cavity: 2, none: 0 }[vesselOrNodules],
      );
    }
  });
});
