import {
  type Encoding,
  elementAt,
  elementEnd,
  elementsOf,
  isShortVr,
  itemsOf,
  undefinedLength,
} from "../../../../../../../ts/data/volume/dicom/encoding/step.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { dicomFile } from "../../../../../../support/dicom-file.ts";

/** Every VR of DICOM PS3.5 table 6.2-1, and one of an edition to come. */
const shortVrs = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split(" ");
const longVrs = "OB OD OF OL OV OW SQ SV UC UN UR UT UV QX".split(" ");

/** An element with its header written by hand, independently of the reader. */
function element(tag: number, vr: string, value: Uint8Array, encoding: Encoding, open = false): Buffer {
  const long = encoding !== "implicit" && !shortVrs.includes(vr);
  const header = Buffer.alloc(long ? 12 : 8);
  const big = encoding === "big";
  const put = (width: 2 | 4, number: number, at: number): number =>
    big ? header.writeUIntBE(number, at, width) : header.writeUIntLE(number, at, width);
  put(2, Math.floor(tag / 0x10000), 0);
  put(2, tag % 0x10000, 2);
  const length = open ? undefinedLength : value.length;
  if (encoding === "implicit") put(4, length, 4);
  else {
    header.write(vr, 4, "latin1");
    if (long) put(4, length, 8);
    else put(2, length, 6);
  }
  return Buffer.concat([header, value]);
}

/** Items of undefined length, delimited. */
function openItems(content: Buffer, encoding: Encoding): Buffer {
  const item = (tag: number, length: number): Buffer => {
    const bytes = Buffer.alloc(8);
    const write = (width: 2 | 4, number: number, at: number): number =>
      encoding === "big" ? bytes.writeUIntBE(number, at, width) : bytes.writeUIntLE(number, at, width);
    write(2, 0xfffe, 0);
    write(2, tag, 2);
    write(4, length, 4);
    return bytes;
  };
  return Buffer.concat([item(0xe000, undefinedLength), content, item(0xe00d, 0), item(0xe0dd, 0)]);
}

describe("a step over an element", () => {
  it.each([...shortVrs, ...longVrs])("of VR %s ends where its value does, in a sequence too", (vr) => {
    const value = Buffer.alloc(vr === "SQ" ? 0 : 8, 1);
    for (const encoding of ["explicit", "big"] as const) {
      const one = element(0x00091001, vr, value, encoding);
      const found = elementAt(one, 0, encoding);
      expect(found).toMatchObject({ tag: 0x00091001, vr, length: value.length });
      if (found === undefined) throw new Error("no element");
      expect(elementEnd(one, found, encoding)).toBe(one.length);
      const nested = element(0x00081140, "SQ", openItems(one, encoding), encoding, true);
      const sequence = elementAt(nested, 0, encoding);
      if (sequence === undefined) throw new Error("no sequence");
      expect(elementEnd(nested, sequence, encoding)).toBe(nested.length);
    }
    expect(isShortVr(vr)).toBe(shortVrs.includes(vr));
  });

  it.each([...shortVrs, ...longVrs])("of VR %s before the pixels does not hide them", (vr) => {
    const odd = element(0x00271001, vr, Buffer.alloc(vr === "SQ" ? 0 : 8), "explicit");
    const file = dicomFile({
      patch: (bytes) => {
        const at = bytes.indexOf(Buffer.from([0x28, 0x00, 0x02, 0x00]));
        return Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)]);
      },
    });
    expect(scanElements(file, true, "the file")?.uint16("Rows")).toBe(4);
  });

  it("takes the items of UN of undefined length for implicit ones (CP-246)", () => {
    const inner = element(0x00091001, "", Buffer.alloc(4), "implicit");
    const un = element(0x00090010, "UN", openItems(inner, "implicit"), "explicit", true);
    const found = elementAt(un, 0, "explicit");
    if (found === undefined) throw new Error("no element");
    expect(elementEnd(un, found, "explicit")).toBe(un.length);
    const [item] = itemsOf(un, found, "explicit") ?? [];
    if (item === undefined) throw new Error("no item");
    expect(elementsOf(un, item)).toMatchObject([{ tag: 0x00091001, vr: undefined, length: 4 }]);
  });

  it("ends with a sequence where its items end, and with an item where its elements do", () => {
    const inner = element(0x00091001, "LO", Buffer.alloc(4), "explicit");
    const sequence = element(0x00081140, "SQ", openItems(inner, "explicit").subarray(0, -8), "explicit");
    const found = elementAt(sequence, 0, "explicit");
    if (found === undefined) throw new Error("no element");
    const items = (length: number) => itemsOf(sequence, { ...found, length }, "explicit");
    expect(items(found.length)).toEqual([{ from: 20, to: 32, encoding: "explicit" }]);
    expect([-9, -1, 1].map((off) => items(found.length + off))).toEqual([undefined, undefined, undefined]);
    const elements = (to: number) => elementsOf(sequence, { from: 20, to, encoding: "explicit" })?.length;
    expect([31, 32, 33].map(elements)).toEqual([undefined, 1, undefined]);
  });

  it("is undefined past the end, without items, and for sequences deeper than any object's", () => {
    const cut = element(0x00091001, "LO", Buffer.alloc(8), "explicit").subarray(0, 12);
    const found = elementAt(cut, 0, "explicit");
    if (found === undefined) throw new Error("no element");
    expect(elementEnd(cut, found, "explicit")).toBeUndefined();
    expect(elementAt(cut.subarray(0, 7), 0, "explicit")).toBeUndefined();
    const noItem = element(0x00091001, "SQ", Buffer.alloc(16), "explicit", true);
    const open = elementAt(noItem, 0, "explicit");
    if (open === undefined) throw new Error("no element");
    expect(elementEnd(noItem, open, "explicit")).toBeUndefined();
    let deep = element(0x00091001, "LO", Buffer.alloc(2), "explicit");
    for (let depth = 0; depth < 70; depth++)
      deep = element(0x00081140, "SQ", openItems(deep, "explicit"), "explicit", true);
    const outer = elementAt(deep, 0, "explicit");
    if (outer === undefined) throw new Error("no element");
    expect(elementEnd(deep, outer, "explicit")).toBeUndefined();
  });
});
