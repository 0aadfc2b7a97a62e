import {
  unpackFramedLz4,
  unpackLz4,
  unpackSnappy,
} from "../../../../../../../../ts/data/sources/rows/parquet/codecs/blocks.ts";
import { thrown } from "../../../../../../../support/caught.ts";
import { varint } from "../../../../../../../support/parquet/craft.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const snappy = (length: number, ...parts: readonly (readonly number[])[]): Uint8Array =>
  Buffer.concat([varint(length), Uint8Array.from(parts.flat())]);
const bytesOf = (word: string): readonly number[] => [...Buffer.from(word, "latin1")];
/** A literal of up to 60 bytes. */
const literal = (word: string): readonly number[] => [(word.length - 1) << 2, ...bytesOf(word)];

describe("snappy", () => {
  it("is literals and copies of what was given before", () => {
    const packed = snappy(10, literal("abcd"), [((5 - 4) << 2) | 1, 4], literal("z"));
    expect(text(unpackSnappy(packed, 10))).toBe("abcdabcdaz");
  });

  it("repeats a copy that runs into itself", () => {
    expect(text(unpackSnappy(snappy(12, literal("ab"), [((10 - 4) << 2) | 1, 2]), 12))).toBe("abababababab");
  });

  it.each([1, 2, 3, 4])("reads the length of a literal in %d bytes", (size) => {
    const long = "x".repeat(200);
    const length = Array.from({ length: size }, (_, at) => (at === 0 ? 199 : 0));
    expect(text(unpackSnappy(snappy(200, [(59 + size) << 2, ...length, ...bytesOf(long)]), 200))).toBe(long);
  });

  it("points back by two bytes and by four", () => {
    const word = "0123456789".repeat(30);
    const head = [61 << 2, 300 - 1 - 256, 1, ...bytesOf(word)];
    const two = [((3 - 1) << 2) | 2, 300 & 255, 300 >> 8];
    const four = [((2 - 1) << 2) | 3, 10, 0, 0, 0];
    expect(text(unpackSnappy(snappy(305, head, two, four), 305))).toBe(`${word}01234`);
  });

  it.each([
    ["no bytes", Uint8Array.of(), "ends before it is whole"],
    ["a length without an end", Uint8Array.from([255, 255, 255, 255, 255, 1]), "states no length"],
    ["another length than the header's", snappy(9, literal("abcd")), "is of 9 bytes, its header says 4"],
    ["fewer bytes", snappy(4, literal("abc")), "gives 3 bytes, its header says 4"],
    ["more bytes", snappy(4, literal("abcde")), "more than the 4 bytes"],
    ["more bytes by a copy", snappy(4, literal("ab"), [1, 1]), "more than the 4 bytes"],
    ["a literal that is cut", snappy(4, [3 << 2, 65]), "ends before it is whole"],
    ["a literal of a length that is negative to others", snappy(4, [63 << 2, 0, 0, 0, 0x80]), "ends before"],
    ["a copy of nothing", snappy(4, literal("a"), [1, 0]), "points before its beginning"],
    ["a copy from before", snappy(4, literal("ab"), [1, 3]), "points before its beginning"],
    ["a copy that is cut", snappy(4, literal("ab"), [2, 1]), "ends before it is whole"],
  ])("is damaged: %s", (_, bytes, message) => {
    const error = thrown(() => unpackSnappy(bytes, 4));
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });
});

/** A sequence of LZ4: literals, then a copy. */
const sequence = (word: string, offset?: number, length = 4): readonly number[] => [
  (Math.min(15, word.length) << 4) | (offset === undefined ? 0 : Math.min(15, length - 4)),
  ...more(word.length),
  ...bytesOf(word),
  ...(offset === undefined ? [] : [offset & 255, offset >> 8, ...more(length - 4)]),
];

function more(length: number): readonly number[] {
  if (length < 15) return [];
  const left = length - 15;
  return [...Array.from({ length: Math.floor(left / 255) }, () => 255), left % 255];
}

describe("lz4", () => {
  it("is literals and copies, the last literals alone", () => {
    const packed = Uint8Array.from([...sequence("abcd", 4, 6), ...sequence("z")]);
    expect(text(unpackLz4(packed, 11))).toBe("abcdabcdabz");
  });

  it.each([15, 16, 270, 271, 600])("reads a literal and a copy of %d bytes", (length) => {
    const word = "q".repeat(length);
    const packed = Uint8Array.from([...sequence(word, 1, length + 4), ...sequence("end")]);
    expect(text(unpackLz4(packed, 2 * length + 7))).toBe(`${"q".repeat(2 * length + 4)}end`);
  });

  it.each([
    ["fewer bytes", sequence("abc"), "gives 3 bytes, its header says 8"],
    ["more bytes", sequence("abcdefghi"), "more than the 8 bytes"],
    ["more bytes by a copy", [...sequence("abcd", 4, 6), ...sequence("z")], "more than the 8 bytes"],
    ["a copy of nothing", [...sequence("ab", 0, 4), 0], "points before its beginning"],
    ["a copy from before", [...sequence("ab", 3, 4), 0], "points before its beginning"],
    ["literals that are cut", [0x50, 65], "ends before it is whole"],
    ["a length that is cut", [0xf0, 255, 255], "ends before it is whole"],
    ["an offset that is cut", [0x10, 65, 1], "ends before it is whole"],
    ["a copy of a thousand million bytes", [0x1f, 65, 1, 0, ...more(70_000), 0], "more than the 8 bytes"],
  ])("is damaged: %s", (_, bytes, message) => {
    const error = thrown(() => unpackLz4(Uint8Array.from(bytes), 8));
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });

  it("is unpacked in Hadoop's frames, and without them", () => {
    const framed = (word: string): Buffer => {
      const body = Uint8Array.from(sequence(word));
      const head = Buffer.alloc(8);
      head.writeUInt32BE(word.length, 0);
      head.writeUInt32BE(body.length, 4);
      return Buffer.concat([head, body]);
    };
    const two = Buffer.concat([framed("one "), framed("two")]);
    expect(text(unpackFramedLz4(two, 7))).toBe("one two");
    expect(text(unpackFramedLz4(Uint8Array.from(sequence("one two")), 7))).toBe("one two");
    expect(thrown(() => unpackFramedLz4(two, 8)).code).toBe("DATA_MANIFEST");
    expect(thrown(() => unpackFramedLz4(two.subarray(0, 15), 7)).code).toBe("DATA_MANIFEST");
  });
});
