import { hash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import type { DicomElements } from "../../../../../../ts/data/volume/dicom/elements.ts";
import { scanElements } from "../../../../../../ts/data/volume/dicom/scan.ts";
import { isTomoeError } from "../../../../../../ts/errors.ts";
import { caught } from "../../../../../support/caught.ts";
import { type DicomSpec, dicomFile, type Syntax, writeElement } from "../../../../../support/dicom-file.ts";

const scan = (spec: DicomSpec): DicomElements => {
  const elements = scanElements(dicomFile(spec), true, "the file");
  if (elements === undefined) throw new Error("a whole file was not scanned");
  return elements;
};
const syntaxes: readonly Syntax[] = ["implicit", "explicit", "big", "deflated", "j2k"];

describe("scanElements", () => {
  it.each(syntaxes)("reads text, decimals and binary numbers in the %s syntax", (syntax) => {
    const elements = scan({ syntax, rows: 7, columns: 9, spacing: [0.5, 0.25], position: [-1.5, 2, 1e-3] });
    expect(elements.uint16("Rows")).toBe(7);
    expect(elements.needUint16("Columns")).toBe(9);
    expect(elements.numbers("PixelSpacing")).toEqual([0.5, 0.25]);
    expect(elements.numbers("ImagePositionPatient")).toEqual([-1.5, 2, 0.001]);
    expect(elements.text("Modality")).toBe("CT");
    expect(elements.pixels?.length).toBe(syntax === "j2k" ? 0xffffffff : 126);
  });

  it("keeps nothing outside the allow-list", () => {
    const kept = JSON.stringify(Object.getOwnPropertyNames(scan({})));
    expect(kept).not.toContain("PatientName");
    expect(scan({}).text("SOPClassUID")).toBe("1.2.840.10008.5.1.4.1.1.2");
    // @ts-expect-error a keyword that is not on the list does not compile
    expect(scan({}).text("PatientName")).toBeUndefined();
  });

  it("has what a file belongs to as digests of this process, and nothing of the text", () => {
    const of = (name: string): DicomElements =>
      scan({ elements: { "00100010": ["PN", name], "00100020": ["LO", " "], "00080070": ["LO", "ACME"] } });
    const [one, same, other] = [of("CANARY^A"), of("CANARY^A "), of("CANARY^B")];
    expect([...one.belonging.keys()].toSorted()).toEqual(["manufacturer", "patient name", "study date"]);
    expect(same.belonging).toEqual(one.belonging);
    expect(other.belonging.get("patient name")).not.toBe(one.belonging.get("patient name"));
    expect(other.belonging.get("manufacturer")).toBe(one.belonging.get("manufacturer"));
    expect(one.belonging.get("manufacturer")).not.toBe(hash("sha256", "ACME", "hex"));
    expect(one.kept().belonging).toEqual(one.belonging);
    expect(one.kept().bytes.toString("latin1")).not.toContain("CANARY");
  });

  it("steps over sequences of known and unknown length, private ones too", () => {
    const item = Buffer.concat([
      Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]),
      writeElement("00280010", "US", new Uint8Array([9, 9]), "explicit"),
      Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]),
    ]);
    const closed = Buffer.concat([
      Buffer.from([0xfe, 0xff, 0x00, 0xe0, 10, 0, 0, 0]),
      writeElement("00280010", "US", new Uint8Array([9, 9]), "explicit"),
    ]);
    const elements = scan({
      elements: { "00081140": ["SQ", closed], "00091001": ["UN", Buffer.from("private")] },
      patch: (file) => {
        const at = file.indexOf(writeElement("00280002", "US", new Uint8Array([1, 0]), "explicit"));
        const open = Buffer.concat([
          Buffer.from([0x20, 0x00, 0x60, 0x90]),
          Buffer.from("SQ\0\0"),
          Buffer.from([0xff, 0xff, 0xff, 0xff]),
          item,
          Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
        ]);
        return Buffer.concat([file.subarray(0, at), open, file.subarray(at)]);
      },
    });
    expect(elements.uint16("Rows")).toBe(4);
  });

  it("reads implicit elements under an explicit syntax, and the reverse, and notes it", () => {
    const swapped = (file: Buffer, from: string, to: string): Buffer => {
      const at = file.indexOf(Buffer.from(`${from}\0`));
      return Buffer.concat([
        file.subarray(0, at),
        Buffer.from(to.padEnd(from.length + 1, "\0")),
        file.subarray(at + from.length + 1),
      ]);
    };
    const implicitInside = scan({
      syntax: "implicit",
      patch: (file) => {
        const at = file.indexOf("1.2.840.10008.1.2\0");
        const longer = Buffer.concat([
          file.subarray(0, at - 2),
          Buffer.from([20, 0]),
          Buffer.from("1.2.840.10008.1.2.1\0"),
          file.subarray(at + 18),
        ]);
        return longer;
      },
    });
    expect([implicitInside.uint16("Rows"), implicitInside.encodingDiffers]).toEqual([4, true]);
    const explicitInside = scan({
      syntax: "explicit",
      patch: (file) => swapped(file, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"),
    });
    expect([explicitInside.uint16("Rows"), explicitInside.encodingDiffers]).toEqual([4, true]);
    expect(scan({}).encodingDiffers).toBe(false);
  });

  it("does not look into a directory", () => {
    const elements = scan({
      sopClass: "1.2.840.10008.1.3.10",
      patch: (file) =>
        Buffer.concat([file.subarray(0, 300), Buffer.from([4, 0, 0x20, 0x12, 0x53, 0x51, 0, 0, 0xff, 0xff])]),
    });
    expect(elements.has("Rows")).toBe(false);
  });

  it("asks for more when the beginning of a file ends before its pixels", () => {
    const file = dicomFile({});
    const pixelsAt = file.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
    expect(scanElements(file.subarray(0, pixelsAt), false, "x")).toBeUndefined();
    expect(scanElements(file.subarray(0, 200), false, "x")).toBeUndefined();
    expect(scanElements(file.subarray(0, pixelsAt + 12), false, "x")?.pixels).toEqual({
      offset: pixelsAt + 12,
      length: 40,
    });
    expect(scanElements(dicomFile({ syntax: "deflated" }), false, "x")).toBeUndefined();
  });

  it.each<[string, DicomSpec, string, string]>([
    [
      "no DICM mark",
      {
        patch: (file) => file.fill("ABCD", 128),
      },
      "DATA_DICOM_PARSE",
      "no DICM mark",
    ],
    [
      "no transfer syntax",
      { patch: (file) => file.subarray(0, 132) },
      "DATA_DICOM_PARSE",
      "names no transfer syntax",
    ],
    [
      "an element that runs past the end",
      {
        patch: (file) => {
          file.writeUInt16LE(0xfff0, file.indexOf(Buffer.from([8, 0, 8, 0, 0x43, 0x53])) + 6);
          return file;
        },
      },
      "DATA_DICOM_PARSE",
      "does not end inside the file",
    ],
    [
      "a listed element that occurs twice",
      {
        patch: (file) => {
          const at = file.indexOf(Buffer.from([0x28, 0x00, 0x02, 0x00]));
          return Buffer.concat([file.subarray(0, at), file.subarray(at, at + 10), file.subarray(at)]);
        },
      },
      "DATA_DICOM_PARSE",
      "SamplesPerPixel occurs twice",
    ],
    [
      "damaged deflated data",
      { syntax: "deflated", patch: (file) => file.subarray(0, file.length - 8) },
      "DATA_TRUNCATED",
      "deflated data set",
    ],
  ])("refuses %s", async (_, spec, code, said) => {
    const error = await caught(() => scan(spec));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("refuses a deflate bomb at its cap", async () => {
    const file = dicomFile({ syntax: "deflated" });
    const start = file.indexOf("1.2.840.10008.1.2.1.99") + 22;
    const bomb = Buffer.concat([file.subarray(0, start), deflateRawSync(Buffer.alloc(80 * 1024 * 1024))]);
    const error = await caught(() => scanElements(bomb, true, "the file"));
    expect(error.code).toBe("DATA_DECOMPRESS_LIMIT");
    expect(error.message).toContain("larger than 67108864 bytes");
  });

  it.each<[string, DicomSpec, (elements: DicomElements) => unknown]>([
    [
      "a comma for a decimal point",
      { elements: { "00280030": ["DS", "1,5\\1"] } },
      (elements) => elements.numbers("PixelSpacing"),
    ],
    [
      "a name where a number belongs",
      { elements: { "00280030": ["DS", "CANARY^NAME"] } },
      (elements) => elements.numbers("PixelSpacing"),
    ],
    [
      "Rows of VR UL",
      { elements: { "00280010": ["UL", new Uint8Array([4, 0, 0, 0])] } },
      (elements) => elements.uint16("Rows"),
    ],
    [
      "Rows of two values",
      { elements: { "00280010": ["US", new Uint8Array([4, 0, 4, 0])] } },
      (elements) => elements.uint16("Rows"),
    ],
    ["no Rows", { elements: { "00280010": null } }, (elements) => elements.needUint16("Rows")],
  ])("refuses %s without quoting the value", async (_, spec, use) => {
    const error = await caught(() => use(scan(spec)));
    expect(error.code).toBe("DATA_DICOM_PARSE");
    expect(JSON.stringify(error.toDocument())).not.toContain("CANARY");
    expect(error.cause).toBeUndefined();
  });

  it("survives sequences nested thousands deep", async () => {
    const open = Buffer.concat([
      Buffer.from([0x08, 0x00, 0x40, 0x11]),
      Buffer.from("SQ\0\0"),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]),
    ]);
    const deep = dicomFile({
      patch: (file) =>
        Buffer.concat([
          file.subarray(0, file.indexOf(Buffer.from([0x28, 0x00, 0x02, 0x00]))),
          ...Array.from({ length: 20_000 }, () => open),
        ]),
    });
    const error = await caught(() => {
      const elements = scanElements(deep, true, "the file");
      if (elements?.pixels === undefined)
        throw Object.assign(new Error("no pixels"), { code: "DATA_DICOM_PARSE", hint: "" });
    });
    expect(error.code).toBe("DATA_DICOM_PARSE");
  });

  it("meets any damage with elements or a typed error, never another exception", () => {
    const bases = syntaxes.map((syntax) => dicomFile({ syntax }));
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(fc.constantFrom(...bases), edits, fc.nat(), (base, changes, cut) => {
        const bytes = Buffer.from(base.subarray(0, base.length - (cut % 40)));
        for (const [place, value] of changes) bytes[128 + (place % (bytes.length - 128))] = value;
        try {
          const elements = scanElements(bytes, true, "the file");
          elements?.numbers("ImagePositionPatient");
          elements?.uint16("Rows");
        } catch (error) {
          if (!isTomoeError(error)) throw error;
          expect(error.code).toMatch(/^DATA_(DICOM_PARSE|TRUNCATED|DECOMPRESS_LIMIT)$/);
          expect(error.message).not.toContain("CANARY");
        }
      }),
      { numRuns: 2000, seed: 4 },
    );
  });
});
