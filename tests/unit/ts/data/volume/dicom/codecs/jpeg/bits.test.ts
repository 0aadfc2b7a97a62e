import { BitReader, huffmanTable } from "../../../../../../../../ts/data/volume/dicom/codecs/jpeg/bits.ts";

describe("the bits of a scan", () => {
  it("reads numbers and differences over stuffed bytes", () => {
    const bits = new BitReader(Uint8Array.of(0xa5, 0xff, 0x00, 0x3c, 0xff, 0xd9), 0);
    expect([bits.bits(4), bits.bits(0), bits.bits(12), bits.difference(3)]).toEqual([0xa, 0, 0x5ff, -6]);
    expect(bits.difference(3)).toBe(7);
    expect(bits.end()).toBe(4);
  });

  it("never reads past the next marker or the end", () => {
    for (const bytes of [Uint8Array.of(0x12, 0xff, 0xd9), Uint8Array.of(0x12)]) {
      const bits = new BitReader(bytes, 0);
      expect(bits.bits(8)).toBe(0x12);
      expect(() => bits.bits(1)).toThrow("ends before its last pixel");
    }
  });

  it("steps over the restart marker it is told of, and no other", () => {
    const bytes = Uint8Array.of(0x80, 0xff, 0xd1, 0x40);
    const bits = new BitReader(bytes, 0);
    bits.bits(1);
    bits.restart(9);
    expect(bits.bits(2)).toBe(1);
    expect(() => new BitReader(bytes, 0).restart(0)).toThrow("restart marker is missing");
  });
});

describe("a Huffman table", () => {
  it("gives the symbol of each code", () => {
    const lengths = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : i === 1 ? 1 : i === 2 ? 1 : 0));
    const table = huffmanTable(lengths, Uint8Array.of(7, 8, 9));
    const bits = new BitReader(Uint8Array.of(0b01011000, 0xff, 0x00), 0);
    expect([bits.symbol(table), bits.symbol(table), bits.symbol(table)]).toEqual([7, 8, 9]);
    expect(new BitReader(Uint8Array.of(0b01011000), 0).symbol(table)).toBe(7);
    expect(() => new BitReader(Uint8Array.of(0xff, 0x00, 0xff, 0x00), 0).symbol(table)).toThrow(
      "no table defines",
    );
  });

  it("is refused when its lengths leave no room for its codes", () => {
    const lengths = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 3 : 0));
    expect(() => huffmanTable(lengths, Uint8Array.of(1, 2, 3))).toThrow("more codes than its lengths allow");
  });
});
