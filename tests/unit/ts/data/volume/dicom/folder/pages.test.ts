import type { FoundImage } from "../../../../../../../ts/data/volume/dicom/folder/contents.ts";
import { pageKind, withoutPages } from "../../../../../../../ts/data/volume/dicom/folder/pages.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";

const image = (spec: DicomSpec): FoundImage => {
  const elements = scanElements(dicomFile(spec), true, "file 1");
  if (elements === undefined) throw new Error("no elements");
  return { path: "/x", where: "file 1", extension: "dcm", elements, fileDigest: "x" };
};
const us = (value: number): Uint8Array => Uint8Array.from([value, 0]);
const colour = image({ elements: { "00280002": ["US", us(3)], "00280004": ["CS", "RGB"] } });
const scout = image({ imageType: "ORIGINAL\\PRIMARY\\LOCALIZER" });
const unplaced = image({ elements: { "00200032": null, "00200037": null } });
const enhanced = image({
  sopClass: "1.2.840.10008.5.1.4.1.1.2.1",
  elements: { "00200032": null, "00200037": null },
});

describe("pageKind", () => {
  it("knows scouts by ImageType, whatever a vendor calls them, and colour by its samples", () => {
    const types = [
      "ORIGINAL\\PRIMARY\\LOCALIZER",
      "ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 TOPO",
      "DERIVED\\SECONDARY\\SCOUT ",
      "original\\primary\\topogram",
    ];
    expect(types.map((imageType) => pageKind(image({ imageType })))).toEqual([
      "localizer",
      undefined,
      "localizer",
      "localizer",
    ]);
    expect([pageKind(colour), pageKind(image({})), pageKind(unplaced)]).toEqual([
      "colour picture",
      undefined,
      undefined,
    ]);
  });
});

describe("withoutPages", () => {
  it("leaves scouts and colour pictures out of a series, by kind", () => {
    const slice = image({});
    expect(withoutPages([scout, slice, colour, unplaced])).toEqual({
      slices: [slice, unplaced],
      leftOut: ["localizer", "colour picture"],
    });
  });

  it("takes a series without any place in the body for pages, but not frames, which have theirs in groups", () => {
    expect(withoutPages([unplaced, unplaced, colour])).toEqual({
      slices: [],
      leftOut: [
        "colour picture",
        "picture without a place in the body",
        "picture without a place in the body",
      ],
    });
    expect(withoutPages([enhanced]).slices).toEqual([enhanced]);
  });
});
