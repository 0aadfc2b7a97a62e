import type { FixedSizeList } from "apache-arrow";
import { Int16, makeData } from "apache-arrow";
import fc from "fast-check";
import type { TensorColumn } from "../../../../ts/tensor/index.ts";
import {
  ChunkAssembler,
  crc32,
  decodeTensors,
  encodeTensors,
  splitIntoWireChunks,
  tensorLimits,
} from "../../../../ts/tensor/index.ts";
import {
  arbitraryColumns,
  bytesOf,
  columnOf,
  facts,
  foreignBatch,
  streamOf,
} from "../../../support/tensors.ts";

/** The file in a buffer of its own, aligned. */
const fileOf = (columns: readonly TensorColumn[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.concat(encodeTensors(columns)));
const sample = fileOf([
  columnOf(
    "volume",
    "int16",
    2,
    [2, 3, 4],
    Uint8Array.from({ length: 96 }, (_, index) => index),
  ),
  columnOf("weights", "float32", 2, [3], new Uint8Array(24)),
]);

function outcome(bytes: Uint8Array): unknown {
  try {
    return decodeTensors(bytes);
  } catch (error) {
    return error;
  }
}

describe("decodeTensors", () => {
  it("gives back what encodeTensors was given, bit for bit: NaN, -0, extremes and 0 rows included", () => {
    fc.assert(
      fc.property(arbitraryColumns, (columns) => {
        const file = fileOf(columns);
        expect(decodeTensors(file).map(facts)).toEqual(columns.map(facts));
        expect(decodeTensors(Uint8Array.from(file.subarray(8, footerStart(file)))).map(facts)).toEqual(
          columns.map(facts),
        );
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  it("gives back the same through wire chunks", () => {
    const columns = [columnOf("volume", "int16", 1, [3, 1000, 1000], new Uint8Array(6_000_000).fill(7))];
    const pieces = encodeTensors(columns);
    const assembler = new ChunkAssembler(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
    for (const chunk of splitIntoWireChunks(pieces)) assembler.add(Buffer.concat(chunk));
    const [decoded] = decodeTensors(assembler.finish(crc32(pieces)));
    const sent = columns[0];
    expect(
      decoded !== undefined && sent !== undefined && Buffer.compare(bytesOf(decoded), bytesOf(sent)) === 0,
    ).toBe(true);
  });

  it("returns views of the bytes: nothing is copied", () => {
    for (const column of decodeTensors(sample)) {
      expect(column.data.buffer).toBe(sample.buffer);
      expect(column.data.byteOffset % 8).toBe(0);
    }
  });

  it("refuses misaligned bytes, which apache-arrow would copy without a word", () => {
    for (const shift of [1, 2, 4, 7]) {
      const shifted = new Uint8Array(sample.byteLength + 8).subarray(shift, shift + sample.byteLength);
      shifted.set(sample);
      expect(outcome(shifted)).toMatchObject({
        code: "TENSOR_INVALID",
        message: `[TENSOR_INVALID] the Arrow bytes begin at offset ${shift} of their buffer, not at a multiple of 8`,
        hint: expect.stringContaining("ChunkAssembler"),
      });
    }
  });

  it("reads float16 as numbers, not as the integers of their bits", () => {
    const [column] = decodeTensors(
      fileOf([
        {
          name: "h",
          dtype: "float16",
          rows: 1,
          shape: [3],
          dimNames: ["x"],
          data: new Float16Array([1.5, -0, 65_504]),
        },
      ]),
    );
    expect(Array.from(column?.data as Float16Array)).toEqual([1.5, -0, 65_504]);
  });

  it("holds the cap on bytes: at it and above it pass, one below is refused", () => {
    const cap = (totalBytes: number) => ({ ...tensorLimits, totalBytes });
    expect(
      [sample.byteLength + 1, sample.byteLength].map((limit) => decodeTensors(sample, cap(limit)).length),
    ).toEqual([2, 2]);
    expect(() => decodeTensors(sample, cap(sample.byteLength - 1))).toThrow(
      expect.objectContaining({
        code: "WIRE_TOO_LARGE",
        details: { bytes: sample.byteLength, limitBytes: sample.byteLength - 1 },
      }),
    );
  });
});

describe("the record batch", () => {
  const data = (type: FixedSizeList, child: object, extra: object = {}) =>
    makeData({
      type,
      length: 2,
      nullCount: 0,
      child: makeData(child as Parameters<typeof makeData>[0]),
      ...extra,
    } as Parameters<typeof makeData>[0]);
  const type = foreignBatch([{}]).schema.fields[0]?.type as FixedSizeList;

  it("is refused when its items are fewer than rows x shape, which apache-arrow writes without a word", () => {
    const short = foreignBatch([
      { data: data(type, { type: new Int16(), length: 12, nullCount: 0, data: new Int16Array(4) }) },
    ]);
    expect(outcome(streamOf(short))).toMatchObject({
      code: "DATA_SHARD_SCHEMA",
      message: `[DATA_SHARD_SCHEMA] column "volume" has a buffer of 8 bytes, 12 items need 24`,
    });
    const fewer = foreignBatch([
      { data: data(type, { type: new Int16(), length: 6, nullCount: 0, data: new Int16Array(6) }) },
    ]);
    expect(outcome(streamOf(fewer))).toMatchObject({
      code: "DATA_SHARD_SCHEMA",
      message: `[DATA_SHARD_SCHEMA] column "volume" has rows, nulls, items, nulls [2, 0, 6, 0], the batch needs [2, 0, 12, 0]`,
    });
  });

  it("is refused when it has nulls, in rows or in items", () => {
    const nullRow = foreignBatch([
      {
        data: data(
          type,
          { type: new Int16(), length: 12, nullCount: 0, data: new Int16Array(12) },
          { nullCount: 1, nullBitmap: Uint8Array.of(1) },
        ),
      },
    ]);
    expect(outcome(streamOf(nullRow))).toMatchObject({
      code: "DATA_SHARD_SCHEMA",
      message: `[DATA_SHARD_SCHEMA] column "volume" has rows, nulls, items, nulls [2, 1, 12, 0], the batch needs [2, 0, 12, 0]`,
    });
    const nullItem = foreignBatch([
      {
        data: data(type, {
          type: new Int16(),
          length: 12,
          nullCount: 2,
          nullBitmap: Uint8Array.of(0xfc, 0x0f),
          data: new Int16Array(12),
        }),
      },
    ]);
    expect(outcome(streamOf(nullItem))).toMatchObject({
      code: "DATA_SHARD_SCHEMA",
      message: `[DATA_SHARD_SCHEMA] column "volume" has rows, nulls, items, nulls [2, 0, 12, 2], the batch needs [2, 0, 12, 0]`,
    });
  });
});

describe("mutated bytes", () => {
  // Every byte of the file with three changes each: several thousand mutants.
  const mutants = function* (): Generator<Uint8Array> {
    for (let at = 0; at < sample.byteLength; at += 1) {
      for (const change of [0x01, 0x80, 0xff]) {
        const mutant = Uint8Array.from(sample);
        mutant[at] = (mutant[at] ?? 0) ^ change;
        yield mutant;
      }
    }
  };

  it("are all found by the checksum", () => {
    const good = crc32([sample]);
    let count = 0;
    for (const mutant of mutants()) {
      count += 1;
      if (crc32([mutant]) === good) throw new Error(`mutant ${count} has the same checksum`);
    }
    expect(count).toBeGreaterThan(2000);
  });

  it("with a checksum made anew, decode to columns of the same size or raise a typed error", () => {
    let refused = 0;
    for (const mutant of mutants()) {
      const result = outcome(mutant);
      if (Array.isArray(result)) {
        if (!result.every((column: TensorColumn) => column.data.byteLength <= sample.byteLength))
          throw new Error("columns larger than the bytes");
      } else {
        if (!["DATA_SHARD_SCHEMA", "WIRE_TOO_LARGE"].includes(codeOf(result))) throw result;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it("cut off at any length are refused by name", () => {
    const codes = Array.from(sample, (_, length) =>
      codeOf(outcome(Uint8Array.from(sample.subarray(0, length)))),
    );
    expect(new Set(codes)).toEqual(new Set(["DATA_SHARD_SCHEMA"]));
  });

  it("with large numbers in any word of the metadata never make the reader allocate", () => {
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    for (let at = 8; at + 4 <= sample.byteLength; at += 4) {
      for (const value of [0x7fff_ffff, 0xffff_fff0, 0x4000_0000]) {
        const mutant = Uint8Array.from(sample);
        new DataView(mutant.buffer).setUint32(at, value, true);
        outcome(mutant);
      }
    }
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(
      200 * 2 ** 20,
    );
  });
});

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code);
}

function footerStart(file: Uint8Array): number {
  return (
    file.byteLength -
    10 -
    new DataView(file.buffer, file.byteOffset, file.byteLength).getInt32(file.byteLength - 10, true)
  );
}
