import type { ShapeTruth } from "../../../../../../ts/data/phantom/draw/shapes.ts";
import { drawShape, shapeClasses } from "../../../../../../ts/data/phantom/draw/shapes.ts";
import { structureId } from "../../../../../../ts/data/phantom/truth/structures.ts";

const truth = (facts: Partial<ShapeTruth>, seed = 3): ShapeTruth => ({
  seed,
  shape: "disc",
  shapeSide: "left",
  shapeBrightness: "bright",
  ...facts,
});

/**
 * Pixels of the shape: number, mean row and column from the middle, mean HU of shape and ground, filling of
 * its bounding box.
 */
function measure(facts: ShapeTruth): {
  count: number;
  row: number;
  column: number;
  hu: number;
  groundHu: number;
  filling: number;
  middle: boolean;
} {
  const image = drawShape(facts, [48, 48]);
  const inside = [...image.structureIds.keys()].filter(
    (at) => image.structureIds[at] === structureId(facts.shape),
  );
  const ground = [...image.structureIds.keys()].filter(
    (at) => image.structureIds[at] === structureId("soft"),
  );
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const rows = inside.map((at) => Math.floor(at / 48)),
    columns = inside.map((at) => at % 48);
  const box = (Math.max(...rows) - Math.min(...rows) + 1) * (Math.max(...columns) - Math.min(...columns) + 1);
  const centre = Math.round(mean(rows)) * 48 + Math.round(mean(columns));
  return {
    count: inside.length,
    row: mean(rows) - 23.5,
    column: mean(columns) - 23.5,
    hu: mean(inside.map((at) => image.voxels[at] as number)),
    groundHu: mean(ground.map((at) => image.voxels[at] as number)),
    filling: inside.length / box,
    middle: inside.includes(centre),
  };
}

describe("drawShape", () => {
  it("puts the shape on the patient's side: left is the image's right, front is up", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const at = Object.fromEntries(
        shapeClasses.shapeSide.map((shapeSide) => [shapeSide, measure(truth({ shapeSide }, seed))]),
      );
      expect(at.left?.column).toBeGreaterThan(6);
      expect(at.right?.column).toBeLessThan(-6);
      expect(at.front?.row).toBeLessThan(-6);
      expect(at.back?.row).toBeGreaterThan(6);
      for (const side of ["left", "right"]) expect(Math.abs(at[side]?.row ?? Number.NaN)).toBeLessThan(5);
      for (const side of ["front", "back"]) expect(Math.abs(at[side]?.column ?? Number.NaN)).toBeLessThan(5);
    }
  });

  it("draws bright shapes at least 130 HU above the ground and dark ones below it", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const bright = measure(truth({ shapeBrightness: "bright" }, seed)),
        dark = measure(truth({ shapeBrightness: "dark" }, seed));
      expect(bright.hu - bright.groundHu).toBeGreaterThan(130);
      expect(dark.hu - dark.groundHu).toBeLessThan(-130);
    }
  });

  it("fills the bounding box as each shape does and leaves the middle of a ring open", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const [disc, square, ring, cross] = shapeClasses.shape.map((shape) => measure(truth({ shape }, seed)));
      expect(square?.filling).toBe(1);
      expect(Math.abs((disc?.filling ?? 0) - Math.PI / 4)).toBeLessThan(0.12);
      expect(ring?.middle).toBe(false);
      expect([disc?.middle, square?.middle, cross?.middle]).toEqual([true, true, true]);
      expect(cross?.filling).toBeLessThan(0.7);
      expect(Math.min(...[disc, square, ring, cross].map((found) => found?.count ?? 0))).toBeGreaterThan(12);
    }
  });

  it("is a pure function of its truth", () => {
    expect(drawShape(truth({}), [48, 48])).toEqual(drawShape(truth({}), [48, 48]));
  });
});
