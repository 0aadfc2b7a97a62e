import { patchGrid, patchLabels } from "../../../../../../ts/data/phantom/draw/patches.ts";
import { scanPhantom } from "../../../../../../ts/data/phantom/draw/scan.ts";
import { phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import type { Structure } from "../../../../../../ts/data/phantom/truth/structures.ts";
import { patchClasses, structureId } from "../../../../../../ts/data/phantom/truth/structures.ts";

const named = (labels: Int16Array): string[] => [...labels].map((index) => patchClasses[index] as string);

/** An 8 x 8 slice in which each quarter is filled with structures, so many pixels each. */
function quarters(...parts: readonly (readonly (readonly [Structure, number])[])[]): Uint8Array {
  const ids = new Uint8Array(64);
  parts.forEach((part, quarter) => {
    let n = 0;
    for (const [structure, pixels] of part) {
      for (let left = pixels; left > 0; left -= 1, n += 1) {
        ids[(Math.floor(quarter / 2) * 4 + Math.floor(n / 4)) * 8 + (quarter % 2) * 4 + (n % 4)] =
          structureId(structure);
      }
    }
  });
  return ids;
}

describe("patchLabels", () => {
  it("names the commonest class of each patch, row by row", () => {
    const ids = quarters(
      [
        ["fat", 9],
        ["soft", 7],
      ],
      [
        ["leftLung", 8],
        ["rightLung", 2],
        ["soft", 6],
      ],
      [["bone", 16]],
      [["air", 16]],
    );
    expect(named(patchLabels(ids, [1, 8, 8], 4))).toEqual(["fat", "lung", "bone", "air"]);
  });

  it("prefers a telling class that fills its share over a commoner one", () => {
    const ids = quarters(
      [
        ["liver", 15],
        ["cyst", 1],
      ],
      [
        ["leftLung", 15],
        ["leftGranuloma", 1],
      ],
      [
        ["fat", 13],
        ["rightKidney", 3],
      ],
      [
        ["fat", 15],
        ["leftKidney", 1],
      ],
    );
    expect(named(patchLabels(ids, [1, 8, 8], 4))).toEqual(["cyst", "granuloma", "kidney", "fat"]);
  });

  it("labels each slice of a stack on its own", () => {
    const one = quarters([["fat", 16]], [["soft", 16]], [["bone", 16]], [["air", 16]]);
    const two = quarters([["air", 16]], [["air", 16]], [["disc", 16]], [["spleen", 16]]);
    const stack = new Uint8Array(128);
    stack.set(one);
    stack.set(two, 64);
    expect(named(patchLabels(stack, [2, 8, 8], 4))).toEqual([
      "fat",
      "soft",
      "bone",
      "air",
      "air",
      "air",
      "disc",
      "spleen",
    ]);
  });

  it("labels a lesion in at least one patch of some slice of every phantom", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const truth = phantomTruth(seed, "axial");
      const scan = scanPhantom(truth, [16, 48, 48]);
      expect(named(patchLabels(scan.structureIds, [16, 48, 48], 12))).toContain(truth.lesionType);
    }
  });
});

describe("patchGrid", () => {
  it("puts a point into the middle of each patch and keeps the slices", () => {
    const grid = patchGrid(
      {
        shapeDHW: [3, 48, 48],
        originMm: [100, 50, -7],
        stepsMm: [
          [-2, 0, 0],
          [0, -3, 0],
          [0, 0, 5],
        ],
      },
      12,
    );
    expect(grid).toEqual({
      shapeDHW: [3, 4, 4],
      originMm: [100 - 11, 50 - 16.5, -7],
      stepsMm: [
        [-24, 0, 0],
        [0, -36, 0],
        [0, 0, 5],
      ],
    });
  });
});
