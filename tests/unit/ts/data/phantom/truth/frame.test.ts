import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import {
  type BodyFrame,
  column,
  ellipsoid,
  enhancementHu,
} from "../../../../../../ts/data/phantom/truth/frame.ts";

const frame = (x: number, y: number, scale: number): BodyFrame => ({
  x,
  y,
  scale,
  random: createRandom(1, "geometry"),
  truth: phantomTruth(1),
});

describe("a solid of a body", () => {
  it("moves and grows with its body in the plane, and not along z", () => {
    const ball = ellipsoid(frame(5, -3, 1.1), [10, 20, -60], [30, 40, 50], { hu: 60, structure: "liver" });
    expect(ball.centreMm).toEqual([16, -3 + 20 * 1.1, -60]);
    expect(ball.radiiMm).toEqual([33, 44, 50]);
    const bar = column(frame(5, -3, 1.1), [10, 20], [30, 40], { hu: 60, structure: "bone" });
    expect(bar.centreMm).toEqual([16, -3 + 20 * 1.1, 0]);
    expect(bar.radiiMm).toEqual([33, 44, 1]);
  });

  it("has no end and covers everything, unless it is told otherwise", () => {
    const free = column(frame(0, 0, 1), [0, 0], [1, 1], { hu: 0, structure: "soft" });
    expect(free.lowMm).toBeLessThan(-500);
    expect(free.highMm).toBeGreaterThan(500);
    expect(free.over & 1).toBe(1);
    const bound = { hu: 0, structure: "soft", lowMm: 0, highMm: 144, over: 2 } as const;
    expect(column(frame(0, 0, 1), [0, 0], [1, 1], bound)).toMatchObject({ shape: "column", ...bound });
    expect(ellipsoid(frame(0, 0, 1), [0, 0, 0], [1, 1, 1], bound)).toMatchObject({
      shape: "ellipsoid",
      ...bound,
    });
  });
});

describe("contrast medium", () => {
  it("is told apart by phase: first in vessels, then in the organs, last in the kidneys' pelvis", () => {
    const { arterial, "portal venous": portal, delayed, "non-contrast": none } = enhancementHu;
    expect(arterial.vessel).toBeGreaterThan(portal.vessel);
    expect(portal.vessel).toBeGreaterThan(delayed.vessel);
    expect(portal.liver).toBeGreaterThan(Math.max(arterial.liver, delayed.liver, none.liver));
    expect(delayed.pelvis).toBeGreaterThan(Math.max(arterial.pelvis, portal.pelvis, none.pelvis) + 300);
    for (const organ of ["vessel", "cortex", "liver", "spleen"] as const)
      expect(none[organ]).toBeLessThan(Math.min(arterial[organ], portal[organ], delayed[organ]));
  });
});
