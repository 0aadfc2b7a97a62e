import { statedRescale } from "../../../../../../../ts/data/volume/dicom/compare/rescale.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { caught } from "../../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";

const read = (spec: DicomSpec): ReturnType<typeof statedRescale> => {
  const elements = scanElements(dicomFile(spec), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return statedRescale(elements);
};

describe("statedRescale", () => {
  it("reads both numbers, or none", () => {
    expect(read({ slope: "2.5", intercept: "-1024" })).toEqual({
      slope: 2.5,
      intercept: -1024,
      rescaleStated: true,
    });
    const none = { elements: { "00281052": null, "00281053": null } };
    expect(read(none)).toEqual({ slope: 1, intercept: 0, rescaleStated: false });
  });

  it.each<[string, DicomSpec, string]>([
    ["half of it", { elements: { "00281052": null } }, "only one of RescaleSlope and RescaleIntercept"],
    ["a slope of 0", { slope: "0" }, "RescaleSlope is 0"],
    ["two slopes", { slope: "1\\2" }, "is not one finite number"],
    ["a decimal comma", { intercept: "-1024,5" }, "it is written with a decimal comma"],
    ["a VR of numbers", { elements: { "00281053": ["FD", new Uint8Array(8)] } }, "its VR FD is of numbers"],
    ["a lookup table", { elements: { "00283000": ["SQ", new Uint8Array(0)] } }, "a modality lookup table"],
  ])("refuses %s", async (_, spec, said) => {
    const error = await caught(() => read(spec));
    expect([error.code, error.message]).toEqual(["DATA_PIXEL_CALIBRATION", expect.stringContaining(said)]);
  });
});
