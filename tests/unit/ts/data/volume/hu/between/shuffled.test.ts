import { noteShuffled } from "../../../../../../../ts/data/volume/hu/between/shuffled.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";

const [nx, ny] = [24, 20];
const plane = nx * ny;
/** Discs that grow along the stack, with noise; in the order that is given. */
function stack(order: readonly number[], noise = 10): Int16Array {
  const voxels = new Int16Array(order.length * plane);
  for (const [at, z] of order.entries())
    for (let i = 0; i < plane; i++) {
      const inside = Math.hypot((i % nx) - 12, Math.floor(i / nx) - 10) < 3 + (6 * z) / order.length;
      const own = ((i * 2654435761 + z * 40503) >>> 8) % (2 * noise + 1);
      voxels[at * plane + i] = (inside ? 500 : -1000) + own - noise;
    }
  return voxels;
}
const ordered = (count: number): readonly number[] => Array.from({ length: count }, (_, z) => z);
const shuffled = (count: number): readonly number[] => ordered(count).map((z) => (z * 271) % count);
const told = (order: readonly number[], noise?: number): readonly string[] => {
  const log = new ReadLog();
  noteShuffled(stack(order, noise), [nx, ny, order.length], log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};

describe("noteShuffled", () => {
  it("says nothing of slices in the order of the body, up or down, few or many, nor of noise", () => {
    for (const count of [2, 8, 40, 120]) {
      expect(told(ordered(count))).toEqual([]);
      expect(told(ordered(count).toReversed())).toEqual([]);
    }
    expect(told(Array(40).fill(3), 60)).toEqual([]);
    expect(told([...ordered(20).slice(10), ...ordered(20).slice(0, 10)])).toEqual([]);
  });

  it("says nothing of a body that is the same on both sides, from flank to flank, wherever its middle lies", () => {
    for (const [count, middle] of [
      [16, 8],
      [40, 20],
      [40, 14],
    ] as const)
      expect(
        told(
          ordered(count).map((z) => 3 * Math.abs(z - middle)),
          4,
        ),
      ).toEqual([]);
  });

  it.each([24, 40, 600])("tells of %d slices in another order", (count) => {
    expect(told(shuffled(count))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^SLICES_SHUFFLED: \\d+ of ${Math.min(count, 48)} slices that were compared with all others`,
        ),
      ),
    ]);
  });
});
