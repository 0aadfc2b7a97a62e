import type { Leaf, PhysicalType } from "../../../../../../../ts/data/sources/rows/parquet/schema.ts";
import {
  plainValues,
  type Values,
  valuesOf,
} from "../../../../../../../ts/data/sources/rows/parquet/values.ts";
import { thrown } from "../../../../../../support/caught.ts";
import { behindLength, plainInt32, plainTexts, run } from "../../../../../../support/parquet/craft.ts";
import { deltas } from "../../../../../../support/parquet/deltas.ts";

const [plain, oldDictionary, runs, delta, deltaLength, deltaText, dictionaryOf, split] = [
  0, 2, 3, 5, 6, 7, 8, 9,
];

const leaf = (type: PhysicalType, length = 0): Leaf => ({
  kind: "leaf",
  name: "x",
  path: "x",
  type,
  length,
  meaning: { kind: "plain" },
  levels: { repetition: "required", definition: 0, repeated: 0 },
  index: 0,
});
const all = (values: Values): readonly unknown[] =>
  Array.from({ length: values.count }, (_, at) => values.at(at));
const read = (type: PhysicalType, encoding: number, bytes: Uint8Array, count: number, dictionary?: Values) =>
  all(valuesOf(bytes, encoding, count, { leaf: leaf(type, 2), dictionary, maxBytes: 1000 }));
const words = (values: readonly unknown[]): readonly string[] =>
  values.map((one) => Buffer.from(one as Uint8Array).toString());

const floats = Buffer.alloc(8);
floats.writeFloatLE(1.5, 0);
floats.writeFloatLE(-2, 4);
const doubles = Buffer.alloc(16);
doubles.writeDoubleLE(0.1, 0);
doubles.writeDoubleLE(-1e300, 8);
const longs = Buffer.alloc(16);
longs.writeBigInt64LE(2n ** 62n, 0);
longs.writeBigInt64LE(-1n, 8);
const int96 = Buffer.alloc(12);
int96.writeBigInt64LE(1_000_000_001n, 0);
int96.writeInt32LE(2_440_589, 8);

describe("values one behind the other", () => {
  it.each<[PhysicalType, Uint8Array, readonly unknown[]]>([
    ["boolean", Uint8Array.of(0b0000_0101), [true, false, true]],
    ["int32", plainInt32([1, -1]), [1, -1]],
    ["int64", longs, [2n ** 62n, -1n]],
    ["int96", int96, [86_400_000_000_000n + 1_000_000_001n]],
    ["float", floats, [1.5, -2]],
    ["double", doubles, [0.1, -1e300]],
    ["fixed", Uint8Array.of(1, 2, 3, 4), [Uint8Array.of(1, 2), Uint8Array.of(3, 4)]],
  ])("are of the type %s", (type, bytes, expected) => {
    expect(read(type, plain, bytes, expected.length)).toEqual(expected);
  });

  it("are read wherever their page begins in memory", () => {
    const shifted = Buffer.concat([Uint8Array.of(9), plainInt32([7, 8])]).subarray(1);
    expect(read("int32", plain, shifted, 2)).toEqual([7, 8]);
  });

  it("are texts behind their lengths", () => {
    const texts = ["", "Lunge", "肺"];
    expect(words(read("byteArray", plain, plainTexts(texts), 3))).toEqual(texts);
  });

  it.each<[PhysicalType, number]>([
    ["boolean", 9],
    ["int32", 3],
    ["int64", 2],
    ["int96", 1],
    ["float", 3],
    ["double", 2],
    ["fixed", 5],
    ["byteArray", 3],
    ["int32", 2 ** 31],
    ["byteArray", 2 ** 31],
  ])("are damaged where fewer than said are there: %s, %d", (type, count) => {
    const bytes = type === "boolean" ? Buffer.alloc(1) : Buffer.alloc(8);
    expect(thrown(() => read(type, plain, bytes, count)).what).toBe("a page ends before its values do");
  });

  it("are damaged where a text leads behind its page", () => {
    const cut = plainTexts(["abc", "defg"]).subarray(0, -1);
    expect(thrown(() => read("byteArray", plain, cut, 2)).what).toBe("a page ends before its values do");
    const long = Buffer.from([255, 255, 255, 255, 1]);
    expect(thrown(() => read("byteArray", plain, long, 1)).what).toBe("a page ends before its values do");
  });
});

describe("values by other encodings", () => {
  it("are booleans in runs", () => {
    expect(read("boolean", runs, behindLength(run(3, 1, 1)), 3)).toEqual([true, true, true]);
    expect(thrown(() => read("boolean", runs, Uint8Array.of(1), 3)).what).toContain("ends before");
  });

  it("are integers as differences", () => {
    expect(read("int32", delta, deltas([5n, 3n, 9n], 32), 3)).toEqual([5, 3, 9]);
    expect(read("int64", delta, deltas([5n, 2n ** 60n], 64), 2)).toEqual([5n, 2n ** 60n]);
  });

  it("are texts behind all lengths, or as the one before", () => {
    const lengths = Buffer.concat([deltas([2n, 1n], 32), Buffer.from("abc")]);
    expect(words(read("byteArray", deltaLength, lengths, 2))).toEqual(["ab", "c"]);
    const same = Buffer.concat([deltas([0n, 1n], 32), deltas([2n, 1n], 32), Buffer.from("abc")]);
    expect(words(read("byteArray", deltaText, same, 2))).toEqual(["ab", "ac"]);
    expect(words(read("fixed", deltaText, same, 2))).toEqual(["ab", "ac"]);
  });

  it("are streams of first bytes, second bytes and so on", () => {
    const bytes = plainInt32([0x01020304, 0x05060708]);
    const streams = Uint8Array.from([0, 4, 1, 5, 2, 6, 3, 7], (at) => bytes[at] ?? 0);
    expect(read("int32", split, streams, 2)).toEqual([0x01020304, 0x05060708]);
    expect(read("fixed", split, Uint8Array.of(1, 3, 2, 4), 2)).toEqual([
      Uint8Array.of(1, 2),
      Uint8Array.of(3, 4),
    ]);
    expect(thrown(() => read("int32", split, streams, 3)).what).toContain("ends before");
    expect(thrown(() => read("byteArray", split, streams, 2)).code).toBe("DATA_UNSUPPORTED");
  });

  it.each<[PhysicalType, number]>([
    ["int32", 4],
    ["int32", 10],
    ["int32", runs],
    ["byteArray", delta],
    ["int32", deltaText],
    ["double", deltaLength],
  ])("are refused where none such is known: %s by %d", (type, encoding) => {
    expect(thrown(() => read(type, encoding, Buffer.alloc(100), 1))).toMatchObject({
      code: "DATA_UNSUPPORTED",
      what: `values of the type ${type} are written by the encoding ${encoding}`,
    });
  });
});

describe("values by their numbers in a dictionary", () => {
  const dictionary = plainValues(plainTexts(["yes", "no", "NA"]), 3, leaf("byteArray"));
  const numbers = (width: number, bytes: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(width), bytes]);

  it.each([oldDictionary, dictionaryOf])("are looked up, by the encoding %d", (encoding) => {
    const bytes = numbers(2, Buffer.concat([run(2, 1, 2), run(1, 2, 2)]));
    expect(words(read("byteArray", encoding, bytes, 3, dictionary))).toEqual(["no", "no", "NA"]);
  });

  it("are the first where they take no bits, and none where there are none", () => {
    expect(words(read("byteArray", dictionaryOf, numbers(0, Buffer.alloc(0)), 2, dictionary))).toEqual([
      "yes",
      "yes",
    ]);
    expect(read("byteArray", dictionaryOf, Buffer.alloc(0), 0, dictionary)).toEqual([]);
  });

  it.each<[string, Uint8Array, Values | undefined, string]>([
    ["there is no dictionary", numbers(2, run(1, 0, 2)), undefined, "a dictionary that is not there"],
    ["it is empty", numbers(2, run(1, 0, 2)), { count: 0, at: () => 0 }, "a dictionary of none"],
    ["a number is behind its end", numbers(2, run(1, 3, 2)), dictionary, "a number is 3 where 2 is the most"],
    [
      "they are wider than any number",
      numbers(200, run(1, 0, 2)),
      dictionary,
      "numbers are said to be of 200 bits",
    ],
    ["nothing is there", Buffer.alloc(0), dictionary, "ends before its values do"],
  ])("are damaged where %s", (_, bytes, known, message) => {
    const error = thrown(() => read("byteArray", dictionaryOf, bytes, 1, known));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain(message);
  });
});
