import { drawFrame, stackGrid } from "../../../../../../ts/data/phantom/draw/planes.ts";
import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { phantomBody } from "../../../../../../ts/data/phantom/truth/anatomy.ts";
import { phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import type { Grid, Solid } from "../../../../../../ts/data/phantom/truth/solids.ts";
import { sampleSolids } from "../../../../../../ts/data/phantom/truth/solids.ts";
import { maskOf, structureId } from "../../../../../../ts/data/phantom/truth/structures.ts";

const everything = 0x7fffffff;
const unitGrid = (shapeDHW: readonly [number, number, number]): Grid => ({
  shapeDHW,
  originMm: [0, 0, 0],
  stepsMm: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
});
const ball = (rest: Partial<Solid> = {}): Solid => ({
  shape: "ellipsoid",
  centreMm: [5, 5, 5],
  radiiMm: [3, 3, 3],
  lowMm: -100,
  highMm: 100,
  hu: 40,
  structure: "soft",
  over: everything,
  ...rest,
});

/** The body at one point, by testing every solid there: no boxes, no index ranges. */
function bodyAt(solids: readonly Solid[], x: number, y: number, z: number): { hu: number; id: number } {
  let found = { hu: -1000, id: 0 };
  for (const solid of solids) {
    const [cx, cy, cz] = solid.centreMm;
    const [rx, ry, rz] = solid.radiiMm;
    const flat = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
    const inside =
      flat + (solid.shape === "ellipsoid" ? ((z - cz) / rz) ** 2 : 0) <= 1 &&
      z >= solid.lowMm &&
      z < solid.highMm;
    if (inside && solid.over & (1 << found.id)) found = { hu: solid.hu, id: structureId(solid.structure) };
  }
  return found;
}

describe("sampleSolids", () => {
  it("fills air with -1000 HU where there is no solid", () => {
    const body = sampleSolids([], unitGrid([2, 3, 4]));
    expect([...body.hu]).toEqual(new Array(24).fill(-1000));
    expect([...body.structureIds]).toEqual(new Array(24).fill(0));
  });

  it("fills a ball with its analytic volume, within 2 %", () => {
    const grid = unitGrid([44, 44, 44]);
    const body = sampleSolids([ball({ centreMm: [21.5, 21.5, 21.5], radiiMm: [20, 15, 10] })], grid);
    const filled = body.structureIds.filter((id) => id === structureId("soft")).length;
    const exact = (4 / 3) * Math.PI * 20 * 15 * 10;
    expect(Math.abs(filled - exact) / exact).toBeLessThan(0.02);
  });

  it("lets a later solid paint over an earlier one only where its mask allows", () => {
    const grid = unitGrid([11, 11, 11]);
    const at = (solids: readonly Solid[], w: number): number =>
      sampleSolids(solids, grid).hu[(5 * 11 + 5) * 11 + w] as number;
    const bone = ball({ structure: "bone", hu: 300, radiiMm: [1.5, 1.5, 1.5] });
    const onlyAir = ball({ structure: "lung" as never, hu: -850, over: maskOf("air") });
    expect(at([ball(), bone], 5)).toBe(300);
    expect(at([bone, ball()], 5)).toBe(40);
    expect(at([bone, { ...onlyAir, structure: "leftLung" }], 5)).toBe(300);
    expect(at([bone, { ...onlyAir, structure: "leftLung" }], 7)).toBe(-850);
  });

  it("cuts a solid to its heights, the lower one included and the upper one not", () => {
    const body = sampleSolids([ball({ shape: "column", lowMm: 3, highMm: 6 })], unitGrid([11, 11, 11]));
    const levels = Array.from({ length: 11 }, (_, k) => body.structureIds[(k * 11 + 5) * 11 + 5] as number);
    expect(levels).toEqual([0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0]);
  });

  it.each(["axial", "coronal", "sagittal", "oblique"] as const)(
    "agrees with a point-by-point evaluation on every voxel of an %s stack",
    (plane) => {
      for (const seed of [1, 2]) {
        const truth = phantomTruth(seed, plane);
        const { solids } = phantomBody(truth);
        const grid = stackGrid(drawFrame(plane, createRandom(seed, "noise")), [16, 24, 24]);
        const body = sampleSolids(solids, grid);
        const [u, v, w] = grid.stepsMm;
        let different = 0;
        for (let k = 0; k < 16; k += 1)
          for (let j = 0; j < 24; j += 1)
            for (let i = 0; i < 24; i += 1) {
              const [x, y, z] = [0, 1, 2].map(
                (a) =>
                  (grid.originMm[a] as number) +
                  i * (u[a] as number) +
                  j * (v[a] as number) +
                  k * (w[a] as number),
              ) as [number, number, number];
              const expected = bodyAt(solids, x, y, z);
              const at = (k * 24 + j) * 24 + i;
              if (body.structureIds[at] !== expected.id || Math.fround(expected.hu) !== body.hu[at])
                different += 1;
            }
        expect(different).toBe(0);
      }
    },
  );
});
