import {
  DicomElements,
  type Field,
  fieldText,
  isNeeded,
  type Keyword,
  keywordOf,
} from "../../../../../../ts/data/volume/dicom/elements.ts";
import { caught } from "../../../../../support/caught.ts";

/** Elements over values written one after another. */
function elementsOf(
  values: Partial<Record<Keyword, string | Uint8Array>>,
  options: { readonly vr?: string; readonly syntax?: string } = {},
): DicomElements {
  const parts: Buffer[] = [];
  const fields = new Map<Keyword, Field>();
  let offset = 0;
  for (const [keyword, value] of Object.entries(values)) {
    const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : Buffer.from(value);
    fields.set(keyword as Keyword, { vr: options.vr, offset, length: bytes.length });
    parts.push(bytes);
    offset += bytes.length;
  }
  const syntax = options.syntax ?? "1.2.840.10008.1.2.1";
  return new DicomElements({
    bytes: Buffer.concat(parts),
    fields,
    pixels: undefined,
    transferSyntax: syntax,
    where: "file 3 of 9",
    encodingDiffers: false,
    marked: true,
    repeated: new Set(),
    encoding: "explicit",
  });
}

describe("kept", () => {
  it("holds the same values in a memory of its own", () => {
    const rest = "x".repeat(5000);
    const elements = elementsOf({
      Rows: Uint8Array.of(5, 0),
      SeriesDescription: rest,
      ImageType: "ORIGINAL\\PRIMARY ",
    });
    const kept = elements.kept();
    expect([kept.uint16("Rows"), kept.text("ImageType"), kept.has("KVP")]).toEqual([
      5,
      "ORIGINAL\\PRIMARY",
      false,
    ]);
    expect(kept.text("SeriesDescription")).toBe(rest);
    expect(kept.bytes.buffer.byteLength).toBe(kept.bytes.length);
    expect([kept.where, kept.transferSyntax, kept.marked]).toEqual([
      "file 3 of 9",
      "1.2.840.10008.1.2.1",
      true,
    ]);
  });

  it("remembers what was malformed, and lets go of what no field points to", () => {
    const bytes = Buffer.concat([Buffer.alloc(60_000, "N"), Buffer.from("12,5")]);
    const elements = new DicomElements({
      bytes,
      fields: new Map([["KVP", { vr: "DS", offset: 60_000, length: 4 }]]),
      pixels: { offset: 60_004, length: 8 },
      transferSyntax: "1.2.840.10008.1.2.2",
      where: "file 1 of 1",
      encodingDiffers: true,
      marked: false,
      repeated: new Set(),
      encoding: "explicit",
    });
    expect(elements.lenient("KVP", (read) => read.numbers("KVP"))).toBeUndefined();
    const kept = elements.kept();
    expect([...kept.malformed]).toEqual(["KVP"]);
    expect(kept.bytes.toString()).toBe("12,5");
    expect(kept.pixels).toEqual({ offset: 60_004, length: 8 });
    expect([kept.bigEndian, kept.encodingDiffers]).toEqual([true, true]);
  });
});

describe("the allow-list", () => {
  it("holds no element of identity: no patient, no date but that of the scan, no comment, no private group", () => {
    const tags = [...keywordOf.keys()].map((tag) => tag.toString(16).padStart(8, "0"));
    const identity = /^0010|^0008(002[013]|0030|0031|1030|0050|0080|0090)|^0032|^0040|^00204000/;
    expect(tags.filter((tag) => identity.test(tag))).toEqual([]);
    expect(tags.filter((tag) => Number.parseInt(tag.slice(0, 4), 16) % 2 === 1)).toEqual([]);
    expect(new Set(keywordOf.values()).size).toBe(tags.length);
  });

  it("knows what decides grid and HU", () => {
    expect(["PixelSpacing", "RescaleSlope", "Rows"].every((keyword) => isNeeded(keyword as Keyword))).toBe(
      true,
    );
    expect(["SliceThickness", "KVP", "InstanceNumber"].some((keyword) => isNeeded(keyword as Keyword))).toBe(
      false,
    );
  });
});

describe("a compared element", () => {
  it("counts as absent and is noted when its value is malformed, whatever reads it", () => {
    const elements = elementsOf({ SliceThickness: "2,5", KVP: "120" });
    const thickness = elements.lenient("SliceThickness", (read) => read.numbers("SliceThickness")?.[0]);
    const kvp = elements.lenient("KVP", (read) => read.numbers("KVP")?.[0]);
    expect([thickness, kvp, [...elements.malformed]]).toEqual([undefined, 120, ["SliceThickness"]]);
  });

  it("lets an error that is none of the file's pass", () => {
    expect(() =>
      elementsOf({ KVP: "120" }).lenient("KVP", () => {
        throw new RangeError("a bug");
      }),
    ).toThrow(RangeError);
  });
});

describe("a wider binary number", () => {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(0.5);

  it("is read from FD and UL in the byte order of the syntax", () => {
    expect(elementsOf({ CTDIvol: double }, { vr: "FD" }).binary("CTDIvol", "double")).toBe(0.5);
    const big = { vr: "FD", syntax: "1.2.840.10008.1.2.2" };
    expect(elementsOf({ CTDIvol: Buffer.from(double).reverse() }, big).binary("CTDIvol", "double")).toBe(0.5);
    const float = Buffer.alloc(4);
    float.writeFloatLE(70);
    expect(elementsOf({ CardiacPhase: float }, { vr: "FL" }).binary("CardiacPhase", "double")).toBe(70);
    const index = elementsOf({ TemporalPositionIndex: Uint8Array.of(3, 1, 0, 0) });
    expect(index.binary("TemporalPositionIndex", "uint32")).toBe(259);
    expect(elementsOf({}).binary("CTDIvol", "double")).toBeUndefined();
  });

  it("is refused in a VR of text, and cut short", async () => {
    const text = elementsOf({ CTDIvol: "12345678" }, { vr: "DS" });
    expect((await caught(() => text.binary("CTDIvol", "double"))).message).toContain(
      "is not a number of 8 bytes",
    );
    const cut = elementsOf({ CTDIvol: double.subarray(5) }, { vr: "FD" });
    expect((await caught(() => cut.binary("CTDIvol", "double"))).message).toContain("(3 bytes)");
  });
});

describe("text of an element", () => {
  it("loses its padding, and is absent when nothing is left", () => {
    const elements = elementsOf({ Modality: " CT ", ImageType: "  ", SOPClassUID: "1.2.3\0" });
    expect(elements.text("Modality")).toBe("CT");
    expect(elements.text("ImageType")).toBeUndefined();
    expect(elements.text("SOPClassUID")).toBe("1.2.3");
    expect([elements.text("Rows"), elements.has("Rows"), elements.has("ImageType")]).toEqual([
      undefined,
      false,
      true,
    ]);
  });

  it.each(["US", "FD", "OB", "SQ", "UV", "AT"])(
    "is none in the VR %s, whatever its bytes look like",
    async (vr) => {
      const error = await caught(() => elementsOf({ PixelSpacing: "1\\\\1" }, { vr }).text("PixelSpacing"));
      expect([error.code, error.message]).toEqual([
        "DATA_DICOM_PARSE",
        `[DATA_DICOM_PARSE] file 3 of 9: PixelSpacing is text, and its VR ${vr} is of numbers`,
      ]);
    },
  );

  it("keeps what stands before its padding", () => {
    expect(fieldText(Buffer.from("  A B \0 "), { vr: "LO", offset: 0, length: 8 })).toBe("  A B");
  });

  it("takes for padding what is white space or NUL, whatever stands before it", () => {
    for (let byte = 0; byte < 256; byte++) {
      const value = Buffer.from([0x41, byte, 0x42, byte, 0x20, byte, 0x43]);
      const text = fieldText(value, { vr: "LO", offset: 0, length: 6 });
      expect(text).toBe(value.toString("latin1", 0, 6).replace(/[\s\0]+$/, ""));
      expect(fieldText(value, { vr: "LO", offset: 5, length: 0 })).toBe("");
    }
    // A value that its file ends inside is as much of it as is there.
    expect(fieldText(Buffer.from("AB  "), { vr: "LO", offset: 0, length: 99 })).toBe("AB");
  });
});

describe("decimal strings", () => {
  it.each([
    ["1.5\\-2\\+.5\\3.", [1.5, -2, 0.5, 3]],
    [" 1e2 \\ 1E-3", [100, 0.001]],
    ["-0", [-0]],
  ])("of %j are numbers", (text, numbers) => {
    expect(elementsOf({ PixelSpacing: text }).numbers("PixelSpacing")).toEqual(numbers);
  });

  it.each(["1,5", "CANARY^NAME", "0x10", "1\\", "NaN", "Infinity", "1 2", "--1", "1e"])(
    "of %j are refused without a word of them",
    async (text) => {
      const error = await caught(() => elementsOf({ PixelSpacing: text }).numbers("PixelSpacing"));
      expect([error.code, error.details]).toEqual(["DATA_DICOM_PARSE", { element: "PixelSpacing" }]);
      const comma = text === "1,5" ? ": it is written with a decimal comma" : "";
      expect(error.message).toBe(
        `[DATA_DICOM_PARSE] file 3 of 9: PixelSpacing is not a decimal number${comma}`,
      );
    },
  );

  it("are refused at once where a mebibyte of digits is no number", async () => {
    const text = `${"1".repeat(2 ** 20)}x`;
    const { code } = await caught(() => elementsOf({ PixelSpacing: text }).numbers("PixelSpacing"));
    expect(code).toBe("DATA_DICOM_PARSE");
  });

  it("are absent when the element is, or is empty", () => {
    expect(elementsOf({ PixelSpacing: "" }).numbers("PixelSpacing")).toBeUndefined();
    expect(elementsOf({}).numbers("PixelSpacing")).toBeUndefined();
  });
});

describe("a 16-bit number", () => {
  const bytes = Uint8Array.of(0x01, 0x02);

  it("is read in the byte order of the transfer syntax", () => {
    expect(elementsOf({ Rows: bytes }).uint16("Rows")).toBe(0x0201);
    expect(elementsOf({ Rows: bytes }, { syntax: "1.2.840.10008.1.2.2" }).uint16("Rows")).toBe(0x0102);
  });

  it("stands in a binary VR, or in none that is known", async () => {
    for (const vr of ["US", "SS", "UN"])
      expect(elementsOf({ Rows: bytes }, { vr }).uint16("Rows")).toBe(0x0201);
    const error = await caught(() => elementsOf({ Rows: bytes }, { vr: "DS" }).uint16("Rows"));
    expect(error.message).toContain("Rows is not one 16-bit number (2 bytes)");
  });

  it("is absent when empty, and is said to be missing where it is needed", async () => {
    const empty = elementsOf({ Rows: new Uint8Array(0) });
    expect(empty.uint16("Rows")).toBeUndefined();
    const error = await caught(() => empty.needUint16("Rows"));
    expect([error.code, error.message]).toEqual([
      "DATA_DICOM_PARSE",
      "[DATA_DICOM_PARSE] file 3 of 9: Rows is missing",
    ]);
  });
});

describe("a problem of an element", () => {
  it("names file and element, under the code it is given", () => {
    const error = elementsOf({}).problem("the spacing is 0", "PixelSpacing", "DATA_GEOMETRY");
    expect([error.code, error.details]).toEqual(["DATA_GEOMETRY", { element: "PixelSpacing" }]);
    expect(error.message).toContain("file 3 of 9: the spacing is 0");
    expect(elementsOf({}).where).toBe("file 3 of 9");
  });
});
