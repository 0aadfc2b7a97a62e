import fc from "fast-check";
import { SeriesVoxels } from "../../../../../../../ts/data/volume/dicom/codecs/series-voxels.ts";
import type { SliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { huHistogram } from "../../../../../../../ts/data/volume/hu/histogram.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { rescale } from "../../../../../../../ts/data/volume/rescale.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const plane = 6;
const jpeg2000 = "1.2.840.10008.1.2.4.90";
const pixels = (bitsStored: number, signed = false): SliceHeader["pixels"] => ({
  rows: 2,
  columns: 3,
  bitsAllocated: 16,
  bitsStored,
  signed,
});
/** Puts the values of each slice where a decoder would, in an order of its own, and says so. */
function filled(slices: readonly SliceHeader[], stored: readonly number[]): SeriesVoxels {
  const voxels = new SeriesVoxels(slices, plane);
  for (const z of slices.map((_, index) => slices.length - 1 - index)) {
    voxels.stored.set(stored.slice(z * plane, (z + 1) * plane), z * plane);
    if (voxels.codings[z] === "native") voxels.took(z);
  }
  return voxels;
}
const warned = (voxels: SeriesVoxels): readonly string[] => {
  const log = new ReadLog();
  voxels.note(log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};
const twelve = [0, 24, 1064, 4095, 7, 8, 1, 2, 3, 4, 5, 4000, 9, 9, 9, 9, 9, 9];

describe("SeriesVoxels", () => {
  it("makes each slice HU and counts it as it comes, where headers show that all fit 16 bits", () => {
    const slices = at([0, 2, 4], (z) => ({ pixels: pixels(12), slope: 1 + z, intercept: -1024 - z }));
    const voxels = filled(slices, twelve);
    const memory = voxels.stored.buffer;
    const { voxels: hu, exact, histogram } = voxels.rescaled();
    const slopes = slices.map(({ slope }) => slope);
    expect([...hu]).toEqual(
      twelve.map((value, i) => {
        const z = Math.floor(i / plane);
        return value * (slopes[z] ?? 0) + (slices[z]?.intercept ?? 0);
      }),
    );
    expect([hu.buffer === memory, exact, histogram?.count]).toEqual([true, true, 18]);
    expect([histogram?.min, histogram?.max]).toEqual([Math.min(...hu), Math.max(...hu)]);
  });

  it("gives what rescaling all of them at once gives, whatever slopes, intercepts and bits", () => {
    const header = fc.record({
      slope: fc.constantFrom(1, 2, 0.5, -1, 16),
      intercept: fc.constantFrom(0, -1024, 0.25, 30_000),
      bits: fc.constantFrom(8, 12, 16),
      signed: fc.boolean(),
      syntax: fc.constantFrom("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1", jpeg2000),
    });
    fc.assert(
      fc.property(fc.array(header, { minLength: 1, maxLength: 4 }), fc.nat(255), (headers, seed) => {
        const slices = at(
          headers.map((_, z) => 2 * z),
          (z) => {
            const { bits = 12, signed = false, syntax = "", slope, intercept } = headers[z] ?? {};
            return { pixels: pixels(bits, signed), transferSyntax: syntax, slope, intercept } as SliceHeader;
          },
        );
        const stored = headers.flatMap(({ signed }, z) =>
          Array.from({ length: plane }, (_, i) => ((seed + 31 * i + 7 * z) % 128) - (signed ? 64 : 0)),
        );
        const voxels = filled(slices, stored);
        const made = voxels.rescaled();
        const runs = slices.map(({ slope, intercept }) => ({ length: plane, slope, intercept }));
        const wanted = rescale(Int32Array.from(stored), runs);
        expect([...made.voxels]).toEqual([...wanted.voxels]);
        expect(made.exact).toBe(wanted.exact);
        if (made.histogram === undefined) return;
        const counted = huHistogram(made.voxels);
        for (const hu of made.voxels)
          expect(made.histogram.voxels(hu, hu + 1)).toBe(counted.voxels(hu, hu + 1));
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  it("waits for all slices where a codec, a fraction or a sign decides what they are", () => {
    const later = (change: (z: number) => Partial<SliceHeader>): boolean =>
      filled(
        at([0, 2, 4], (z) => ({ pixels: pixels(12), ...change(z) })),
        twelve,
      ).rescaled().histogram === undefined;
    expect(later(() => ({}))).toBe(false);
    expect(later((z) => ({ slope: z === 2 ? 0.5 : 1 }))).toBe(true);
    expect(later((z) => ({ intercept: z === 2 ? 30_000 : 0 }))).toBe(true);
    expect(later((z) => ({ pixels: pixels(12, z === 1) }))).toBe(true);
    expect(later((z) => (z === 0 ? { transferSyntax: jpeg2000 } : {}))).toBe(true);
  });

  it("looks at the stored values for padding and for the range that was stated, before they are HU or after all came", () => {
    for (const slope of [1, 0.5]) {
      const slices = at([0, 2, 4], (z) => ({
        pixels: pixels(12),
        slope,
        padding: z === 0 ? 4095 : undefined,
        storedRange: z === 1 ? [1, 99] : undefined,
      }));
      expect(warned(filled(slices, twelve))).toEqual([
        expect.stringMatching(
          `^PADDING_VALUES: 5.6 % of the voxels are declared padding of ${4095 * slope} HU`,
        ),
        expect.stringMatching(
          /^STATED_RANGE_DISAGREES: 1 of 3 slices .* slice 2: 1\.\.99 stated, 1\.\.4000 there/,
        ),
      ]);
    }
  });

  it("refuses a transfer syntax that nothing decodes", () => {
    const slices = at([0], () => ({ transferSyntax: "1.2.840.10008.1.2.4.110" }));
    expect(() => new SeriesVoxels(slices, plane)).toThrow("JPEG XL");
  });
});
