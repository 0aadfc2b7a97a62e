import { RecordBatchReader, tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import type { TensorColumn } from "../../../../ts/tensor/index.ts";
import { encodeTensors, piecesBytes, tensorLimits } from "../../../../ts/tensor/index.ts";
import { arbitraryColumns, bytesOf, columnOf } from "../../../support/tensors.ts";

const volume: TensorColumn = {
  name: "volume",
  dtype: "int16",
  rows: 2,
  shape: [2, 3, 4],
  dimNames: ["d", "h", "w"],
  data: Int16Array.from({ length: 48 }, (_, index) => index - 24),
};
const joined = (columns: readonly TensorColumn[]) => Buffer.concat(encodeTensors(columns));

describe("encodeTensors", () => {
  it("gives the columns' own buffers as body pieces: nothing is copied", () => {
    const data = new Int16Array(3 * 2 ** 20);
    const pieces = encodeTensors([
      { ...volume, rows: 3, shape: [2 ** 20], dimNames: ["x"], dtype: "int16", data },
    ]);
    const bodies = pieces.filter((piece) => piece.buffer === data.buffer);
    expect(bodies.map((piece) => [piece.byteOffset, piece.byteLength])).toEqual([[0, data.byteLength]]);
    expect(piecesBytes(pieces) - data.byteLength).toBeLessThan(2000);
  });

  it("writes a view of a larger buffer without its surroundings", () => {
    const whole = Int16Array.from({ length: 100 }, (_, index) => index);
    const view = whole.subarray(10, 58);
    const [piece] = encodeTensors([{ ...volume, dtype: "int16", data: view } as TensorColumn]).filter(
      (each) => each.buffer === whole.buffer,
    );
    expect([piece?.byteOffset, piece?.byteLength]).toEqual([20, 96]);
  });

  it("writes the extension type, shape and dimension names on the field, where apache-arrow finds them again", () => {
    const [field] = tableFromIPC(joined([volume])).schema.fields;
    expect([field?.name, field?.nullable, String(field?.type)]).toEqual([
      "volume",
      false,
      "FixedSizeList[24]<Int16>",
    ]);
    expect(Object.fromEntries(field?.metadata ?? [])).toEqual({
      "ARROW:extension:name": "arrow.fixed_shape_tensor",
      "ARROW:extension:metadata": `{"shape":[2,3,4],"dim_names":["d","h","w"]}`,
    });
  });

  it("writes a file that apache-arrow reads back bit for bit, as file and as the stream inside it", () => {
    fc.assert(
      fc.property(arbitraryColumns, (columns) => {
        const file = joined(columns);
        for (const bytes of [file, Uint8Array.from(file.subarray(8))]) {
          const [batch, ...others] = RecordBatchReader.from(bytes).readAll();
          expect(others).toEqual([]);
          expect(batch?.schema.fields.map((field) => field.name)).toEqual(
            columns.map((column) => column.name),
          );
          columns.forEach((column, index) => {
            const values = batch?.data.children[index]?.children[0]?.values as
              | { readonly buffer: ArrayBuffer; readonly byteOffset: number }
              | undefined;
            const length = bytesOf(column).byteLength;
            const found =
              values === undefined
                ? new Uint8Array(0)
                : new Uint8Array(values.buffer, values.byteOffset, length);
            expect(Buffer.from(found).toString("hex")).toBe(Buffer.from(bytesOf(column)).toString("hex"));
          });
        }
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it("gives equal bytes for equal columns", () => {
    const again = { ...volume, data: Int16Array.from(volume.data as Int16Array) } as TensorColumn;
    expect(joined([volume]).equals(joined([again]))).toBe(true);
  });

  it("writes every body at a multiple of 8", () => {
    const columns = [1, 3, 5].map((size, index) =>
      columnOf(`c${index}`, "uint8", 1, [size], new Uint8Array(size)),
    );
    let at = 0;
    for (const piece of encodeTensors(columns)) {
      if (columns.some((column) => column.data.buffer === piece.buffer)) expect(at % 8).toBe(0);
      at += piece.byteLength;
    }
  });

  it("writes a tensor of no rows", () => {
    const table = tableFromIPC(
      joined([{ ...volume, rows: 0, dtype: "int16", data: new Int16Array(0) } as TensorColumn]),
    );
    expect([table.numRows, table.numCols]).toEqual([0, 1]);
  });

  it("refuses what apache-arrow would write reinterpreted, before a byte is written", () => {
    const wrong = { ...volume, data: new Float32Array(48) } as unknown as TensorColumn;
    expect(() => encodeTensors([wrong])).toThrow(
      expect.objectContaining({
        code: "TENSOR_INVALID",
        message: `[TENSOR_INVALID] column "volume" is int16 but its data is a Float32Array`,
      }),
    );
  });

  it("refuses a file above the cap, metadata counted", () => {
    const size = piecesBytes(encodeTensors([volume]));
    const under = (totalBytes: number) => () => encodeTensors([volume], { ...tensorLimits, totalBytes });
    expect([size, size + 1].map((cap) => piecesBytes(under(cap)()))).toEqual([size, size]);
    expect(under(size - 1)).toThrow(
      expect.objectContaining({
        code: "WIRE_TOO_LARGE",
        message: `[WIRE_TOO_LARGE] the Arrow file has ${size} bytes, the cap is ${size - 1}`,
      }),
    );
  });
});
