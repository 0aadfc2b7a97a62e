import { FlatBlock } from "../../../../ts/tensor/flatbuffer.ts";

/**
 * One table by hand: root offset 12; vtable at 4 of 8 bytes (its size, the table's size, field 0 at 4, field
 * 1 absent);
 * table at 12; field 0 is the offset of a vector at 20 with the three bytes "abc".
 */
function block(change?: (view: DataView) => void): FlatBlock {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 12, true);
  [8, 8, 4, 0].forEach((value, index) => {
    view.setUint16(4 + 2 * index, value, true);
  });
  view.setInt32(12, 8, true);
  view.setUint32(16, 4, true);
  view.setUint32(20, 3, true);
  bytes.set([0x61, 0x62, 0x63], 24);
  change?.(view);
  return new FlatBlock(bytes, "the test block");
}

const refused = (message: string) =>
  expect.objectContaining({ code: "DATA_SHARD_SCHEMA", message: expect.stringContaining(message) });

describe("a metadata block", () => {
  it("reads a field, and an absent one as its default", () => {
    const table = block().root();
    expect([
      table.text(0),
      table.has(0),
      table.has(1),
      table.has(2),
      table.i32(1),
      table.text(7),
      table.table(1),
      table.vector(5, 8).length,
    ]).toEqual(["abc", true, false, false, 0, "", undefined, 0]);
  });

  it.each<readonly [string, (view: DataView) => void, string]>([
    [
      "a root outside the block",
      (view) => view.setUint32(0, 400, true),
      "the test block: 4 bytes at 400 lie outside its 28 bytes",
    ],
    ["a root of 0", (view) => view.setUint32(0, 0, true), "the test block: the offset at 0 leads nowhere"],
    [
      "a root that is not aligned",
      (view) => view.setUint32(0, 14, true),
      "the test block: a value of 4 bytes lies at 14, no multiple of its size",
    ],
    ["a vtable that is not aligned", (view) => view.setInt32(12, 7, true), "a value of 2 bytes lies at 5"],
    [
      "a vtable before the block",
      (view) => view.setInt32(12, 1000, true),
      "the test block: 2 bytes at -988 lie outside its 28 bytes",
    ],
    ["a vtable behind the block", (view) => view.setInt32(12, -1000, true), "lie outside its 28 bytes"],
    [
      "a vtable longer than the block",
      (view) => view.setUint16(4, 4000, true),
      "4000 bytes at 4 lie outside",
    ],
    ["a vtable of odd size", (view) => view.setUint16(4, 7, true), "a table of 8 bytes with a vtable of 7"],
    [
      "a table longer than the block",
      (view) => view.setUint16(6, 4000, true),
      "4000 bytes at 12 lie outside",
    ],
    [
      "a field outside its table",
      (view) => view.setUint16(8, 9, true),
      "field 0 lies at 9, outside its table of 8 bytes",
    ],
    [
      "a field inside the table's own offset",
      (view) => view.setUint16(8, 2, true),
      "field 0 lies at 2, outside its table of 8 bytes",
    ],
    [
      "a field outside its table that nobody reads",
      (view) => view.setUint16(10, 60_000, true),
      "field 1 lies at 60000, outside its table of 8 bytes",
    ],
    ["a text at offset 0", (view) => view.setUint32(16, 0, true), "the offset at 16 leads nowhere"],
    [
      "text without its zero byte",
      (view) => view.setUint8(27, 1),
      "a name of 3 bytes does not end in a zero byte",
    ],
    ["text that fills the block", (view) => view.setUint32(20, 4, true), "1 bytes at 28 lie outside"],
    ["a vector outside the block", (view) => view.setUint32(16, 4000, true), "lie outside"],
    [
      "a vector longer than the block",
      (view) => view.setUint32(20, 0xffff_ffff, true),
      "4294967295 bytes at 24 lie outside",
    ],
    ["text that is not UTF-8", (view) => view.setUint8(24, 0xff), "a name of 3 bytes is not UTF-8"],
  ])("refuses %s", (_what, change, message) => {
    expect(() => block(change).root().text(0)).toThrow(refused(message));
  });

  it("counts tables before it reads them", () => {
    expect(() => block().root().tables(0, 2, "columns")).toThrow(refused("12 bytes at 24 lie outside"));
    expect(() =>
      block((view) => view.setUint32(20, 1, true))
        .root()
        .tables(0, 0, "columns"),
    ).toThrow(refused("1 columns, more than 0"));
  });

  it("reads numbers at multiples of their size alone", () => {
    const bytes = Uint8Array.of(200, 0, 0xfe, 0xff, 0xfd, 0xff, 0xff, 0xff);
    const numbers = new FlatBlock(bytes, "the test block");
    expect([numbers.u8(0), numbers.u16(2), numbers.i16(2), numbers.i32(4)]).toEqual([200, 0xfffe, -2, -3]);
    expect(() => numbers.i16(1)).toThrow(refused("a value of 2 bytes lies at 1, no multiple of its size"));
    expect(() => numbers.i32(2)).toThrow(refused("a value of 4 bytes lies at 2, no multiple of its size"));
    expect(() => numbers.i32(8)).toThrow(refused("4 bytes at 8 lie outside its 8 bytes"));
    expect(() => numbers.u8(-1)).toThrow(refused("1 bytes at -1 lie outside its 8 bytes"));
  });

  it("refuses counts that are negative or above 2^53-1", () => {
    const bytes = new Uint8Array(8);
    const of = (value: bigint) => () => {
      new DataView(bytes.buffer).setBigInt64(0, value, true);
      return new FlatBlock(bytes, "the test block").size64(0);
    };
    expect([of(0n)(), of(2n ** 53n - 1n)()]).toEqual([0, Number.MAX_SAFE_INTEGER]);
    for (const value of [-1n, 2n ** 53n])
      expect(of(value)).toThrow(refused(`a count of ${value} is outside 0..2^53-1`));
  });
});
