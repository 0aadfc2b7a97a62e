import { allTraits, traitsOf } from "../../../../../../../ts/data/volume/dicom/compare/traits.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";

const scan = (spec: DicomSpec): NonNullable<ReturnType<typeof scanElements>> => {
  const elements = scanElements(dicomFile(spec), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return elements;
};

describe("traitsOf", () => {
  it("gives numbers, texts and ids as digests, and times as numbers", () => {
    const traits = traitsOf(
      scan({
        elements: {
          "00180060": ["DS", "120"],
          "00080032": ["TM", "101500.25"],
          "00180010": ["LO", "CANARY"],
        },
      }),
    );
    expect(traits.get("KVP")).toEqual({ key: "120", number: 120 });
    expect(traits.get("AcquisitionTime")).toEqual({ key: "101500.25", number: 101500.25 });
    expect(traits.get("ContrastBolusAgent")).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      number: undefined,
    });
    expect(JSON.stringify([...traits])).not.toContain("CANARY");
  });

  it("takes one setting written in two ways for the same, and whole numbers apart", () => {
    const key = (value: string): string | undefined =>
      traitsOf(scan({ elements: { "00181100": ["DS", value] } })).get("ReconstructionDiameter")?.key;
    expect(new Set([key("350"), key("350.0"), key("349.9999")]).size).toBe(1);
    expect(new Set([key("1001"), key("1002")]).size).toBe(2);
  });

  it("has none of what is absent, and notes what is malformed", () => {
    const elements = scan({ elements: { "00180060": ["DS", "12O"], "00200012": null } });
    const traits = traitsOf(elements);
    expect([traits.has("KVP"), traits.has("AcquisitionNumber")]).toEqual([false, false]);
    expect([...elements.malformed]).toEqual(["KVP"]);
  });

  it("lists no keyword twice", () => {
    expect(new Set(allTraits.map(({ keyword }) => keyword)).size).toBe(allTraits.length);
  });
});
