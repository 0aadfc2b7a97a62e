import {
  noteStatedRanges,
  outsideIn,
  signExtend,
  storedRange,
  storedValue,
} from "../../../../../../../ts/data/volume/dicom/compare/stated-values.ts";
import type { DicomElements } from "../../../../../../../ts/data/volume/dicom/elements.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";
import { at } from "../../../../../../support/slice-headers.ts";

const scanned = (elements: NonNullable<DicomSpec["elements"]>): DicomElements => {
  const found = scanElements(dicomFile({ elements }), true, "the file");
  if (found === undefined) throw new Error("not scanned");
  return found;
};
const two = (value: number): Uint8Array => new Uint8Array(Uint16Array.of(value & 0xffff).buffer);
const signed = { signed: true, bitsAllocated: 16 };
const unsigned = { signed: false, bitsAllocated: 16 };

describe("signExtend", () => {
  it.each([
    [0x0fff, 12, true, -1],
    [0x0800, 12, true, -2048],
    [0x07ff, 12, true, 2047],
    [0x0fff, 12, false, 4095],
    [0xf7ff, 12, true, 2047],
    [0xffff, 16, true, -1],
    [0xff, 8, true, -1],
    [0xff, 8, false, 255],
  ])("reads the low bits of %d in %d bits, signed %s, as %d", (raw, bits, isSigned, value) => {
    expect(signExtend(raw, bits, isSigned)).toBe(value);
  });
});

describe("what a slice states of its values", () => {
  it("is in the sign of its pixels, whatever its VR", () => {
    for (const vr of ["US", "SS"]) {
      const elements = scanned({ "00280120": [vr, two(-2000)] });
      expect(storedValue(elements, "PixelPaddingValue", signed)).toBe(-2000);
      expect(storedValue(elements, "PixelPaddingValue", unsigned)).toBe(63536);
    }
    expect(storedValue(scanned({}), "PixelPaddingValue", signed)).toBeUndefined();
    const malformed = scanned({ "00280120": ["DS", "12"] });
    expect(storedValue(malformed, "PixelPaddingValue", signed)).toBeUndefined();
    expect([...malformed.malformed]).toEqual(["PixelPaddingValue"]);
  });

  it("is a range where both ends are stated and lie apart", () => {
    const range = (low?: number, high?: number): readonly [number, number] | undefined =>
      storedRange(
        scanned({
          ...(low === undefined ? {} : { "00280106": ["SS", two(low)] as const }),
          ...(high === undefined ? {} : { "00280107": ["SS", two(high)] as const }),
        }),
        signed,
      );
    expect(range(-1024, 3071)).toEqual([-1024, 3071]);
    for (const [low, high] of [[0, 0], [5, 4], [undefined, 9], [1]] as const)
      expect(range(low, high)).toBeUndefined();
  });

  it("is held against the stored values slice by slice, but where padding is declared", () => {
    const told = (ranges: readonly (readonly [number, number] | undefined)[], padding?: number): string[] => {
      const log = new ReadLog();
      const slices = at(
        ranges.map((_, z) => 2 * z),
        (z) => ({ storedRange: ranges[z], padding }),
      );
      const stored = Int16Array.of(0, 9, 3, 4, 1, 1, -5, 2);
      noteStatedRanges(
        slices.map((slice, z) => outsideIn(slice, stored.subarray(2 * z, 2 * z + 2))),
        log,
      );
      return log.warnings.map(({ code, message }) => `${code}: ${message}`);
    };
    expect(
      told([
        [0, 9],
        [3, 4],
        [1, 2],
        [-5, 2],
      ]),
    ).toEqual([]);
    expect(told([undefined, undefined, undefined, [-9, 9]])).toEqual([]);
    expect(
      told([
        [0, 9],
        [3, 4],
        [2, 3],
        [-4, 9],
      ]),
    ).toEqual([
      expect.stringMatching(
        /^STATED_RANGE_DISAGREES: 2 of 4 slices .* the first is slice 3: 2\.\.3 stated, 1\.\.1 there/,
      ),
    ]);
    expect(told([[5, 6]], -2000)).toEqual([]);
  });
});
