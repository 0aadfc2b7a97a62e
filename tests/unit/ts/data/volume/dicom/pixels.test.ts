import fc from "fast-check";
import { decodeNative, pixelCoding } from "../../../../../../ts/data/volume/dicom/pixels.ts";
import { scanElements } from "../../../../../../ts/data/volume/dicom/scan.ts";
import { sliceHeader } from "../../../../../../ts/data/volume/dicom/slice.ts";
import type { TomoeError } from "../../../../../../ts/errors.ts";
import { caught } from "../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../support/dicom-file.ts";

const scan = (spec: DicomSpec): NonNullable<ReturnType<typeof scanElements>> => {
  const elements = scanElements(dicomFile(spec), true, "file 2 of 5");
  if (elements === undefined) throw new Error("not scanned");
  return elements;
};
/** Pixels of a file, behind two places that stay as they are. */
function decoded(spec: DicomSpec): { readonly values: number[] } {
  const elements = scan(spec);
  const { pixels } = sliceHeader(elements, "");
  const out = new Int32Array(2 + pixels.rows * pixels.columns).fill(77);
  decodeNative(elements, pixels, out, 2);
  expect([...out.subarray(0, 2)]).toEqual([77, 77]);
  return { values: [...out.subarray(2)] };
}

describe("pixelCoding", () => {
  it.each<[string, string]>([
    ["1.2.840.10008.1.2", "native"],
    ["1.2.840.10008.1.2.1.99", "native"],
    ["1.2.840.10008.1.2.5", "RLE"],
    ...["50", "51", "53", "55", "57", "70"].map((end): [string, string] => [
      `1.2.840.10008.1.2.4.${end}`,
      "JPEG",
    ]),
    ["1.2.840.10008.1.2.4.80", "JPEG-LS"],
    ["1.2.840.10008.1.2.4.81", "JPEG-LS"],
    ["1.2.840.10008.1.2.4.90", "JPEG 2000"],
    ["1.2.840.10008.1.2.4.91", "JPEG 2000"],
    ["1.2.840.10008.1.2.4.201", "HTJ2K"],
    ["1.2.840.10008.1.2.4.203", "HTJ2K"],
  ])("of %s is %s", (syntax, wanted) => {
    const coding = pixelCoding(syntax, "the file");
    expect(coding === "native" ? coding : coding.name).toBe(wanted);
  });

  it.each([
    ["1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.92 (JPEG 2000 Part 2)"],
    ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.102 (MPEG video)"],
    ["1.2.840.10008.1.2.4.112", "1.2.840.10008.1.2.4.112 (JPEG XL)"],
    ["1.2.840.10008.1.2.4.999", "1.2.840.10008.1.2.4.999 is not"],
    ["CANARY^NAME", "a private one is not"],
    ["1.3.46.670589.1", "a private one is not"],
  ])("of %s is refused, and said only where it can be no name", async (syntax, said) => {
    const error = await caught(() => pixelCoding(syntax, "the file"));
    expect(error.code).toBe("DATA_TRANSFER_SYNTAX_UNSUPPORTED");
    expect(error.message).toContain(said);
    expect(JSON.stringify(error.toDocument())).not.toContain("CANARY");
    expect(error.hint).toMatch(/^Decompress it first/);
  });
});

describe("decodeNative", () => {
  it("gives back what was stored, in every byte order, width and sign", () => {
    const kinds = fc.record({
      syntax: fc.constantFrom("implicit", "explicit", "big", "deflated"),
      bitsStored: fc.integer({ min: 2, max: 16 }),
      signed: fc.boolean(),
    });
    fc.assert(
      fc.property(kinds, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (kind, raw) => {
        const { bitsStored, signed } = kind;
        const span = 2 ** bitsStored;
        const values = raw.map((value) => (value % span) - (signed ? span / 2 : 0));
        expect(
          decoded({ ...kind, syntax: kind.syntax as DicomSpec["syntax"] & string, values }).values,
        ).toEqual(values);
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it("gives the same to 16 bits as to 32, and finds the same bits above those that are stored", () => {
    const random = fc.record({
      bitsStored: fc.integer({ min: 2, max: 16 }),
      signed: fc.boolean(),
      words: fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 20, maxLength: 20 }),
    });
    fc.assert(
      fc.property(random, ({ bitsStored, signed, words }) => {
        const elements = scan({ bitsStored, signed, values: words.map(() => 0) });
        const { pixels } = sliceHeader(elements, "");
        words.forEach((word, i) => {
          elements.bytes.writeUInt16LE(word, (elements.pixels?.offset ?? 0) + 2 * i);
        });
        const [wide, narrow] = [new Int32Array(23), signed ? new Int16Array(23) : new Uint16Array(23)];
        const told = [wide, narrow].map((out) => {
          try {
            return decodeNative(elements, pixels, out, 3);
          } catch (error) {
            return (error as TomoeError).message;
          }
        });
        expect(told[1]).toBe(told[0]);
        expect([...narrow]).toEqual([...wide]);
      }),
      { numRuns: 200, seed: 13 },
    );
  });

  it("reads words that start at an odd place in memory", () => {
    const values = Array.from({ length: 20 }, (_, i) => i * 100 - 1000);
    for (const syntax of ["explicit", "big"] as const) {
      const file = dicomFile({ syntax, values, bitsStored: 12, signed: true });
      const odd = Buffer.concat([Buffer.alloc(1), file]).subarray(1);
      const elements = scanElements(odd, true, "the file");
      const out = new Int16Array(20);
      if (elements !== undefined) decodeNative(elements, sliceHeader(elements, "").pixels, out, 0);
      expect([...out]).toEqual(values);
    }
  });

  it("cuts off what stands above the stored bits", () => {
    const elements = scan({
      bitsStored: 12,
      signed: false,
      values: Array.from({ length: 20 }, (_, i) => i * 150),
    });
    const { pixels } = sliceHeader(elements, "");
    for (let i = 0; i < 20; i++) {
      const at = (elements.pixels?.offset ?? 0) + 2 * i + 1;
      elements.bytes[at] = (elements.bytes[at] ?? 0) | 0xf0;
    }
    const out = new Uint16Array(20);
    expect(decodeNative(elements, pixels, out, 0)).toBe(20);
    expect([...out]).toEqual(Array.from({ length: 20 }, (_, i) => i * 150));
  });

  it("counts what is cut off, where it is no sign, no zeros and no declared overlay", () => {
    const cut = (
      values: readonly number[],
      signed: boolean,
      elements: DicomSpec["elements"] = {},
    ): number => {
      const bits = {
        "00280101": ["US", Uint8Array.of(12, 0)],
        "00280102": ["US", Uint8Array.of(11, 0)],
      } as const;
      const raw = Array.from({ length: 20 }, (_, i) => values[i] ?? 0);
      const found = scan({ values: raw, signed, elements: { ...bits, ...elements } });
      return decodeNative(found, sliceHeader(found, "").pixels, new Int32Array(20), 0);
    };
    expect(cut([-1000, 2000, -1, 7], true)).toBe(0);
    expect(cut([-1000 & 0xfff, 2000, 0xfff], true)).toBe(0);
    expect(cut([4095, 0, 1000], false)).toBe(0);
    expect(cut([4096, 0x8001, 1000], false)).toBe(2);
    expect(cut([0x1fff, 0x1001, 5], true)).toBe(2);
    expect(cut([0x1fff, 0x1001, 5], true, { "60000010": ["US", Uint8Array.of(4, 0)] })).toBe(0);
  });

  it("refuses signed numbers that have more bits than BitsStored says, with both ends", async () => {
    const elements = scan({
      values: Array.from({ length: 20 }, (_, i) => 100 * i - 1000),
      elements: { "00280101": ["US", Uint8Array.of(10, 0)], "00280102": ["US", Uint8Array.of(9, 0)] },
    });
    const { pixels } = sliceHeader(elements, "");
    const error = await caught(() => decodeNative(elements, pixels, new Int16Array(20), 0));
    expect([error.code, error.message]).toEqual([
      "DATA_DICOM_PARSE",
      expect.stringContaining(
        "BitsStored is 10, and 9 pixels hold numbers from -1000 to 900, which need more bits",
      ),
    ]);
  });

  it("reads pixels of eight bits", () => {
    const values = [-128, -1, 0, 1, 127, 5];
    const spec = { rows: 2, columns: 3, bitsAllocated: 8, bitsStored: 8, values } as const;
    expect(decoded(spec).values).toEqual(values);
    expect(decoded({ ...spec, signed: false, values: [0, 255, 3, 4, 5, 6] }).values).toEqual([
      0, 255, 3, 4, 5, 6,
    ]);
  });

  it("takes the byte that pads, and refuses one more pixel, half the columns and whole frames more", async () => {
    const odd = { rows: 3, columns: 3, bitsAllocated: 8, bitsStored: 8, values: new Int16Array(9) } as const;
    expect(decoded(odd).values).toHaveLength(9);
    const more = (values: number): Promise<TomoeError> =>
      caught(() => decoded({ rows: 2, columns: 2, values: new Int16Array(values) }));
    const one = await more(5);
    expect([one.code, one.message]).toEqual([
      "DATA_DICOM_PARSE",
      expect.stringContaining("10 bytes of pixels where 2 x 2 need 8; Rows, Columns or BitsAllocated"),
    ]);
    expect((await more(8)).message).toContain("enough for 2 frames, and NumberOfFrames says 1");
    expect((await more(48)).message).toContain("enough for 12 frames");
  });

  it("says how many bytes are missing", async () => {
    const error = await caught(() => decoded({ rows: 4, columns: 5, values: new Int16Array(19) }));
    expect([error.code, error.details]).toEqual(["DATA_TRUNCATED", { haveBytes: 38, needBytes: 40 }]);
    expect(error.message).toBe("[DATA_TRUNCATED] file 2 of 5: 38 bytes of pixels where 5 x 4 need 40");
  });

  it("refuses eight bits in big endian words, and encapsulated pixels", async () => {
    const bytes = { bitsAllocated: 8, bitsStored: 8 } as const;
    expect((await caught(() => decoded({ syntax: "big", ...bytes }))).message).toContain(
      "8-bit pixels in big endian words",
    );
    const elements = scan({ syntax: "j2k" });
    const { pixels } = sliceHeader(elements, "");
    const error = await caught(() => decodeNative(elements, pixels, new Int16Array(20), 0));
    expect(error.message).toContain("encapsulated pixels in an uncompressed transfer syntax");
  });
});
