import {
  isCtStorage,
  objectKind,
  requireSlice,
  shownModality,
} from "../../../../../../ts/data/volume/dicom/object-kind.ts";
import { scanElements } from "../../../../../../ts/data/volume/dicom/scan.ts";
import { caught } from "../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../support/dicom-file.ts";

const scan = (spec: DicomSpec): NonNullable<ReturnType<typeof scanElements>> => {
  const elements = scanElements(dicomFile(spec), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return elements;
};

describe("objectKind", () => {
  it.each<[string, DicomSpec, ReturnType<typeof objectKind>]>([
    ["a CT slice", {}, { kind: "slice" }],
    [
      "an MR slice, which is a slice of another modality",
      { modality: "MR", sopClass: "1.2.840.10008.5.1.4.1.1.4" },
      { kind: "slice" },
    ],
    [
      "a secondary capture with the geometry of a slice",
      { sopClass: "1.2.840.10008.5.1.4.1.1.7" },
      { kind: "slice" },
    ],
    [
      "a secondary capture without it",
      { sopClass: "1.2.840.10008.5.1.4.1.1.7", elements: { "00200032": null } },
      { kind: "other", name: "secondary capture" },
    ],
    [
      "a segmentation",
      { modality: "SEG", sopClass: "1.2.840.10008.5.1.4.1.1.66.4" },
      { kind: "other", name: "SEG" },
    ],
    [
      "a dose volume, pixels and all",
      { modality: "RTDOSE", sopClass: "1.2.840.10008.5.1.4.1.1.481.2" },
      { kind: "other", name: "RT" },
    ],
    [
      "a structured report",
      { modality: "SR", sopClass: "1.2.840.10008.5.1.4.1.1.88.22" },
      { kind: "other", name: "SR" },
    ],
    [
      "a presentation state",
      { modality: "PR", sopClass: "1.2.840.10008.5.1.4.1.1.11.1" },
      { kind: "other", name: "PR" },
    ],
    ["a directory", { sopClass: "1.2.840.10008.1.3.10" }, { kind: "directory" }],
  ])("recognises %s", (_, spec, wanted) => {
    expect(objectKind(scan(spec))).toEqual(wanted);
  });

  it.each<[string, DicomSpec, string, string]>([
    ["a directory", { sopClass: "1.2.840.10008.1.3.10" }, "DATA_UNSUPPORTED", "DICOMDIR"],
    ["a segmentation", { modality: "SEG" }, "DATA_NOT_CT", "(SEG)"],
    [
      "a radiograph",
      { modality: "CR", elements: { "00280004": ["CS", "MONOCHROME1"] } },
      "DATA_NOT_CT",
      "the modality is CR",
    ],
    [
      "an MR image whose Modality says CT",
      { sopClass: "1.2.840.10008.5.1.4.1.1.4" },
      "DATA_NOT_CT",
      "its SOP class is that of MR images, though its Modality says CT",
    ],
    [
      "a PET image without Modality",
      { sopClass: "1.2.840.10008.5.1.4.1.1.128", elements: { "00080060": null } },
      "DATA_NOT_CT",
      "its SOP class is that of PT images",
    ],
  ])("refuses %s given as one file", async (_, spec, code, said) => {
    const error = await caught(() => requireSlice(scan(spec)));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
  });
});

describe("shownModality", () => {
  it("shows a code of the standard, and of anything else nothing", () => {
    expect(["CT", "MR", "PT", undefined, "CANARY^NAME", "ct"].map((code) => shownModality(code))).toEqual([
      "CT",
      "MR",
      "PT",
      "none",
      "another",
      "another",
    ]);
  });
});

describe("isCtStorage", () => {
  it("is the standard CT class alone", () => {
    expect(isCtStorage(scan({}))).toBe(true);
    expect(isCtStorage(scan({ sopClass: "1.2.840.10008.5.1.4.1.1.7" }))).toBe(false);
    expect(isCtStorage(scan({ elements: { "00080016": null } }))).toBe(false);
  });
});
