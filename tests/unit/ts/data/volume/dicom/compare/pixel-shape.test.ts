import { spacingDenied } from "../../../../../../../ts/data/volume/dicom/compare/pixel-shape.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";

const denied = (elements: DicomSpec["elements"]): { said: string | undefined; malformed: string[] } => {
  const scanned = scanElements(dicomFile({ elements: elements ?? {} }), true, "the file");
  if (scanned === undefined) throw new Error("not scanned");
  const said = spacingDenied(scanned, { rowSpacingMm: 1, columnSpacingMm: 1.5 });
  return { said, malformed: [...scanned.malformed] };
};

describe("spacingDenied", () => {
  it.each<[string, DicomSpec["elements"], string | undefined]>([
    ["nothing", {}, undefined],
    ["the same nominal spacing", { "00182010": ["DS", "1\\1.5"] }, undefined],
    ["the nominal spacing, rounded", { "00182010": ["DS", "1.01\\1.49"] }, undefined],
    ["another nominal spacing", { "00182010": ["DS", "1\\2"] }, "NominalScannedPixelSpacing 1 x 2 mm"],
    ["the same shape", { "00280034": ["IS", "2\\3"] }, undefined],
    ["another shape", { "00280034": ["IS", "1\\1"] }, "PixelAspectRatio 1:1"],
    ["half a shape", { "00280034": ["IS", "2"] }, undefined],
    ["no shape", { "00280034": ["IS", "0\\0"] }, undefined],
  ])("of a header that states %s", (_, elements, said) => {
    expect(denied(elements)).toEqual({ said, malformed: [] });
  });

  it("counts a malformed value as absent", () => {
    expect(denied({ "00182010": ["DS", "2,0\\2,0"] })).toEqual({
      said: undefined,
      malformed: ["NominalScannedPixelSpacing"],
    });
  });
});
