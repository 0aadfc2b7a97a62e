import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readFields } from "../../../../../../ts/data/volume/nrrd/fields.ts";
import { type NrrdHeader, readHeader } from "../../../../../../ts/data/volume/nrrd/header.ts";
import { caught } from "../../../../../support/caught.ts";

const plain = { type: "short", dimension: "3", sizes: "4 5 6", endian: "little", encoding: "raw" };

interface Change {
  readonly [field: string]: string | null;
}

function headerOf(change: Change = {}, log = new ReadLog()): NrrdHeader {
  const lines = Object.entries<string | null>({ ...plain, ...change })
    .flatMap(([field, value]) => (value === null ? [] : [`${field}: ${value}\n`]))
    .join("");
  return readHeader(readFields(Buffer.from(`NRRD0004\n${lines}\n`), true), log);
}

describe("readHeader of an NRRD", () => {
  it("keeps the range that it states, of one end or both, and the number of values", async () => {
    expect(headerOf({ min: "-1024", max: "3071", number: "120" }).statedRange).toMatchObject({
      low: -1024,
      high: 3071,
    });
    expect(headerOf({ max: "200" }).statedRange).toMatchObject({ low: Number.NEGATIVE_INFINITY, high: 200 });
    for (const none of [
      { min: "NaN", max: "nan" },
      { min: "5", max: "5" },
    ])
      expect(headerOf(none).statedRange).toBeUndefined();
    const error = await caught(() => headerOf({ number: "119" }));
    expect([error.code, error.message]).toEqual([
      "DATA_HEADER",
      expect.stringContaining("number is 119 where sizes hold 120 values"),
    ]);
  });

  it("reads what it says of its numbers", () => {
    const numbers = { sizes: [4, 5, 6], type: "int16", littleEndian: true };
    expect(headerOf()).toEqual({
      ...numbers,
      compressed: undefined,
      statedRange: undefined,
      skipLines: 0,
      skipBytes: 0,
      skipInside: 0,
    });
    expect(headerOf({ encoding: "GZ", "byte skip": "9", lineskip: "2" })).toEqual({
      ...numbers,
      compressed: "gzip",
      statedRange: undefined,
      skipLines: 2,
      skipBytes: 0,
      skipInside: 9,
    });
    expect(headerOf({ "byte skip": "-1", endian: "BIG" })).toMatchObject({
      skipBytes: "end",
      littleEndian: false,
    });
  });

  it.each([
    ["int8", ["signed char", "int8", "int8_t"]],
    ["uint8", ["uchar", "unsigned char", "uint8", "uint8_t"]],
    ["int16", ["short", "short int", "signed  short", "signed short int", "INT16", "int16_t"]],
    ["uint16", ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"]],
    ["int32", ["int", "signed int", "int32", "int32_t"]],
    ["uint32", ["uint", "unsigned int", "uint32", "uint32_t"]],
    ["float32", ["float"]],
    ["float64", ["double"]],
  ])("knows %s by all its names", (type, names) => {
    for (const name of names) expect(headerOf({ type: name }).type).toBe(type);
  });

  it("needs no byte order for one byte, and notes units that are not HU", () => {
    const log = new ReadLog();
    expect(headerOf({ type: "uchar", endian: null, "sample units": '"HU"' }, log).type).toBe("uint8");
    expect(log.warnings).toEqual([]);
    headerOf({ "sample units": "CANARY" }, log);
    expect(log.warnings.map(({ code }) => code)).toEqual(["NRRD_UNITS_ODD"]);
    expect(JSON.stringify(log.warnings)).not.toContain("CANARY");
  });

  it.each([
    [{ type: null }, "DATA_HEADER", /no field "type"/],
    [{ type: "long long" }, "DATA_DTYPE_UNSUPPORTED", /type long long are not read/],
    [{ type: "uint64_t" }, "DATA_DTYPE_UNSUPPORTED", /uint64_t/],
    [{ type: "block" }, "DATA_DTYPE_UNSUPPORTED", /block/],
    [{ type: "CANARY" }, "DATA_DTYPE_UNSUPPORTED", /names no type/],
    [{ dimension: "0" }, "DATA_HEADER", /not 1\.\.16/],
    [{ dimension: "4" }, "DATA_HEADER", /sizes holds 3 numbers, not 4/],
    [{ sizes: "4 -5 6" }, "DATA_HEADER", /not a positive size/],
    [{ endian: null }, "DATA_HEADER", /no endian, which int16 needs/],
    [{ endian: "middle" }, "DATA_HEADER", /neither little nor big/],
    [{ encoding: "ascii" }, "DATA_UNSUPPORTED", /voxels as text/],
    [{ encoding: "hex" }, "DATA_UNSUPPORTED", /hexadecimal/],
    [{ encoding: "bz2" }, "DATA_UNSUPPORTED", /bzip2/],
    [{ encoding: "CANARY" }, "DATA_UNSUPPORTED", /none of NRRD/],
    [{ "old min": "-1024", oldmax: "3071" }, "DATA_PIXEL_CALIBRATION", /quantised/],
    [{ "line skip": "-1" }, "DATA_HEADER", /line skip/],
    [{ "byte skip": "-2" }, "DATA_HEADER", /byte skip/],
    [{ "byte skip": "-1", encoding: "gzip" }, "DATA_HEADER", /-1 for compressed/],
    [{ "byte skip": "2000000", encoding: "gzip" }, "DATA_HEADER", /more than any header/],
  ] as const)("refuses %j", async (change, code, what) => {
    const error = await caught(() => headerOf(change));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});
