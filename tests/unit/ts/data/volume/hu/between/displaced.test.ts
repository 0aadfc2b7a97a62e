import fc from "fast-check";
import { noteMoved } from "../../../../../../../ts/data/volume/hu/between/displaced.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";

const [nx, ny, nz] = [64, 48, 24];
const plane = nx * ny;
/** A body that grows along the stack, with a spine off its middle, so that no two slices and no two sides are alike. */
function growing(seed: number, noise: number): Int16Array {
  const random = bodyVoxels(nx, ny, nz, seed, noise);
  return random.map((_, i) => {
    const [x, y, z] = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / plane)];
    const own = ((i * 2654435761 + seed * 97) >>> 8) % (2 * noise + 1);
    const wide = 10 + 0.6 * z;
    const r = Math.hypot((x - 32) / wide, (y - 24) / (0.7 * wide));
    const spine = Math.hypot(x - 38, y - 30 + z / 4) < 4;
    return (spine ? 600 : r < 0.4 ? -850 : r < 1 ? 45 : -1000) + own - noise;
  });
}
const body = growing(1, 10);
const told = (voxels: Int16Array | Float32Array, shape = [nx, ny, nz] as const): readonly string[] => {
  const log = new ReadLog();
  noteMoved(voxels, shape, log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};
type Place = readonly [x: number, y: number, z: number];
const from = (of: (...at: Place) => Place, voxels = body): Int16Array =>
  voxels.map((_, i) => {
    const [x, y, z] = of(i % nx, Math.floor(i / nx) % ny, Math.floor(i / plane));
    const inside = x >= 0 && x < nx && y >= 0 && y < ny;
    return inside ? (voxels[z * plane + y * nx + x] ?? 0) : -1000;
  });

describe("noteMoved", () => {
  it("says nothing of bodies, whatever their noise, of noise alone, nor of small pictures", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 60 }), (seed, noise) => {
        expect(told(growing(seed, noise))).toEqual([]);
      }),
      { numRuns: 6, seed: 43 },
    );
    expect(told(body.map((_, i) => ((i * 7919) % 200) - 100))).toEqual([]);
    expect(told(body.subarray(0, plane), [nx, ny, 1])).toEqual([]);
    expect(told(body.subarray(0, 12 * 12 * 4), [12, 12, 4])).toEqual([]);
  });

  it.each([
    [5, 0],
    [0, -4],
    [-6, 3],
  ])("tells by how much a block of slices is displaced: %d columns, %d rows", (across, down) => {
    const moved = from((x, y, z) => (z < 10 ? [x, y, z] : [x - across, y - down, z]));
    expect(told(moved)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^SLICES_DISPLACED: between slices 10 and 11 of 24 .* by ${Math.abs(across)} columns and ${Math.abs(down)} rows`,
        ),
      ),
    ]);
  });

  it("leaves a slice that is displaced alone, and one that another picture follows, to other rules", () => {
    expect(told(from((x, y, z) => (z === 10 ? [x - 5, y, z] : [x, y, z])))).toEqual([]);
    expect(told(body.map((hu, i) => (i < 10 * plane ? hu : -1000 - hu)))).toEqual([]);
  });

  it("tells of a stack that was rolled, with the place where its ends meet", () => {
    expect(told(from((x, y, z) => [x, y, (z + 7) % nz]))).toEqual([
      expect.stringMatching(
        /^GRID_ROLLED: the last of the slices goes on in the first, and between slices 17 and 18 of 24/,
      ),
    ]);
  });

  it("says nothing of an insert that begins and ends in a stack that is the same at both ends", () => {
    const insert = body.map((_, i) => {
      const [x, y, z] = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / plane)];
      const own = ((i * 2654435761) >>> 8) % 21;
      const inside = z > 6 && z < 15 && Math.hypot(x - 30, y - 20) < 9;
      return (inside ? 900 : Math.hypot(x - 32, y - 24) < 22 ? 0 : -1000) + own;
    });
    expect(told(insert)).toEqual([]);
  });

  it("tells of columns and of rows that were rolled through the body", () => {
    expect(told(from((x, y, z) => [(x + 30) % nx, y, z]))).toEqual([
      expect.stringContaining("GRID_ROLLED: the last of the columns goes on in the first"),
    ]);
    expect(told(from((x, y, z) => [x, (y + 22) % ny, z]))).toEqual([
      expect.stringContaining("GRID_ROLLED: the last of the rows goes on in the first"),
    ]);
  });

  it("says nothing of a picture that is the same all across, nor of a small crop of any", () => {
    const same = from((_x, y, z) => [32, y, z]);
    expect(told(same)).toEqual([]);
    const crop = from((x, y, z) => [(x + 30) % nx, y, z]).filter((_, i) => i % nx < 15 || i % nx > 49);
    expect(told(crop, [29, ny, nz])).toEqual([]);
  });

  it("says nothing of a crop through the body, whose sides are merely alike", () => {
    const crop = body.filter((_, i) => i % nx >= 16 && i % nx < 48);
    expect(told(crop, [32, ny, nz])).toEqual([]);
    const padded = body.map((hu, i) =>
      Math.hypot((i % nx) - 32, (Math.floor(i / nx) % ny) - 24) > 26 ? 3071 : hu,
    );
    expect(told(padded)).toEqual([]);
  });
});
