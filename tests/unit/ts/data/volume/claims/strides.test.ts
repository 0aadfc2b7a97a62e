import { requireStrides } from "../../../../../../ts/data/volume/claims/strides.ts";
import { bodyVoxels, seeded } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

type Triple = readonly [number, number, number];
const shape: Triple = [72, 64, 18];
const body = bodyVoxels(...shape);

/** Voxels written slowest axis first, as an array of the other memory order is. */
function turned([x, y, z]: Triple): Int16Array {
  const out = new Int16Array(body.length);
  let at = 0;
  for (let i = 0; i < x; i++)
    for (let j = 0; j < y; j++) for (let k = 0; k < z; k++) out[at++] = body[i + x * (j + y * k)] ?? 0;
  return out;
}

describe("requireStrides", () => {
  it.each<[string, Int16Array | Float32Array, Triple]>([
    ["a body", body, shape],
    ["the same in float32", Float32Array.from(body), shape],
    ["a body without noise", bodyVoxels(64, 64, 20, 1, 0), [64, 64, 20]],
    ["a body of much noise", bodyVoxels(64, 48, 20, 3, 300), [64, 48, 20]],
    ["a body of few thick slices", bodyVoxels(64, 64, 3), [64, 64, 3]],
    ["long narrow pictures", bodyVoxels(128, 24, 12), [128, 24, 12]],
    ["a body stored from side to side", turned(shape), [18, 64, 72]],
    ["noise alone", Int16Array.from({ length: 64 * 64 * 4 }, () => 1000 * seeded(1)()), [64, 64, 4]],
    ["one value", new Int16Array(64 * 64 * 4), [64, 64, 4]],
    ["rows too short for a picture", body, [8, 64, 162]],
  ])("lets %s pass", (_, voxels, of) => {
    expect(() => requireStrides(voxels, of)).not.toThrow();
  });

  it("lets every shape of a body pass, flat ones and high ones", () => {
    for (const of of [
      [16, 96, 20],
      [96, 16, 20],
      [33, 57, 41],
      [100, 100, 16],
    ] as const)
      expect(() => requireStrides(bodyVoxels(of[0], of[1], of[2]), of)).not.toThrow();
  });

  it("finds the length of rows among all that a slice divides into, the longest and the shortest too", () => {
    const [nx, ny] = [96, 40];
    const stored = bodyVoxels(nx, ny, 20);
    for (const wrong of [16, 24, 32, 48, 160, 240]) {
      const claimed: Triple = [wrong, (nx * ny) / wrong, 20];
      expect(() => requireStrides(stored, claimed)).toThrow(
        `the header says rows of ${wrong} voxels, and the voxels lie in rows of ${nx}`,
      );
    }
  });

  it.each<[string, Triple, string, number]>([
    ["rows for columns", [64, 72, 18], "rows of 64 voxels, and the voxels lie in rows of 72", 72],
    ["columns of half the length", [36, 128, 18], "rows of 36 voxels, and the voxels lie in rows of 72", 72],
    [
      "columns of twice the length",
      [144, 32, 18],
      "rows of 144 voxels, and the voxels lie in rows of 72",
      72,
    ],
    ["slices for columns", [18, 64, 72], "rows of 18 voxels, and the voxels lie in rows of 72", 72],
    ["slices for rows", [72, 18, 64], "slices of 1296 voxels, and the voxels lie in slices of 4608", 4608],
  ])("refuses %s with both lengths", async (_, of, said, foundVoxels) => {
    const error = await caught(() => requireStrides(body, of));
    expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringContaining(said)]);
    expect(error.message).toMatch(/differ by \d+ HU on average by the header, by \d+ HU so$/);
    expect(error.details.foundVoxels).toBe(foundVoxels);
    expect(error.hint).toContain("order of its axes");
  });

  it("refuses an array that was written in the other memory order", async () => {
    const error = await caught(() => requireStrides(turned(shape), shape));
    expect(error.code).toBe("DATA_HEADER");
  });
});
