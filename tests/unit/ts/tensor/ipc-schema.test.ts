import {
  Dictionary,
  Field,
  FixedSizeList,
  Float64,
  Int8,
  Int16,
  Int32,
  makeData,
  Table,
  Uint16,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { decodeTensors, encodeTensors, tensorLimits } from "../../../../ts/tensor/index.ts";
import type { ForeignColumn } from "../../../support/tensors.ts";
import { columnOf, extension, foreignBatch, streamOf } from "../../../support/tensors.ts";

function outcome(bytes: Uint8Array, limits = tensorLimits): unknown {
  try {
    return decodeTensors(bytes, limits);
  } catch (error) {
    return error;
  }
}

const refused = (message: string) => ({
  code: "DATA_SHARD_SCHEMA",
  message: expect.stringContaining(message),
  hint: expect.stringMatching(/\S/),
});
const ofColumn = (column: ForeignColumn) => outcome(streamOf(foreignBatch([column])));

describe("the schema of a tensor file", () => {
  it("is accepted from apache-arrow's own stream writer", () => {
    expect(outcome(streamOf(foreignBatch([{}])))).toMatchObject([
      { name: "volume", dtype: "int16", rows: 2, shape: [2, 3], dimNames: ["h", "w"] },
    ]);
  });

  it("is accepted with the identity permutation that Arrow C++ writes", () => {
    expect(ofColumn({ tensor: { shape: [2, 3], dim_names: ["h", "w"], permutation: [0, 1] } })).toMatchObject(
      [{ shape: [2, 3] }],
    );
  });

  it("is refused without the extension type, as a Table built from vectors loses it", () => {
    const [data] = foreignBatch([{}]).data.children;
    const table = new Table({ volume: new Vector(data === undefined ? [] : [data]) });
    expect(table.schema.fields[0]?.metadata.size).toBe(0);
    const [batch] = table.batches;
    expect(batch === undefined ? batch : outcome(streamOf(batch))).toMatchObject(
      refused(`column "volume" has metadata keys []`),
    );
  });

  it.each<readonly [string, ForeignColumn, string]>([
    [
      "another extension type",
      { metadata: extension("{}", "arrow.uuid") },
      `column "volume" has extension type "arrow.uuid"`,
    ],
    [
      "other metadata beside the extension",
      { metadata: new Map([...extension(`{"shape":[6],"dim_names":["x"]}`), ["note", "x"]]) },
      "has metadata keys",
    ],
    ["metadata that is not JSON", { tensor: "{shape" }, 'column "volume" has tensor metadata {shape'],
    [
      "a permutation",
      { tensor: { shape: [2, 3], dim_names: ["h", "w"], permutation: [1, 0] } },
      "has permutation [1,0]",
    ],
    [
      "a shape of another product than the list",
      { tensor: { shape: [2, 4], dim_names: ["h", "w"] } },
      "has 6 items a row, its shape [2,4] has 8",
    ],
    ["items of float64", { item: new Float64() }, "has items of float of precision 2"],
    ["items of int8", { item: new Int8() }, "has items of int8"],
    ["items of uint16", { item: new Uint16() }, "has items of uint16"],
    [
      "metadata on the items",
      { itemMetadata: new Map([["ARROW:extension:name", "arrow.bool8"]]) },
      "has metadata on its items",
    ],
    ["an empty name", { name: "" }, "a column name has 0 bytes, outside 1..128"],
    ["a name of 129 bytes", { name: "n".repeat(129) }, "a column name has 129 bytes, outside 1..128"],
  ])("is refused with %s", (_what, column, message) => {
    expect(ofColumn(column)).toMatchObject(refused(message));
  });

  it("is refused with a plain column, of text or of numbers", () => {
    const ints = new Table({ volume: vectorFromArray([1, 2], new Int16()) }).batches[0],
      texts = new Table({ prompt: vectorFromArray(["a", "b"], new Utf8()) }).batches[0];
    expect(
      [ints, texts].map((batch) => (batch === undefined ? batch : outcome(streamOf(batch)))),
    ).toMatchObject([
      refused(`column "volume" is no fixed-size list (type 2)`),
      refused(`column "prompt" is no fixed-size list (type 5)`),
    ]);
  });

  it("is refused with a dictionary", () => {
    const [batch] = new Table({
      prompt: vectorFromArray(["a", "b"], new Dictionary(new Utf8(), new Int32(), 1)),
    }).batches;
    expect(batch === undefined ? batch : outcome(streamOf(batch))).toMatchObject(
      refused("found a dictionary batch where the record batch message belongs"),
    );
  });

  it("is refused with nested lists", () => {
    const inner = new FixedSizeList(3, new Field("item", new Int16(), false)),
      outer = new FixedSizeList(2, new Field("item", inner, false));
    const innerData = makeData({
      type: inner,
      length: 4,
      nullCount: 0,
      child: makeData({ type: new Int16(), length: 12, nullCount: 0, data: new Int16Array(12) }),
    });
    const data = makeData({ type: outer, length: 2, nullCount: 0, child: innerData });
    expect(ofColumn({ type: outer, data, tensor: { shape: [2], dim_names: ["x"] } })).toMatchObject(
      refused(`column "volume" has items of type 16`),
    );
  });

  it("is refused with repeated names, metadata of its own, or no columns", () => {
    expect(outcome(streamOf(foreignBatch([{}, {}])))).toMatchObject(
      refused(`repeats a column name: ["volume","volume"]`),
    );
    expect(outcome(streamOf(foreignBatch([{}], new Map([["patient", "x"]]))))).toMatchObject(
      refused("the schema has metadata of its own"),
    );
    expect(outcome(streamOf(foreignBatch([])))).toMatchObject(refused("the schema has no columns"));
  });

  it("has at most 64 columns: 63 and 64 pass, 65 are refused before any is read", () => {
    const file = (count: number) =>
      streamOf(
        foreignBatch(Array.from({ length: count }, (_, index): ForeignColumn => ({ name: `c${index}` }))),
      );
    expect([63, 64].map((count) => decodeTensors(file(count)).length)).toEqual([63, 64]);
    expect(outcome(file(65))).toMatchObject(refused("65 columns, more than 64"));
  });

  it("has at most 65536 bytes of metadata, and says so before it reads them", () => {
    const bytes = Uint8Array.from(
      Buffer.concat(encodeTensors([columnOf("volume", "uint8", 1, [4], new Uint8Array(4))])),
    );
    const length = new DataView(bytes.buffer).getInt32(12, true);
    const footer = new DataView(bytes.buffer).getInt32(bytes.byteLength - 10, true);
    const under = (metadataBytes: number) => outcome(bytes, { ...tensorLimits, metadataBytes });
    expect([Math.max(length, footer), Math.max(length, footer) + 1].map((cap) => under(cap))).toEqual([
      expect.any(Array),
      expect.any(Array),
    ]);
    expect(under(footer - 1)).toMatchObject({
      code: "WIRE_TOO_LARGE",
      message: `[WIRE_TOO_LARGE] the footer has ${footer} bytes, the cap is ${footer - 1}`,
    });
  });
});

describe("a file of several record batches", () => {
  it("is refused, and so is one of none", () => {
    const batch = foreignBatch([{}]);
    expect(outcome(streamOf(batch, batch))).toMatchObject(refused("behind the first record batch"));
    const stream = streamOf(batch);
    const schemaBytes = 8 + new DataView(stream.buffer).getInt32(4, true);
    const none = Buffer.concat([stream.subarray(0, schemaBytes), stream.subarray(-8)]);
    expect(outcome(Uint8Array.from(none))).toMatchObject(
      refused(`the stream ends at byte ${schemaBytes} before the record batch message`),
    );
  });
});
