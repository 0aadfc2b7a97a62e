import {
  columnBytes,
  columnsOf,
  tailBytes,
  tailIn,
  tailOf,
} from "../../../../../../ts/data/dataset/indexed/format.ts";

const tail = { head: { at: 6_000_000_016, bytes: 4321, crc32: 0xdeadbeef }, bodyCrc32: 0xffffffff };
const fileBytes = tail.head.at + tail.head.bytes + tailBytes;

describe("the tail of an index", () => {
  it("comes back as it was written, of a file of exactly its size", () => {
    const bytes = tailOf(tail);
    expect(bytes).toHaveLength(tailBytes);
    expect(tailIn(bytes, fileBytes)).toEqual(tail);
    expect(tailIn(bytes, fileBytes - 1)).toBeUndefined();
    expect(tailIn(bytes, fileBytes + 1)).toBeUndefined();
  });

  it("is none once any bit of what it says is turned", () => {
    const bytes = tailOf(tail);
    for (let bit = 0; bit < 8 * tailBytes; bit++) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const isUnused = bit >= 8 * 28 && bit < 8 * 32;
      expect([bit, tailIn(turned, fileBytes) === undefined]).toEqual([bit, !isUnused]);
    }
  });

  it("is none of a shorter file, of zeros, or of a machine that counts bytes the other way", () => {
    expect(tailIn(tailOf(tail).subarray(1), fileBytes)).toBeUndefined();
    expect(tailIn(Buffer.alloc(tailBytes), tailBytes)).toBeUndefined();
    const other = tailOf(tail);
    other.writeUInt32LE(other.readUInt32LE(20) === 1 ? 2 : 1, 20);
    expect(tailIn(other, fileBytes)).toBeUndefined();
  });
});

describe("the columns of an index", () => {
  it("are eleven bytes a case, side by side in one buffer", () => {
    const columns = columnsOf(5);
    columns.rowAt.fill(0xffffffff);
    columns.itemsAt.fill(1);
    columns.tasks.fill(0x8001);
    columns.split.fill(2);
    const buffer = columns.rowAt.buffer as ArrayBuffer;
    expect([buffer.byteLength, columnBytes(5)]).toEqual([55, 55]);
    const again = columnsOf(5, buffer);
    expect([...again.rowAt, ...again.itemsAt]).toEqual([...Array(5).fill(0xffffffff), ...Array(5).fill(1)]);
    expect([...again.tasks, ...again.split]).toEqual([...Array(5).fill(0x8001), ...Array(5).fill(2)]);
  });

  it("are none of no case", () => {
    expect(columnsOf(0).split).toHaveLength(0);
  });
});
