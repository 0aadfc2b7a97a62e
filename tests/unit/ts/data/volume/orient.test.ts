import fc from "fast-check";
import type { AxisSources } from "../../../../../ts/data/volume/geometry.ts";
import {
  inRasOrder,
  orientVoxels,
  rasLayout,
  storedLayout,
  turnInPlace,
} from "../../../../../ts/data/volume/orient.ts";
import { laidVolumes } from "../../../../support/laid-volumes.ts";
import { storageOrders } from "../../../../support/stored-body.ts";
import { volumeOf } from "../../../../support/volume-of.ts";

describe("orientVoxels", () => {
  it("returns the very array when nothing moves", () => {
    const voxels = Int16Array.from({ length: 24 }, (_, i) => i);
    expect(
      orientVoxels(
        voxels,
        [2, 3, 4],
        [
          { stored: 0, flipped: false },
          { stored: 1, flipped: false },
          { stored: 2, flipped: false },
        ],
      ),
    ).toBe(voxels);
  });

  it("moves every voxel to where a slow index-by-index copy puts it, for every permutation and flip, in both classes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...storageOrders),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        fc.tuple(
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 5 }),
        ),
        fc.boolean(),
        (order, flips, shape, float) => {
          const length = shape[0] * shape[1] * shape[2];
          const numbers = Array.from({ length }, (_, i) => i);
          const voxels = float ? Float32Array.from(numbers) : Int16Array.from(numbers);
          const sources: AxisSources = [
            { stored: order[0], flipped: flips[0] },
            { stored: order[1], flipped: flips[1] },
            { stored: order[2], flipped: flips[2] },
          ];
          const out = orientVoxels(voxels, shape, sources);
          expect(out.constructor).toBe(voxels.constructor);
          const [W, H, D] = sources.map((source) => shape[source.stored]);
          let at = 0;
          for (let d = 0; d < (D ?? 0); d++)
            for (let h = 0; h < (H ?? 0); h++)
              for (let w = 0; w < (W ?? 0); w++) {
                const stored = [0, 0, 0];
                [w, h, d].forEach((index, axis) => {
                  const source = sources[axis];
                  if (source !== undefined)
                    stored[source.stored] = source.flipped ? shape[source.stored] - 1 - index : index;
                });
                expect(out[at++]).toBe(
                  (stored[0] ?? 0) + shape[0] * ((stored[1] ?? 0) + shape[1] * (stored[2] ?? 0)),
                );
              }
          expect(at).toBe(length);
        },
      ),
      { numRuns: 150, seed: 2 },
    );
  });
});

describe("a layout", () => {
  it("of a RAS array has W fastest, and stored axes that are RAS have the same", () => {
    expect(rasLayout([4, 3, 2])).toEqual({ start: 0, steps: [6, 2, 1] });
    const sources = [0, 1, 2].map((stored) => ({ stored, flipped: false })) as unknown as AxisSources;
    expect(storedLayout([2, 3, 4], sources)).toEqual(rasLayout([4, 3, 2]));
  });

  it("says where each voxel of the turned array lies, for every permutation and flip", () => {
    const shape = [2, 3, 4] as const;
    const numbers = Array.from({ length: 24 }, (_, i) => i);
    for (const voxels of [Int16Array.from(numbers), Float32Array.from(numbers, (i) => i / 2)]) {
      const orders = laidVolumes(volumeOf(voxels, shape));
      expect(orders).toHaveLength(48);
      for (const { laid, shapeXYZ, sources } of orders) {
        expect(laid.layout).toEqual(storedLayout(shapeXYZ, sources));
        expect(inRasOrder(laid)).toEqual(voxels);
        expect(orientVoxels(laid.voxels, shapeXYZ, sources)).toEqual(voxels);
      }
    }
  });

  it("is not needed by an array that lies in RAS order, which is given itself", () => {
    const volume = volumeOf(Int16Array.of(1, 2), [1, 1, 2]);
    expect(inRasOrder(volume)).toBe(volume.voxels);
  });
});

describe("turnInPlace", () => {
  const turns = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (bits) => [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0] as const,
  );

  it.each(turns)("flips as a copy would (x %p, y %p, z %p), in the same memory", (...flips) => {
    for (const shape of [
      [2, 3, 4],
      [5, 4, 3],
      [1, 6, 1],
      [3, 1, 2],
    ] as const) {
      const length = shape[0] * shape[1] * shape[2];
      const sources = flips.map((flipped, stored) => ({ stored, flipped })) as unknown as AxisSources;
      for (const voxels of [
        Int16Array.from({ length }, (_, i) => i),
        Float32Array.from({ length }, (_, i) => i / 2),
      ]) {
        const wanted = orientVoxels(voxels.slice(), shape, sources);
        const turned = turnInPlace(voxels, shape, sources);
        expect(turned).toEqual(wanted);
        expect(turned.buffer).toBe(voxels.buffer);
      }
    }
  });

  it("permutes into an array of its own", () => {
    const voxels = Int16Array.of(1, 2, 3, 4, 5, 6);
    const sources: AxisSources = [
      { stored: 1, flipped: false },
      { stored: 0, flipped: true },
      { stored: 2, flipped: false },
    ];
    expect([...turnInPlace(voxels, [3, 2, 1], sources)]).toEqual([3, 6, 2, 5, 1, 4]);
    expect([...voxels]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
