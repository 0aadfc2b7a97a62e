import { judgeHu, judgeStack } from "../../../../../../ts/data/volume/hu/gate.ts";
import { bodyVoxels, seeded } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const stored = { storedDtype: "int16", scaled: false };
const body = bodyVoxels(48, 40, 12);
const map = (change: (hu: number, index: number) => number): Int16Array => body.map(change);
const float = (change: (hu: number) => number): Float32Array => Float32Array.from(body, change);
const clamp =
  (low: number, high: number) =>
  (hu: number): number =>
    Math.min(high, Math.max(low, hu));
const lowest = body.reduce((least, hu) => Math.min(least, hu));
const highest = body.reduce((most, hu) => Math.max(most, hu));
const unit = (hu: number): number => (hu - lowest) / (highest - lowest);
const random = seeded(9);
const noise = (sigma: number): number => sigma * (random() + random() + random() - 1.5) * 2;
const box = (test: (x: number, y: number, z: number) => boolean): Int16Array =>
  body.filter((_, i) => test(i % 48, Math.floor(i / 48) % 40, Math.floor(i / 1920)));

describe("judgeHu accepts", () => {
  it.each([
    ["a body in air", body],
    ["the same clipped to -1000..1000", map(clamp(-1000, 1000))],
    ["the same clipped at the scanner's floor of -1024", map((hu) => Math.max(-1024, hu - 15))],
    ["padding of -3024 in the corners", map((hu, i) => (i % 48 < 12 ? -3024 : hu))],
    [
      "padding of -2000 over most of the picture",
      map((hu, i) => (i % 48 < 4 || i % 48 > 43 || hu < -900 ? (i % 5 === 0 ? hu : -2000) : hu)),
    ],
    ["fractions of HU", float((hu) => hu + 0.25)],
    [
      "strong contrast in the vessels",
      map((hu) => (hu > 48 && hu < 60 ? 350 + 3 * (hu - 54) + noise(9) : hu)),
    ],
    [
      "a head: skull and brain in air",
      map((hu, i) => (hu === -1000 || hu < -900 ? hu : i % 4 === 0 ? 900 + noise(200) : 35 + noise(6))),
    ],
    [
      "a wrist: one voxel in a hundred is tissue",
      Int16Array.from({ length: 40_000 }, (_, i) => (i % 100 === 0 ? 50 + noise(10) : -1000 + noise(10))),
    ],
  ])("%s", (_, voxels) => {
    expect(judgeHu(voxels, stored).verdict).toBe("ok");
  });

  it("a crop without the air around a body whose fat and soft tissue are in place, and says by what", () => {
    const crop = body.filter((hu) => hu > -300);
    const { verdict, reasons } = judgeHu(crop, stored);
    expect(verdict).toBe("ok");
    expect(reasons.join("; ")).toMatch(
      /no air around a body is in the picture; fat and soft tissue peak where they belong, soft tissue at \d+ HU/,
    );
    expect(
      judgeHu(
        map((hu) => (hu < -950 ? -850 + noise(20) : hu)),
        stored,
      ).verdict,
    ).toBe("ok");
    // Of slices so small an offset or a scale of some of them could not be told.
    expect(judgeStack(crop.subarray(0, 8 * 500), 500, stored).verdict).toBe("suspect");
  });

  it("an unsigned 8-bit scan that carries slope and intercept", () => {
    const coarse = map((hu) => Math.round((hu + 1024) / 32) * 32 - 1024);
    expect(judgeHu(coarse, { storedDtype: "uint8", scaled: true }).verdict).toBe("ok");
  });

  it("and keeps the word ok where air or tissue alone is a little off", () => {
    for (const change of [
      (hu: number) => (hu < -900 ? hu + 45 : hu),
      (hu: number) => (hu > -200 ? hu + 40 : hu),
    ])
      expect(judgeHu(map(change), stored).verdict).toBe("ok");
  });

  it("and says where air and soft tissue are", () => {
    const { reasons, min, max } = judgeHu(body, stored);
    expect(reasons[0]).toMatch(
      /^air peaks at -(9|10)\d\d? HU \(\d+\.\d % of the voxels\)$|^air peaks at -1000 HU/,
    );
    expect(reasons[1]).toMatch(/^soft tissue peaks at (3|4|5)\d HU/);
    expect([min, max]).toEqual([lowest, highest]);
  });
});

describe("judgeHu suspects, without refusing,", () => {
  it.each([
    [
      "a crop inside the body without fat",
      box((x, y) => x > 14 && x < 34 && y > 8 && y < 33).filter((hu) => hu > -60),
      "no air",
    ],
    [
      "a crop inside the body a tenth too dense, by its rounding",
      body.filter((hu) => hu > -300).map((hu) => Math.round(1.1 * hu)),
      "in a regular rhythm",
    ],
    ["a crop of one organ", Int16Array.from({ length: 5000 }, () => 55 + noise(10)), "no air"],
    [
      "a brain in its skull, without air or fat",
      Int16Array.from({ length: 5000 }, (_, i) => (i % 5 === 0 ? 300 + 1200 * random() : 35 + noise(5))),
      "no air",
    ],
    [
      "one tissue of which nothing lies below 0",
      Int16Array.from({ length: 5000 }, () => 62 + noise(10)),
      "as in MR",
    ],
    ["one tissue of little noise", Int16Array.from({ length: 5000 }, () => 62 + noise(2)), "no air"],
    [
      "air and padding alone",
      Int16Array.from({ length: 5000 }, (_, i) => (i % 3 === 0 ? -3024 : -1000 + noise(15))),
      "no soft tissue",
    ],
    [
      "a brain crop around 0..60",
      Int16Array.from({ length: 5000 }, (_, i) => (i % 9 === 0 ? 4 : 36) + noise(5)),
      "no air",
    ],
    ["a soft tissue window", map(clamp(-160, 240)), "clipped"],
    [
      "lung without air around the body, in fractions of HU",
      float((hu) => (hu < -950 ? -850 + noise(20) : hu)),
      "cannot be told",
    ],
    [
      "lung and muscle without fat or air",
      map((hu) => (hu < -300 ? -850 + noise(20) : 50 + noise(9))),
      "cannot be told",
    ],
    ["a body 100 HU too high", map((hu) => hu + 100), "HU too high: air belongs at -1000"],
    ["a body a tenth too dense", map((hu) => 1.1 * hu), "on a scale of 1.1"],
    ["a body on nine tenths of its scale", map((hu) => 0.9 * hu), "on a scale of 0.9"],
    ["padding of 0 HU in the corners", map((hu, i) => (i % 48 < 4 ? 0 : hu)), "exactly 0"],
    ["a body 60 HU too low", map((hu) => hu - 60), "too low: air belongs at -1000"],
    [
      "a vessel that contrast medium fills",
      Int16Array.from({ length: 5000 }, (_, i) => (i % 20 === 0 ? -90 : 395) + noise(20)),
      "as contrast medium or bone does",
    ],
    ["nothing but air", Int16Array.from({ length: 5000 }, () => -1000 + noise(20)), "no soft tissue"],
    ["nothing but lung", Int16Array.from({ length: 5000 }, () => -860 + noise(40)), "no soft tissue"],
    [
      "a dry bone in air",
      Int16Array.from({ length: 5000 }, (_, i) => (i % 10 === 0 ? 900 + noise(150) : -1000 + noise(15))),
      "no soft tissue",
    ],
  ])("%s", (_, voxels, said) => {
    const { verdict, reasons } = judgeHu(voxels, stored);
    expect(verdict).toBe("suspect");
    expect(reasons.join("; ")).toContain(said);
  });
});

describe("judgeHu refuses", () => {
  it.each([
    ["a scan rescaled twice", map((hu) => hu - 1024), "rescaled-twice", "applied twice"],
    [
      "one rescaled twice after clipping",
      map((hu) => Math.max(-1024, hu) - 1024),
      "rescaled-twice",
      "applied twice",
    ],
    [
      "one rescaled twice with padding",
      map((hu, i) => (i % 48 < 8 ? -2000 : hu) - 1024),
      "rescaled-twice",
      "applied twice",
    ],
    [
      "one rescaled twice with -1000",
      map((hu) => hu - 1000),
      "rescaled-twice",
      "24 away|1024 away|1000 away",
    ],
    ["stored values", map((hu) => Math.max(0, hu + 1024)), "unscaled", "never rescaled"],
    ["an intercept of -8192 on HU", map((hu) => hu - 8192), "intercept-8192", "-8192"],
    ["an intercept of -8192 on stored values", map((hu) => hu + 1024 - 8192), "intercept-8192", "-8192"],
    ["0..1", float(unit), "normalised", "min-max normalised to 0..1"],
    ["-1..1", float((hu) => 2 * unit(hu) - 1), "normalised", "-1..1"],
    ["zero mean and unit deviation", float((hu) => (hu + 500) / 480), "normalised", "unit deviation"],
    [
      "0..255 of the whole range",
      map((hu) => Math.round(255 * unit(hu))),
      "8-bit",
      "exactly 0 to exactly 255",
    ],
    ["0..255 as floats", float((hu) => 255 * unit(hu)), "8-bit", "exactly 0 to exactly 255"],
    [
      "0..255 of a soft tissue window",
      map((hu) => Math.round(((clamp(-160, 240)(hu) + 160) / 400) * 255)),
      "8-bit",
      "exactly 255",
    ],
    ["0..1000", map((hu) => Math.round(1000 * unit(hu))), "normalised", "exactly 0 to exactly 1000"],
    [
      "stored values with padding below them",
      map((hu, i) => (i % 48 < 8 ? -976 : Math.max(0, hu + 1024))),
      "unscaled",
      "never rescaled",
    ],
    ["half of every HU", map((hu) => hu / 2), "scaled", "on a scale of 0.(5|49)"],
    [
      "half of every HU with padding",
      map((hu, i) => (i % 48 < 8 ? -1000 : hu / 2)),
      "scaled|not-ct-like",
      "on a scale of 0.(5|49)|crowd at",
    ],
    ["twice every HU", map((hu) => hu * 2), "scaled", "on a scale of (2|1.99|2.01)"],
    ["the sign turned round", map((hu) => -hu), "sign", "sign is turned round"],
    ["a background masked to 0", map((hu) => (hu < -300 ? 0 : hu)), "not-ct-like", "exactly 0"],
    [
      "an MR-like histogram",
      Int16Array.from({ length: 9000 }, (_, i) => (i % 3 === 0 ? Math.abs(noise(12)) : 420 + noise(160))),
      "not-ct-like",
      "neither|MR",
    ],
    ["a constant", new Int16Array(500).fill(-1024), "constant", "every voxel is -1024"],
  ])("%s", async (_, voxels, cause, said) => {
    const error = await caught(() => judgeHu(voxels, stored));
    expect(error.code).toBe("DATA_NOT_HU");
    expect(cause.split("|")).toContain(error.details.cause);
    expect(error.message).toMatch(new RegExp(said));
    expect(error.hint.length).toBeGreaterThan(20);
  });

  it("unscaled 8-bit numbers whatever they are", async () => {
    const error = await caught(() =>
      judgeHu(
        Int16Array.from({ length: 900 }, (_, i) => (i * 7) % 240),
        { storedDtype: "uint8", scaled: false },
      ),
    );
    expect(error.message).toContain("unscaled 8-bit numbers");
  });

  it("and proposes what would put a shifted scan right", async () => {
    const error = await caught(() =>
      judgeHu(
        map((hu) => hu - 1024),
        stored,
      ),
    );
    expect(error.details).toMatchObject({ addHu: 1024 });
    expect(error.hint).toMatch(/Adding 1024 to every voxel would put air at -\d+ and soft tissue at \d+ HU/);
    expect(judgeHu(body, stored).verdict).toBe("ok");
  });
});
