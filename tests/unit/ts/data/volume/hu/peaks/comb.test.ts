import { huHistogram } from "../../../../../../../ts/data/volume/hu/histogram.ts";
import { areSlicesWhole, isRounded } from "../../../../../../../ts/data/volume/hu/peaks/comb.ts";
import { bodyVoxels, seeded } from "../../../../../../support/body-voxels.ts";

const [nx, ny, nz] = [80, 64, 4];
const body = bodyVoxels(nx, ny, nz);
const times = (scale: number, add = 0, voxels = body): Int16Array =>
  voxels.map((hu) => Math.round(scale * hu + add));

describe("isRounded", () => {
  it.each([0.75, 0.8, 0.9, 1.1, 1.25, 1.4])(
    "sees whole numbers that were multiplied by %d and rounded",
    (scale) => {
      expect(isRounded(huHistogram(times(scale)))).toBe(true);
      expect(isRounded(huHistogram(times(scale, 1024 * (scale - 1))))).toBe(true);
      expect(isRounded(huHistogram(Float32Array.from(body, (hu) => scale * hu)))).toBe(true);
      const crop = body.filter((hu) => hu > -300);
      expect(isRounded(huHistogram(times(scale, 0, crop)))).toBe(true);
    },
  );

  it("sees none in what was written as measured, moved by whole numbers, padded, or in few voxels", () => {
    for (const seed of [1, 2, 3])
      for (const noise of [6, 12, 25])
        expect(isRounded(huHistogram(bodyVoxels(40, 36, 6, seed, noise)))).toBe(false);
    expect(isRounded(huHistogram(times(1, 60)))).toBe(false);
    expect(isRounded(huHistogram(body.map((hu, at) => (at % nx < 9 ? -2000 : hu))))).toBe(false);
    expect(isRounded(huHistogram(times(1.1, 0, body.subarray(0, 300))))).toBe(false);
  });

  it("sees none where all that there is are piles, as of a scan that went through 8 bits", () => {
    expect(isRounded(huHistogram(body.map((hu) => 32 * Math.round(hu / 32))))).toBe(false);
    expect(isRounded(huHistogram(Int16Array.of(40)))).toBe(false);
  });

  it("looks about the median of a range of 16 bits, and says there what it says of the body alone", () => {
    // A lattice of single voxels over all numbers, as of noise or a wrapped scan.
    const lattice = Int16Array.from({ length: 800 }, (_, at) => -32768 + 81 * at);
    const spread = (voxels: Int16Array): Int16Array => Int16Array.from([...voxels, ...lattice]);
    for (const scale of [0.9, 1.1]) expect(isRounded(huHistogram(spread(times(scale))))).toBe(true);
    expect(isRounded(huHistogram(spread(body)))).toBe(false);
    // Where nearly all numbers are as frequent there is no rhythm, however many they are.
    const random = seeded(7);
    const noise = Int16Array.from({ length: 200_000 }, () => Math.floor(65_536 * random()) - 32_768);
    expect(isRounded(huHistogram(noise))).toBe(false);
  });

  it("sees none once voxels were interpolated after the scale: what it cannot tell", () => {
    const scaled = times(1.1);
    const between = scaled.map((hu, at) =>
      Math.round((hu + (scaled[at + 1] ?? hu) + (scaled[at + 2] ?? hu)) / 3),
    );
    expect(isRounded(huHistogram(between))).toBe(false);
  });
});

describe("areSlicesWhole", () => {
  it("is true of slices as measured, and false when one of them was multiplied or all are too small to say", () => {
    const plane = nx * ny;
    expect(areSlicesWhole(body, plane)).toBe(true);
    expect(
      areSlicesWhole(
        body.map((hu, at) => (at < plane ? Math.round(0.9 * hu) : hu)),
        plane,
      ),
    ).toBe(false);
    expect(areSlicesWhole(body, 900)).toBe(false);
  });

  it("asks each slice, be it noise alone", () => {
    const random = seeded(2);
    const noise = Int16Array.from({ length: 2 * 4000 }, () =>
      Math.round(60 * (random() + random() + random() - 1.5)),
    );
    expect(areSlicesWhole(noise, 4000)).toBe(true);
    expect(
      areSlicesWhole(
        noise.map((hu, at) => (at < 4000 ? hu : Math.round(1.25 * hu))),
        4000,
      ),
    ).toBe(false);
  });
});
