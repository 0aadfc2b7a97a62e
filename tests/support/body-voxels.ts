// A CT-like body in HU for tests of the readers: air, fat rim, soft tissue, lungs, bone, seeded noise.

/** Small seeded generator (mulberry32), 0 <= value < 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * HU of a body on a grid of nx x ny x nz voxels, x (Right) fastest; the left half is denser by 15 HU so that
 * mirrors are noticed.
 */
export function bodyVoxels(nx: number, ny: number, nz: number, seed = 1, noise = 8): Int16Array {
  const random = seeded(seed);
  const out = new Int16Array(nx * ny * nz);
  let i = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const u = (2 * x + 1) / nx - 1;
        const v = (2 * y + 1) / ny - 1;
        out[i++] = Math.round(
          tissue(u, v, (2 * z + 1) / nz - 1) + noise * (random() + random() + random() - 1.5) * 2,
        );
      }
    }
  }
  return out;
}

function tissue(u: number, v: number, w: number): number {
  const body = (u / 0.85) ** 2 + (v / 0.65) ** 2;
  if (body > 1) return -1000;
  if (body > 0.8) return -100;
  if (Math.hypot(u, v + 0.4) < 0.12) return 700;
  if (w > 0 && (Math.hypot((u - 0.42) / 0.3, v / 0.4) < 1 || Math.hypot((u + 0.42) / 0.3, v / 0.4) < 1))
    return -850;
  return u < 0 ? 55 : 40;
}
