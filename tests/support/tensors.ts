/**
 * Tensor columns and Arrow files for tests: arbitrary good ones, and foreign ones that the reader has to
 * refuse.
 */

import type { Data, DataType } from "apache-arrow";
import {
  Field,
  FixedSizeList,
  Int16,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
} from "apache-arrow";
import fc from "fast-check";
import type { TensorColumn, TensorDtype } from "../../ts/tensor/index.ts";
import { itemBytes, rowElements, tensorDtypes } from "../../ts/tensor/index.ts";

const arrays = {
  int16: Int16Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float16: Float16Array,
  float32: Float32Array,
} as const;

/** A column over given bytes, whatever numbers they make. */
export function columnOf(
  name: string,
  dtype: TensorDtype,
  rows: number,
  shape: readonly number[],
  bytes: Uint8Array,
): TensorColumn {
  const own = Uint8Array.from(bytes).buffer;
  const dimNames = shape.map((_, index) => `d${index}`);
  return { name, dtype, rows, shape, dimNames, data: new arrays[dtype](own) } as TensorColumn;
}

/** The bytes of a column's data. */
export function bytesOf(column: TensorColumn): Uint8Array {
  return new Uint8Array(column.data.buffer, column.data.byteOffset, column.data.byteLength);
}

/**
 * Everything of a column that must survive a round trip, the numbers as hex of their bytes so that NaN and -0
 * count.
 */
export function facts(column: TensorColumn): object {
  const { name, dtype, rows, shape, dimNames } = column;
  return {
    name,
    dtype,
    rows,
    shape: [...shape],
    dimNames: [...dimNames],
    hex: Buffer.from(bytesOf(column)).toString("hex"),
  };
}

/** 1 to 4 columns of any dtype, 0 to 4 rows, rank 1 to 4, any bytes. */
export const arbitraryColumns: fc.Arbitrary<TensorColumn[]> = fc.integer({ min: 0, max: 4 }).chain((rows) =>
  fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }), { minLength: 1, maxLength: 4 })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          fc
            .tuple(
              fc.constantFrom(...tensorDtypes),
              fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
            )
            .chain(([dtype, shape]) => {
              const length = rows * rowElements(shape) * itemBytes(dtype);
              return fc
                .uint8Array({ minLength: length, maxLength: length })
                .map((bytes) => columnOf(name, dtype, rows, shape, bytes));
            }),
        ),
      ),
    ),
);

/**
 * One int16 column of 2 x [2, 3] with chosen type, extension metadata and data; what is not named is as it
 * should be.
 */
export interface ForeignColumn {
  readonly name?: string;
  readonly item?: DataType;
  readonly itemMetadata?: Map<string, string>;
  readonly type?: DataType;
  readonly metadata?: Map<string, string>;
  readonly tensor?: unknown;
  readonly data?: Data;
}

export const extension = (text: string, name = "arrow.fixed_shape_tensor"): Map<string, string> =>
  new Map([
    ["ARROW:extension:name", name],
    ["ARROW:extension:metadata", text],
  ]);

const goodTensor = { shape: [2, 3], dim_names: ["h", "w"] };

/** Fields and data of foreign columns, by apache-arrow alone. */
export function foreignBatch(
  columns: readonly ForeignColumn[],
  schemaMetadata?: Map<string, string>,
): RecordBatch {
  const fields = columns.map(
    ({ name = "volume", item = new Int16(), itemMetadata, type, metadata, tensor = goodTensor }) =>
      new Field(
        name,
        type ?? new FixedSizeList(6, new Field("item", item, false, itemMetadata)),
        false,
        metadata ?? extension(typeof tensor === "string" ? tensor : JSON.stringify(tensor)),
      ),
  );
  const children = columns.map(
    ({ data, item = new Int16() }, index) =>
      data ??
      makeData({
        type: fields[index]?.type as FixedSizeList,
        length: 2,
        nullCount: 0,
        child: makeData({ type: item, length: 12, nullCount: 0, data: new Int16Array(12) } as Parameters<
          typeof makeData
        >[0]),
      }),
  );
  return new RecordBatch(
    new Schema(fields, schemaMetadata),
    makeData({ type: new Struct(fields), length: 2, nullCount: 0, children }),
  );
}

/** An Arrow stream of given batches, by apache-arrow alone. */
export function streamOf(...batches: RecordBatch[]): Uint8Array {
  return Uint8Array.from(RecordBatchStreamWriter.writeAll(batches).toUint8Array(true));
}
