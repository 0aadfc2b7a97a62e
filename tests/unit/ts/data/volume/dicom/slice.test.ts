import { createHash } from "node:crypto";
import { scanElements } from "../../../../../../ts/data/volume/dicom/scan.ts";
import { type SliceHeader, sliceHeader } from "../../../../../../ts/data/volume/dicom/slice.ts";
import { caught } from "../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../support/dicom-file.ts";

const scan = (spec: DicomSpec): NonNullable<ReturnType<typeof scanElements>> => {
  const elements = scanElements(dicomFile(spec), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return elements;
};
const header = (spec: DicomSpec): SliceHeader => sliceHeader(scan(spec), "digest");
const us = (value: number): Uint8Array => new Uint8Array([value & 255, value >> 8]);

describe("sliceHeader", () => {
  it("reads place, size, pixels and calibration", () => {
    expect(
      header({
        rows: 3,
        columns: 4,
        position: [1, 2, 3],
        spacing: [0.5, 0.75],
        slope: "2.5",
        intercept: "-1024",
        thickness: 5,
        instance: 12,
        bitsStored: 12,
        signed: false,
      }),
    ).toMatchObject({
      pixels: { rows: 3, columns: 4, bitsAllocated: 16, bitsStored: 12, signed: false },
      positionLps: [1, 2, 3],
      acrossLps: [1, 0, 0],
      downLps: [0, 1, 0],
      normalLps: [0, 0, 1],
      rowSpacingMm: 0.5,
      columnSpacingMm: 0.75,
      thicknessMm: 5,
      slope: 2.5,
      intercept: -1024,
      rescaleStated: true,
      instance: 12,
      modality: "CT",
      localizer: false,
      lossy: false,
      secondary: false,
    });
  });

  it("holds no id, name or date, only digests", () => {
    const text = JSON.stringify(header({}));
    for (const canary of ["CANARY", "1.2.3.", "19700101", "B30f"]) expect(text).not.toContain(canary);
  });

  it("normalises directions written with few decimals", () => {
    const { acrossLps, downLps } = header({ orientation: [1, 0, 0, 0, 0.9272, -0.3746] });
    expect(acrossLps).toEqual([1, 0, 0]);
    expect(Math.hypot(...downLps)).toBeCloseTo(1, 12);
  });

  it("reads padding in the sign of the pixels, whatever its VR", () => {
    expect(header({ elements: { "00280120": ["US", us(63536)] } }).padding).toBe(-2000);
    expect(header({ elements: { "00280120": ["SS", us(63536)] } }).padding).toBe(-2000);
    expect(header({ signed: false, elements: { "00280120": ["US", us(63536)] } }).padding).toBe(63536);
  });

  it("notes what the header admits: lossy history, burned-in text, overlay, odd rescale type, no rescale", () => {
    expect(
      header({
        elements: {
          "00282110": ["CS", "01"],
          "00280301": ["CS", "YES"],
          "60000010": ["US", us(4)],
          "00281054": ["LO", "OD"],
        },
      }),
    ).toMatchObject({ lossy: true, burnedIn: true, overlay: true, rescaleTypeOdd: true });
    expect(header({ elements: { "00281052": null, "00281053": null } })).toMatchObject({
      rescaleStated: false,
      slope: 1,
      intercept: 0,
    });
  });

  it.each<[string, DicomSpec, boolean]>([
    ["says so", { elements: { "00280301": ["CS", "YES"] } }, true],
    ["denies it", { elements: { "00280301": ["CS", "NO"] } }, false],
    ["says nothing", {}, false],
    ["is a capture that says nothing", { sopClass: "1.2.840.10008.5.1.4.1.1.7" }, true],
    ["is a capture of many frames in grey", { sopClass: "1.2.840.10008.5.1.4.1.1.7.3" }, true],
    [
      "is a capture that denies it",
      { sopClass: "1.2.840.10008.5.1.4.1.1.7", elements: { "00280301": ["CS", "NO"] } },
      false,
    ],
  ])("of a slice that %s, text may be burned in or not", (_, spec, burnedIn) => {
    expect(header(spec).burnedIn).toBe(burnedIn);
  });

  it("has ids that are no plain digests of what the file says", () => {
    const { instanceDigest, frameDigest } = header({ instance: 7 });
    const plain = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect([instanceDigest, frameDigest]).not.toContain(plain("1.2.3.999.7"));
    expect([instanceDigest, frameDigest]).not.toContain(plain("1.2.3.666"));
    expect(header({ instance: 7 }).instanceDigest).toBe(instanceDigest);
    expect(header({ instance: 8 }).instanceDigest).not.toBe(instanceDigest);
  });

  it.each<[string, DicomSpec["elements"], string, string]>([
    ["several frames", { "00280008": ["IS", "3"] }, "DATA_UNSUPPORTED", "3 frames"],
    ["colour", { "00280002": ["US", us(3)], "00280004": ["CS", "RGB"] }, "DATA_NOT_CT", "3 samples"],
    ["a palette", { "00280004": ["CS", "PALETTE COLOR"] }, "DATA_NOT_CT", "1 sample a pixel"],
    ["no rows", { "00280010": ["US", us(0)] }, "DATA_DICOM_PARSE", "0 rows"],
    [
      "32 bits allocated",
      { "00280100": ["US", us(32)], "00280101": ["US", us(32)], "00280102": ["US", us(31)] },
      "DATA_UNSUPPORTED",
      "32 bits",
    ],
    [
      "more bits stored than allocated",
      { "00280101": ["US", us(17)] },
      "DATA_DICOM_PARSE",
      "BitsStored is 17 of 16",
    ],
    ["a high bit elsewhere", { "00280102": ["US", us(14)] }, "DATA_DICOM_PARSE", "HighBit is 14"],
    ["a pixel representation of 2", { "00280103": ["US", us(2)] }, "DATA_DICOM_PARSE", "neither 0 nor 1"],
    ["no position", { "00200032": null }, "DATA_GEOMETRY", "ImagePositionPatient is missing"],
    ["two position values", { "00200032": ["DS", "1\\2"] }, "DATA_GEOMETRY", "2 values, not 3"],
    ["no orientation", { "00200037": null }, "DATA_GEOMETRY", "ImageOrientationPatient is missing"],
    [
      "an orientation at no right angle",
      { "00200037": ["DS", "1\\0\\0\\0.5\\0.8\\0"] },
      "DATA_GEOMETRY",
      "right angle",
    ],
    ["a pixel spacing of 0", { "00280030": ["DS", "0\\1"] }, "DATA_GEOMETRY", "PixelSpacing is 0 x 1 mm"],
    ["slope 0", { "00281053": ["DS", "0"] }, "DATA_PIXEL_CALIBRATION", "RescaleSlope is 0"],
    ["slope NaN", { "00281053": ["DS", "NaN"] }, "DATA_PIXEL_CALIBRATION", "not a decimal number"],
    ["slope with a comma", { "00281053": ["DS", "1,5"] }, "DATA_PIXEL_CALIBRATION", "not a decimal number"],
    ["slope without intercept", { "00281052": null }, "DATA_PIXEL_CALIBRATION", "only one of"],
    [
      "a modality lookup table",
      { "00283000": ["SQ", new Uint8Array(0)] },
      "DATA_PIXEL_CALIBRATION",
      "lookup table",
    ],
  ])("refuses %s", async (_, elements, code, said) => {
    const error = await caught(() => header(elements === undefined ? {} : { elements }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
    expect(error.message).toContain("the file: ");
  });
});
