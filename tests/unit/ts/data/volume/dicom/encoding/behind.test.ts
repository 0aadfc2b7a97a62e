import { bytesBehindPixels } from "../../../../../../../ts/data/volume/dicom/encoding/behind.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { caught } from "../../../../../../support/caught.ts";
import {
  type DicomSpec,
  dicomFile,
  type Syntax,
  writeElement,
} from "../../../../../../support/dicom-file.ts";

const behind = (more: Uint8Array, spec: DicomSpec = {}): number => {
  const elements = scanElements(Buffer.concat([dicomFile(spec), more]), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return bytesBehindPixels(elements);
};
const frame = { syntax: { uid: "1.2.840.10008.1.2.5" }, fragments: [new Uint8Array(70)] } as const;
const padding = (syntax: Syntax): Buffer => writeElement("FFFCFFFC", "OB", new Uint8Array(30), syntax);

describe("bytesBehindPixels", () => {
  it.each<[string, Uint8Array, DicomSpec]>([
    ["nothing", new Uint8Array(0), {}],
    ["padding", padding("explicit"), {}],
    ["padding of an implicit file", padding("implicit"), { syntax: "implicit" }],
    ["padding behind compressed pixels", padding("explicit"), frame],
    ["a private group", writeElement("7FE10010", "LO", "CANARY", "explicit"), {}],
    [
      "several elements in order",
      Buffer.concat([writeElement("7FE10010", "LO", "A", "explicit"), padding("explicit")]),
      {},
    ],
  ])("counts none of %s", (_, more, spec) => {
    expect(behind(more, spec)).toBe(0);
  });

  it.each<[string, Uint8Array, DicomSpec, number]>([
    ["zeros", new Uint8Array(512), {}, 512],
    ["a byte", Uint8Array.of(0), {}, 1],
    ["bytes behind compressed pixels", new Uint8Array(20).fill(7), frame, 20],
    ["bytes behind padding", Buffer.concat([padding("explicit"), Buffer.alloc(9, 1)]), {}, 9],
    ["an element out of order", writeElement("00100010", "PN", "CANARY", "explicit"), {}, 14],
    ["an element that is cut short", padding("explicit").subarray(0, 20), {}, 20],
  ])("counts %s", (_, more, spec, bytes) => {
    expect(behind(more, spec)).toBe(bytes);
  });

  it("refuses pixels that stand there once more", async () => {
    const again = writeElement("7FE00010", "OW", new Uint8Array(40), "explicit");
    const error = await caught(() => behind(again));
    expect([error.code, error.message]).toEqual([
      "DATA_DICOM_PARSE",
      "[DATA_DICOM_PARSE] the file: PixelData occurs twice",
    ]);
  });
});
