import type { TensorColumn, TensorLimits } from "../../../../ts/tensor/index.ts";
import {
  assertTensorColumn,
  assertTensorColumns,
  isTensorDtype,
  itemBytes,
  rowElements,
  tensorDtypes,
  tensorLimits,
} from "../../../../ts/tensor/index.ts";

const good: TensorColumn = {
  name: "volume",
  dtype: "int16",
  rows: 2,
  shape: [2, 3],
  dimNames: ["h", "w"],
  data: new Int16Array(12),
};

/** Builds what a caller without types could pass. */
const forged = (changes: { readonly [key: string]: unknown }): TensorColumn =>
  ({ ...good, ...changes }) as unknown as TensorColumn;

const refusal = (column: TensorColumn, limits?: TensorLimits) => {
  try {
    assertTensorColumn(column, limits);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("a tensor column", () => {
  it("is accepted when class, length, shape and names agree", () => {
    expect(refusal(good)).toBeUndefined();
  });

  it.each([
    ["Float32Array", new Float32Array(12)],
    ["Int32Array", new Int32Array(12)],
    ["Uint16Array", new Uint16Array(12)],
    ["DataView", new DataView(new ArrayBuffer(24))],
    ["object", Array.from({ length: 12 }, () => 0)],
  ])("is refused when its int16 data is a %s, which the library would reinterpret", (shown, data) => {
    expect(refusal(forged({ data }))).toMatchObject({
      code: "TENSOR_INVALID",
      message: `[TENSOR_INVALID] column "volume" is int16 but its data is a ${shown}`,
    });
  });

  it("is refused when float16 data comes as the integers of its bits", () => {
    expect(refusal(forged({ dtype: "float16", data: new Uint16Array(12) }))).toMatchObject({
      code: "TENSOR_INVALID",
      message: `[TENSOR_INVALID] column "volume" is float16 but its data is a Uint16Array`,
      hint: "Give a Float16Array; nothing is converted.",
    });
  });

  it("accepts a typed array of another realm and a Buffer for uint8", () => {
    expect(refusal(forged({ data: structuredClone(new Int16Array(12)) }))).toBeUndefined();
    expect(refusal(forged({ dtype: "uint8", data: Buffer.alloc(12) }))).toBeUndefined();
  });

  it.each([[11], [13], [0]])("is refused when it has %i elements where 12 are needed", (length) => {
    expect(refusal(forged({ data: new Int16Array(length) }))).toMatchObject({
      code: "TENSOR_INVALID",
      message: `[TENSOR_INVALID] column "volume" has ${length} elements, its shape 2 x [2,3] needs 12`,
    });
  });

  it.each([
    ["a float64 dtype", { dtype: "float64" }, `column "volume" has dtype "float64"`],
    ["no dimensions", { shape: [], dimNames: [] }, "rank 0 is outside 1..8"],
    [
      "a size of 0",
      { shape: [2, 0], data: new Int16Array(0) },
      "every size must be a whole number, at least 1",
    ],
    ["a negative size", { shape: [-2, -3] }, "every size must be a whole number, at least 1"],
    ["half a size", { shape: [1.5, 4] }, "every size must be a whole number, at least 1"],
    [
      "more elements a row than 2^31-1",
      { shape: [65_536, 32_768] },
      "2147483648 elements a row, more than 2147483647",
    ],
    ["negative rows", { rows: -1 }, "has -1 rows"],
    ["rows that are not a number", { rows: Number.NaN }, "has NaN rows"],
    ["an empty name", { name: "" }, `a column name is "", not a non-empty string`],
    ["a name that is no string", { name: 3 }, "a column name is 3, not a non-empty string"],
    ["a name with a lone surrogate", { name: "\ud800" }, "a column name holds a lone surrogate"],
    ["too few dimension names", { dimNames: ["h"] }, "has 1 dimension names for rank 2"],
    ["an empty dimension name", { dimNames: ["h", ""] }, `a dimension name of column "volume" is ""`],
    ["a repeated dimension name", { dimNames: ["h", "h"] }, "repeats a dimension name"],
  ])("is refused with %s", (_what, changes, message) => {
    expect(refusal(forged(changes))).toMatchObject({
      code: "TENSOR_INVALID",
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/\S/),
    });
  });

  it("may have up to 8 dimensions", () => {
    const ofRank = (rank: number) =>
      forged({
        rows: 12,
        shape: Array.from({ length: rank }, () => 1),
        dimNames: Array.from({ length: rank }, (_, index) => `d${index}`),
      });
    expect([7, 8].map((rank) => refusal(ofRank(rank)))).toEqual([undefined, undefined]);
    expect(refusal(ofRank(9))).toMatchObject({
      code: "TENSOR_INVALID",
      message: expect.stringContaining("rank 9 is outside 1..8"),
    });
  });

  it("may have a name of up to 128 bytes of UTF-8", () => {
    expect(
      ["n".repeat(127), "n".repeat(128), "\u00e9".repeat(64)].map((name) => refusal(forged({ name }))),
    ).toEqual([undefined, undefined, undefined]);
    expect(refusal(forged({ name: "\u00e9".repeat(65) }))).toMatchObject({
      code: "TENSOR_INVALID",
      message: "[TENSOR_INVALID] a column name has 130 bytes, more than 128",
    });
  });
});

describe("the columns of one message", () => {
  const named = (count: number): TensorColumn[] =>
    Array.from({ length: count }, (_, index) => ({ ...good, name: `c${index}` }));
  const refusalOf = (columns: readonly TensorColumn[], limits?: TensorLimits) => {
    try {
      assertTensorColumns(columns, limits);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it("are at least one", () => {
    expect(refusalOf([])).toMatchObject({ code: "TENSOR_INVALID", message: "[TENSOR_INVALID] no columns" });
  });

  it("are at most 64", () => {
    expect([63, 64].map((count) => refusalOf(named(count)))).toEqual([undefined, undefined]);
    expect(refusalOf(named(65))).toMatchObject({
      code: "TENSOR_INVALID",
      message: "[TENSOR_INVALID] 65 columns, more than 64",
    });
  });

  it("have different names and equal rows", () => {
    expect(refusalOf([good, good])).toMatchObject({
      code: "TENSOR_INVALID",
      message: `[TENSOR_INVALID] two columns are named "volume"`,
    });
    const longer: TensorColumn = {
      ...good,
      name: "other",
      rows: 3,
      shape: [4] as const,
      dimNames: ["x"],
      dtype: "int16",
      data: new Int16Array(12),
    };
    expect(refusalOf([good, longer])).toMatchObject({
      code: "TENSOR_INVALID",
      message: `[TENSOR_INVALID] column "other" has 3 rows, "volume" has 2`,
    });
  });

  it("hold at most the cap in bytes: one below and the cap itself pass, one above is refused", () => {
    const limits = (totalBytes: number) => ({ ...tensorLimits, totalBytes });
    expect([25, 24].map((cap) => refusalOf([good], limits(cap)))).toEqual([undefined, undefined]);
    expect(refusalOf([good], limits(23))).toMatchObject({
      code: "WIRE_TOO_LARGE",
      message: "[WIRE_TOO_LARGE] tensor columns hold 24 bytes, the cap is 23",
      details: { bytes: 24, limitBytes: 23 },
    });
  });
});

describe("the element types", () => {
  it("have the sizes of their arrays", () => {
    const arrays = {
      int16: Int16Array,
      uint8: Uint8Array,
      int32: Int32Array,
      int64: BigInt64Array,
      float16: Float16Array,
      float32: Float32Array,
    };
    expect(tensorDtypes.map((dtype) => itemBytes(dtype))).toEqual(
      tensorDtypes.map((dtype) => arrays[dtype].BYTES_PER_ELEMENT),
    );
  });

  it("are a closed list", () => {
    expect(tensorDtypes.every(isTensorDtype)).toBe(true);
    expect(["float64", "bool", "toString", ""].some(isTensorDtype)).toBe(false);
  });

  it("multiply to the elements of a row", () => {
    expect([rowElements([32, 256, 256]), rowElements([1])]).toEqual([2_097_152, 1]);
  });
});
