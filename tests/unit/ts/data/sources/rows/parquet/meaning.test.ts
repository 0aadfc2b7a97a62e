import { converted, Unread } from "../../../../../../../ts/data/sources/rows/parquet/meaning.ts";
import type {
  Leaf,
  Meaning,
  PhysicalType,
} from "../../../../../../../ts/data/sources/rows/parquet/schema.ts";
import type { Stored } from "../../../../../../../ts/data/sources/rows/parquet/values.ts";

function as(meaning: Meaning, stored: Stored, type: PhysicalType = "int64"): unknown {
  const leaf: Leaf = {
    kind: "leaf",
    name: "x",
    path: "x",
    type,
    length: 0,
    meaning,
    levels: { repetition: "required", definition: 0, repeated: 0 },
    index: 0,
  };
  const value = converted(leaf, stored);
  return value instanceof Unread ? `unread: ${value.what}` : value;
}

const plain: Meaning = { kind: "plain" };
const unsigned: Meaning = { kind: "unsigned" };
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const text = (word: string): Uint8Array => Buffer.from(word);

describe("stored numbers", () => {
  it("are numbers, and refused where no number holds them exactly", () => {
    expect(as(plain, 7, "int32")).toBe(7);
    expect(as(plain, -7n)).toBe(-7);
    expect(as(plain, 2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(as(plain, 2n ** 53n)).toBe(
      "unread: 9007199254740992, which no number holds exactly: write it as text",
    );
    expect(as(plain, -(2n ** 53n))).toContain("unread: -9007199254740992");
    expect(as(plain, true, "boolean")).toBe(true);
  });

  it("have no sign where they are written so", () => {
    expect(as(unsigned, -1, "int32")).toBe(2 ** 32 - 1);
    expect(as(unsigned, 5, "int32")).toBe(5);
    expect(as(unsigned, -1n)).toContain("unread: 18446744073709551615");
  });

  it("are words where they are no number", () => {
    expect(
      [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((one) =>
        as(plain, one, "double"),
      ),
    ).toEqual([0.5, "NaN", "Infinity", "-Infinity"]);
  });

  it.each([
    [[0x00, 0x3c], 1],
    [[0x00, 0xc0], -2],
    [[0x01, 0x00], 2 ** -24],
    [[0xff, 0x7b], 65504],
    [[0x00, 0x7c], "Infinity"],
    [[0x01, 0xfc], "NaN"],
  ])("of 16 bits are %j as %j", (stored, value) => {
    expect(as({ kind: "float16" }, bytes(...stored), "fixed")).toBe(value);
  });

  it.each<[Stored, number, string]>([
    [1250, 2, "12.50"],
    [-5, 3, "-0.005"],
    [7n, 0, "7"],
    [bytes(0xff, 0x38), 2, "-2.00"],
    [bytes(0x01, 0x00, 0x00), 1, "6553.6"],
    [bytes(), 2, "0.00"],
    [bytes(0), 4, "0.0000"],
  ])("with a point, %p and %d digits, are the text %s", (stored, scale, value) => {
    expect(as({ kind: "decimal", scale }, stored, "fixed")).toBe(value);
  });

  it("with a point are refused where they are longer than any", () => {
    expect(as({ kind: "decimal", scale: 2 }, new Uint8Array(100_000), "byteArray")).toBe(
      "unread: a decimal of 100000 bytes",
    );
  });
});

describe("stored times", () => {
  const perSecond = [1000n, 1_000_000n, 1_000_000_000n] as const;

  it.each<[bigint, bigint, boolean, string]>([
    [0n, perSecond[0], true, "1970-01-01T00:00:00Z"],
    [1_700_000_000_123n, perSecond[0], true, "2023-11-14T22:13:20.123Z"],
    [-1n, perSecond[1], false, "1969-12-31T23:59:59.999999"],
    [1_000_000_001n, perSecond[2], false, "1970-01-01T00:00:01.000000001"],
    [9_223_372_036_854_775_807n, perSecond[2], false, "2262-04-11T23:47:16.854775807"],
    [
      9_223_372_036_854_775_807n,
      perSecond[1],
      false,
      "unread: a time of 9223372036854775807 from 1970, which is no date",
    ],
  ])("%d of %d a second, in a zone %p, are %s", (stored, unit, zone, value) => {
    expect(as({ kind: "timestamp", perSecond: unit, zone }, stored)).toBe(value);
  });

  it.each<[Stored, string]>([
    [3_723_004, "01:02:03.004"],
    [0, "00:00:00"],
    [86_400_000, "unread: 86400000, which is no time of a day"],
    [-1, "unread: -1, which is no time of a day"],
  ])("of a day, %d thousandths, are %s", (stored, value) => {
    expect(as({ kind: "time", perSecond: perSecond[0], zone: false }, stored, "int32")).toBe(value);
  });

  it.each<[number, string]>([
    [0, "1970-01-01"],
    [-1, "1969-12-31"],
    [19_000, "2022-01-08"],
    [2 ** 31 - 1, "unread: day 2147483647 from 1970, which is no date"],
  ])("are day %d, %s", (stored, value) => {
    expect(as({ kind: "date" }, stored, "int32")).toBe(value);
  });
});

describe("stored bytes", () => {
  it("are text where they are said to be, in UTF-8 alone; a mark at its beginning is a letter", () => {
    expect(as({ kind: "text" }, text("Lunge 肺"), "byteArray")).toBe("Lunge 肺");
    expect(as({ kind: "text" }, text("\uFEFFa"), "byteArray")).toBe("\uFEFFa");
    expect(as({ kind: "text" }, bytes(0x62, 0xe9), "byteArray")).toBe("unread: text that is not UTF-8");
  });

  it("are values of JSON where they are said to be", () => {
    expect(as({ kind: "json" }, text('{"unread": [1, null]}'), "byteArray")).toEqual({ unread: [1, null] });
    expect(as({ kind: "json" }, text("{"), "byteArray")).toBe("unread: JSON that cannot be read");
    expect(as({ kind: "json" }, bytes(0xff), "byteArray")).toBe("unread: text that is not UTF-8");
  });

  it("are ids of sixteen", () => {
    const id = bytes(...Array.from({ length: 16 }, (_, at) => at));
    expect(as({ kind: "uuid" }, id, "fixed")).toBe("00010203-0405-0607-0809-0a0b0c0d0e0f");
  });

  it("are told of by their number where they are nothing else", () => {
    expect(as({ kind: "bytes" }, bytes(1, 2, 3), "byteArray")).toEqual({ bytes: 3 });
    expect(as({ kind: "uuid" }, bytes(1, 2, 3), "fixed")).toEqual({ bytes: 3 });
    expect(as({ kind: "float16" }, bytes(1), "fixed")).toEqual({ bytes: 1 });
  });
});
