import { Table, tableToIPC } from "apache-arrow";
import { decodeTensors, encodeTensors } from "../../../../ts/tensor/index.ts";
import { columnOf, foreignBatch, streamOf } from "../../../support/tensors.ts";

const file = () =>
  Uint8Array.from(
    Buffer.concat(encodeTensors([columnOf("volume", "int16", 2, [2, 3], new Uint8Array(24).fill(1))])),
  );

/** A copy of the file with one change. */
function changed(change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = file();
  change(bytes, new DataView(bytes.buffer));
  return bytes;
}

function outcome(bytes: Uint8Array): unknown {
  try {
    return decodeTensors(bytes);
  } catch (error) {
    return error;
  }
}

const refused = (message: string) => ({
  code: "DATA_SHARD_SCHEMA",
  message: expect.stringContaining(message),
  hint: expect.stringMatching(/\S/),
});
const end = file().byteLength;
const footerBytes = new DataView(file().buffer).getInt32(end - 10, true);
const streamEnd = end - 10 - footerBytes;
const batchStart = 16 + new DataView(file().buffer).getInt32(12, true);

describe("the frames of a tensor file", () => {
  it("are those of the stream inside it", () => {
    expect(decodeTensors(Uint8Array.from(file().subarray(8, streamEnd)))).toMatchObject([
      { name: "volume", rows: 2 },
    ]);
  });

  it("end in the magic word", () => {
    expect(outcome(changed((bytes) => bytes.set([0], end - 1)))).toMatchObject(
      refused(`the file of ${end} bytes does not end in ARROW1`),
    );
  });

  it("have a footer that fits", () => {
    for (const length of [0, -1, end, 0x7fff_ffff]) {
      expect(outcome(changed((_, view) => view.setInt32(end - 10, length, true)))).toMatchObject(
        refused(`the footer announces ${length} bytes in a file of ${end}`),
      );
    }
  });

  it("begin with the continuation mark", () => {
    expect(outcome(changed((_, view) => view.setUint32(8, 0, true)))).toMatchObject(
      refused("no message begins at byte 8"),
    );
  });

  it("announce no more metadata than there is", () => {
    expect(outcome(changed((_, view) => view.setInt32(12, 60_000, true)))).toMatchObject(
      refused(`the schema message announces 60000 bytes of metadata at byte 8 of ${streamEnd}`),
    );
    expect(outcome(changed((_, view) => view.setInt32(12, -8, true)))).toMatchObject(
      refused("the schema message announces -8 bytes"),
    );
    expect(outcome(changed((_, view) => view.setInt32(12, 0, true)))).toMatchObject(
      refused("the stream ends at byte 8 before the schema message"),
    );
  });

  it("are cut off by name", () => {
    const stream = file().subarray(8, streamEnd);
    expect(outcome(Uint8Array.from(stream.subarray(0, batchStart - 8)))).toMatchObject(
      refused("the record batch message should begin at byte"),
    );
    expect(outcome(Uint8Array.from(stream.subarray(0, stream.byteLength - 16)))).toMatchObject({
      code: "DATA_SHARD_SCHEMA",
      hint: expect.stringContaining("cut off"),
    });
    expect(outcome(Uint8Array.from(stream.subarray(0, stream.byteLength - 8)))).toMatchObject(
      refused("no end of stream"),
    );
    expect(outcome(new Uint8Array(0))).toMatchObject(
      refused("the schema message should begin at byte 0, the bytes end at 0"),
    );
  });

  it("leave no bytes unread", () => {
    const longer = new Uint8Array(streamEnd);
    longer.set(file().subarray(8, streamEnd));
    expect(outcome(longer)).toMatchObject(refused("8 bytes lie between the end of the stream"));
  });

  it("agree with the footer about where the batch lies", () => {
    const at = Buffer.from(file()).lastIndexOf(Buffer.from(BigInt64Array.of(BigInt(batchStart)).buffer));
    expect(at).toBeGreaterThan(streamEnd);
    expect(outcome(changed((_, view) => view.setBigInt64(at, 8n, true)))).toMatchObject(
      refused(`the footer puts the record batch at [8, `),
    );
  });

  it("agree with the footer about the schema", () => {
    const at = Buffer.from(file()).lastIndexOf("volume");
    expect(at).toBeGreaterThan(streamEnd);
    expect(outcome(changed((bytes) => bytes.set([0x56], at)))).toMatchObject(
      refused("the footer's schema differs from the stream's"),
    );
  });

  it("need the schema message that apache-arrow's own file writer leaves out", () => {
    const table = new Table([foreignBatch([{}])]);
    expect(outcome(Uint8Array.from(tableToIPC(table, "file")))).toMatchObject(
      refused("found a record batch where the schema message belongs"),
    );
    expect(outcome(Uint8Array.from(tableToIPC(table, "stream")))).toMatchObject([{ name: "volume" }]);
  });

  it("are one schema and one batch", () => {
    const stream = streamOf(foreignBatch([{}]));
    const schemaBytes = 8 + new DataView(stream.buffer).getInt32(4, true);
    const twice = Buffer.concat([stream.subarray(0, schemaBytes), stream]);
    expect(outcome(Uint8Array.from(twice))).toMatchObject(
      refused("found a schema where the record batch message belongs"),
    );
  });
});
