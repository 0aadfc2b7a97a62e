import {
  listIn,
  structIn,
  structsIn,
  ThriftReader,
  textIn,
  whole,
  wholeOr,
} from "../../../../../../../ts/data/sources/rows/parquet/thrift.ts";
import { thrown } from "../../../../../../support/caught.ts";
import { struct, structBytes, type Written } from "../../../../../../support/parquet/craft.ts";

const read = (...fields: readonly (readonly [number, Written])[]) =>
  new ThriftReader(structBytes(struct(...fields))).struct().fields;

describe("structs of Thrift's compact protocol", () => {
  it("have numbers, booleans, bytes, lists and structs by the numbers of their fields", () => {
    const fields = read(
      [1, 7],
      [2, -3],
      [3, true],
      [4, false],
      [5, "text"],
      [6, [1, 2, 3]],
      [7, struct([1, 9])],
      [40, [true, false]],
      [41, Array.from({ length: 20 }, (_, at) => at)],
    );
    expect(fields.get(1)).toBe(7);
    expect(fields.get(2)).toBe(-3);
    expect(fields.get(3)).toBe(true);
    expect(fields.get(4)).toBe(false);
    expect(Buffer.from(fields.get(5) as Uint8Array).toString()).toBe("text");
    expect(fields.get(6)).toEqual([1, 2, 3]);
    expect(structIn(fields.get(7), "it").fields.get(1)).toBe(9);
    expect(fields.get(40)).toEqual([true, false]);
    expect(fields.get(41)).toHaveLength(20);
  });

  it.each([0, 1, -1, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER])("hold the number %d exactly", (value) => {
    expect(read([1, value]).get(1)).toBe(value);
  });

  it("pass by bytes, maps, sets, doubles and ids of sixteen bytes that Parquet does not use", () => {
    const bytes = Uint8Array.from([
      ...[0x13, 0xfe], // field 1: the byte -2
      ...[0x17, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f], // field 2: a double
      ...[0x1b, 2, 0x88, 1, 0x61, 1, 0x62, 1, 0x63, 1, 0x64], // field 3: a map of texts
      ...[0x1b, 0], // field 4: a map of none
      ...[0x1a, 0x23, 5, 6], // field 5: a set of bytes
      ...[0x1d, ...Array.from({ length: 16 }, () => 1)], // field 6: an id
      ...[0x16, 2, 0], // field 7: the number 1
    ]);
    const { fields } = new ThriftReader(bytes).struct();
    expect(fields.get(1)).toBe(-2);
    expect(fields.get(3)).toHaveLength(4);
    expect(fields.get(4)).toEqual([]);
    expect(fields.get(5)).toEqual([5, 6]);
    expect(fields.get(6)).toHaveLength(16);
    expect(fields.get(7)).toBe(1);
  });

  it("stand one behind the other", () => {
    const one = structBytes(struct([1, 5]));
    const reader = new ThriftReader(Buffer.concat([one, one]));
    reader.struct();
    expect(reader.at).toBe(one.length);
    expect(reader.struct().fields.get(1)).toBe(5);
  });

  it("are damaged where they end before they are whole, wherever that is", () => {
    const bytes = structBytes(
      struct([1, 300], [2, "text"], [3, [1, 2]], [4, struct([1, [struct([2, "x"])]])]),
    );
    for (let length = 0; length < bytes.length; length++) {
      const error = thrown(() => new ThriftReader(bytes.subarray(0, length)).struct());
      expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    }
  });

  it.each([
    [
      "a list of two thousand million",
      [0x19, 0xf6, 0x80, 0x94, 0xeb, 0xdc, 0x03, 0],
      "lists 1000000000 values",
    ],
    ["an unknown kind", [0x1e, 0], "of the unknown kind 14"],
    ["a number without an end", [0x16, ...Array.from({ length: 11 }, () => 0xff)], "more than ten bytes"],
    ["a text longer than what is left", [0x18, 100, 1], "ends before it is whole"],
    [
      "structs without an end in each other",
      Array.from({ length: 100 }, () => 0x1c),
      "nested deeper than 32",
    ],
    [
      "lists without an end in each other",
      [0x19, ...Array.from({ length: 100 }, () => 0x19)],
      "nested deeper",
    ],
  ])("are damaged by %s", (_, bytes, message) => {
    const error = thrown(() => new ThriftReader(Uint8Array.from(bytes)).struct());
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });
});

describe("fields", () => {
  const one = new ThriftReader(
    structBytes(struct([1, 5], [2, -5], [3, "x"], [4, [struct()]], [5, [1]])),
  ).struct();

  it("are counts, texts, lists and structs where they are there", () => {
    expect(whole(one, 1, "it")).toBe(5);
    expect(wholeOr(one, 9, "it")).toBeUndefined();
    expect(textIn(one.fields.get(3), "it")).toBe("x");
    expect(structsIn(one, 4, "it")).toHaveLength(1);
    expect(listIn(one, 5, "it")).toEqual([1]);
  });

  it.each([
    ["a negative count", () => whole(one, 2, "the size"), "the size is -5"],
    ["a count that is text", () => whole(one, 3, "the size"), "the size is not there"],
    ["a count that is missing", () => whole(one, 9, "the size"), "the size is not there"],
    ["an optional count that is negative", () => wholeOr(one, 2, "the size"), "the size is -5"],
    ["a text that is a number", () => textIn(one.fields.get(1), "the name"), "the name is not there"],
    ["a text that is no UTF-8", () => textIn(Uint8Array.of(0xff), "the name"), "the name is not UTF-8"],
    ["a list that is a number", () => listIn(one, 1, "the list"), "the list is not there"],
    ["a list of numbers for one of structs", () => structsIn(one, 5, "the list"), "the list is not there"],
    ["a struct that is missing", () => structIn(undefined, "it"), "it is not there"],
    ["a struct that is text", () => structIn(one.fields.get(3), "it"), "it is not there"],
  ])("are damaged: %s", (_, use, message) => {
    expect(thrown(use)).toMatchObject({ code: "DATA_MANIFEST", what: message });
  });
});
