import {
  signExtend,
  statedRange,
  storedRange,
  storedValue,
} from "../../../../../../../ts/data/volume/dicom/compare/stated-values.ts";
import type { DicomElements } from "../../../../../../../ts/data/volume/dicom/elements.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
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

  it("is a range in HU of all slices, each by its own rescale", () => {
    const slices = at([0, 2, 4], (z) => ({ storedRange: [z, 1000 + z], slope: 2, intercept: -1000 }));
    expect(statedRange(slices)).toMatchObject({ low: -1000, high: 1004 });
    expect(statedRange(at([0], () => ({ storedRange: [0, 10], slope: -1 })))).toMatchObject({
      low: -10,
      high: 0,
    });
    expect(statedRange(at([0, 2], (z) => (z === 0 ? { storedRange: [0, 9] } : {})))).toBeUndefined();
    expect(statedRange(at([0], () => ({ storedRange: [0, 9], padding: -2000 })))).toBeUndefined();
  });
});
