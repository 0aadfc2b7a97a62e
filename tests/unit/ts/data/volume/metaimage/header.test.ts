import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { readFields } from "../../../../../../ts/data/volume/metaimage/fields.ts";
import { type MetaImageHeader, readHeader } from "../../../../../../ts/data/volume/metaimage/header.ts";
import { caught } from "../../../../../support/caught.ts";

const plain = {
  ObjectType: "Image",
  NDims: "3",
  BinaryDataByteOrderMSB: "False",
  DimSize: "4 5 6",
  ElementType: "MET_SHORT",
};

interface Change {
  readonly [key: string]: string | null;
}

function headerOf(change: Change = {}, log = new ReadLog()): MetaImageHeader {
  const lines = Object.entries<string | null>({ ...plain, ...change, ElementDataFile: "LOCAL" })
    .flatMap(([key, value]) => (value === null ? [] : [`${key} = ${value}\n`]))
    .join("");
  return readHeader(readFields(Buffer.from(lines, "latin1"), true), log);
}

describe("readHeader of a MetaImage", () => {
  it.each(["BinaryDataByteOrderMSB", "DimSize", "ElementType", "NDims"] as const)(
    "takes no byte 0xA0 for a blank beside %s, since no other reader does",
    async (key) => {
      for (const value of [`\u00a0${plain[key]}`, `${plain[key]}\u00a0`])
        expect((await caught(() => headerOf({ [key]: value }))).code).toMatch(/^DATA_/);
      expect(headerOf({ [key]: `\t${plain[key]} \r` })).toMatchObject(headerOf());
    },
  );

  it("keeps the range that it states, where its ends lie apart", () => {
    const range = (ElementMin: string, ElementMax: string): unknown =>
      headerOf({ ElementMin, ElementMax }).statedRange;
    expect(range("-1024", "3071")).toMatchObject({ low: -1024, high: 3071 });
    for (const [low, high] of [
      ["0", "0"],
      ["9", "1"],
    ] as const)
      expect(range(low, high)).toBeUndefined();
    expect(headerOf({ ElementMin: "0" }).statedRange).toMatchObject({
      low: 0,
      high: Number.POSITIVE_INFINITY,
    });
  });

  it("reads what it says of its voxels", () => {
    expect(headerOf()).toEqual({
      dims: 3,
      shapeXYZ: [4, 5, 6],
      type: "int16",
      littleEndian: true,
      compressed: false,
      compressedBytes: undefined,
      headerSize: 0,
      statedRange: undefined,
      declared: undefined,
    });
    const more = {
      NDims: "4",
      DimSize: "4 5 6 1",
      BinaryDataByteOrderMSB: null,
      ElementByteOrderMSB: "True",
      CompressedData: "True",
      CompressedDataSize: "99",
      HeaderSize: "-1",
      Modality: "MET_MOD_MR",
      ElementNBits: "16",
      ElementToIntensityFunctionSlope: "1.0",
    };
    expect(headerOf(more)).toMatchObject({
      dims: 4,
      shapeXYZ: [4, 5, 6],
      littleEndian: false,
      compressed: true,
      compressedBytes: 99,
      headerSize: "end",
      declared: "an MR (Modality)",
    });
    expect(headerOf({ CompressedData: "True", CompressedDataSize: "0" }).compressedBytes).toBeUndefined();
    const ct = headerOf({ Modality: "MET_MOD_CT", HeaderSize: "17" });
    expect([ct.headerSize, ct.declared]).toEqual([17, undefined]);
  });

  it("takes little endian with a warning where nothing is said and it matters", () => {
    const log = new ReadLog();
    expect(headerOf({ BinaryDataByteOrderMSB: null, ElementType: "MET_UCHAR" }, log).littleEndian).toBe(true);
    expect(log.warnings).toEqual([]);
    headerOf({ BinaryDataByteOrderMSB: null }, log);
    expect(log.warnings.map(({ code }) => code)).toEqual(["METAIMAGE_BYTE_ORDER_UNSTATED"]);
  });

  it.each([
    [{ ObjectType: "CANARY" }, "DATA_UNSUPPORTED", /no Image/],
    [{ BinaryData: "False" }, "DATA_UNSUPPORTED", /as text/],
    [{ NDims: null }, "DATA_HEADER", /no NDims/],
    [{ NDims: "0" }, "DATA_HEADER", /not 1\.\.10/],
    [{ NDims: "2" }, "DATA_HEADER", /DimSize holds 3 numbers, not 2/],
    [{ NDims: "2", DimSize: "4 5" }, "DATA_UNSUPPORTED", /a picture/],
    [{ NDims: "4", DimSize: "4 5 6 2" }, "DATA_UNSUPPORTED", /more than one volume/],
    [{ DimSize: "4 5 0" }, "DATA_HEADER", /not a positive size/],
    [{ ElementNumberOfChannels: "3" }, "DATA_UNSUPPORTED", /3 numbers a voxel/],
    [{ ElementType: null }, "DATA_HEADER", /no ElementType/],
    [{ ElementType: "MET_LONG_LONG" }, "DATA_DTYPE_UNSUPPORTED", /MET_LONG_LONG are not read/],
    [{ ElementType: "CANARY" }, "DATA_DTYPE_UNSUPPORTED", /names no type/],
    [{ ElementNBits: "12" }, "DATA_HEADER", /12 where MET_SHORT has 16/],
    [{ ElementToIntensityFunctionSlope: "2" }, "DATA_PIXEL_CALIBRATION", /slope of 2/],
    [{ ElementToIntensityFunctionOffset: "-1024" }, "DATA_PIXEL_CALIBRATION", /offset of -1024/],
    [{ ElementByteOrderMSB: "True" }, "DATA_HEADER", /differ/],
    [{ CompressedDataSize: "-5" }, "DATA_HEADER", /CompressedDataSize/],
    [{ HeaderSize: "-2" }, "DATA_HEADER", /HeaderSize is -2/],
    [{ HeaderSizePerSlice: "8" }, "DATA_UNSUPPORTED", /HeaderSizePerSlice/],
  ] as const)("refuses %j", async (change, code, what) => {
    const error = await caught(() => headerOf(change));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});
