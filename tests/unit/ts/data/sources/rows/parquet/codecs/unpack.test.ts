import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { unpacked } from "../../../../../../../../ts/data/sources/rows/parquet/codecs/unpack.ts";
import { thrown } from "../../../../../../../support/caught.ts";

const plain = Buffer.from("Ein Bericht, noch ein Bericht, und noch ein Bericht.");
const codecs = [
  ["gzip", 2, gzipSync],
  ["brotli", 4, brotliCompressSync],
  ["zstd", 6, zstdCompressSync],
] as const;

describe("pages", () => {
  it.each(codecs)("packed by %s are unpacked to the length of their header", (_, codec, pack) => {
    expect(Buffer.from(unpacked(codec, pack(plain), plain.length))).toEqual(plain);
  });

  it.each(codecs)(
    "packed by %s give no byte more than their header says, however many they hold",
    (name, codec, pack) => {
      const bomb = pack(Buffer.alloc(1 << 24));
      const error = thrown(() => unpacked(codec, bomb, 1000));
      expect(error).toMatchObject({
        code: "DATA_MANIFEST",
        what: `a ${name} page gives more than the 1000 bytes of its header`,
      });
    },
  );

  it.each(codecs)("packed by %s that give fewer bytes are damaged", (_, codec, pack) => {
    const error = thrown(() => unpacked(codec, pack(plain), plain.length + 1));
    expect(error).toMatchObject({
      code: "DATA_MANIFEST",
      what: `a page gives ${plain.length} bytes, its header says ${plain.length + 1}`,
    });
  });

  it.each(codecs)("packed by %s that are cut or something else cannot be unpacked", (name, codec, pack) => {
    for (const bytes of [pack(plain).subarray(0, 12), Buffer.from("something else")]) {
      const error = thrown(() => unpacked(codec, bytes, plain.length));
      expect(error.code).toBe("DATA_MANIFEST");
      expect(error.what).toMatch(new RegExp(`^a (?:${name} page cannot be unpacked: .|page gives)`));
    }
  });

  it("that are not packed are as they are, of the length of their header", () => {
    expect(unpacked(0, plain, plain.length)).toBe(plain);
    expect(thrown(() => unpacked(0, plain, 3)).what).toContain(`a page gives ${plain.length} bytes`);
  });

  it("of no values may have no stream", () => {
    for (const codec of [0, 1, 2, 4, 5, 6, 7]) expect(unpacked(codec, Buffer.alloc(0), 0)).toHaveLength(0);
  });

  it.each([
    [3, "lzo"],
    [9, "number 9"],
  ])("of the codec %d are refused by its name", (codec, name) => {
    expect(thrown(() => unpacked(codec, plain, 3))).toMatchObject({
      code: "DATA_UNSUPPORTED",
      what: `pages are packed by the codec ${name}`,
      hint: expect.stringContaining("pyarrow"),
    });
  });
});
