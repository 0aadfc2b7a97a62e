import { gzipSync } from "node:zlib";
import { gunzipBounded, gunzipHead, isGzip } from "../../../../../ts/data/volume/gunzip.ts";
import { seeded } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";

const random = seeded(3);
const plain = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 64)));
const packed = gzipSync(plain);

describe("gunzip", () => {
  it("knows gzip by its first bytes", () => {
    expect([isGzip(packed), isGzip(plain), isGzip(new Uint8Array(0))]).toEqual([true, false, false]);
  });

  it("gives the beginning of the data from the beginning of the file", () => {
    expect(plain.subarray(0, 540).equals(gunzipHead(packed, 540, "x").subarray(0, 540))).toBe(true);
    expect(gunzipHead(gzipSync(Buffer.from("abc")), 540, "x")).toHaveLength(3);
  });

  it("decompresses to exactly the size its bound implies", async () => {
    for (const slack of [0, 10]) {
      const { bytes, unusedBytes } = await gunzipBounded(packed, plain.length, slack, "x");
      expect(bytes.equals(plain)).toBe(true);
      expect(unusedBytes).toBe(0);
    }
  });

  it("refuses one byte more than the bound", async () => {
    const error = await caught(() => gunzipBounded(packed, plain.length - 1, 0, "scan.nii.gz"));
    expect(error.code).toBe("DATA_DECOMPRESS_LIMIT");
    expect(error.message).toContain("scan.nii.gz decompresses past the 199999 bytes its header allows");
  });

  it("refuses what is cut, damaged or followed by rubbish", async () => {
    const flipped = Uint8Array.from(packed, (byte, at) => (at === 5000 ? byte ^ 255 : byte));
    for (const bytes of [packed.subarray(0, -4), flipped, Buffer.concat([packed, Buffer.from("rubbish")])]) {
      expect((await caught(() => gunzipBounded(bytes, plain.length, 100, "x"))).code).toBe("DATA_TRUNCATED");
    }
  });

  it("counts zero padding after the data", async () => {
    expect(
      (await gunzipBounded(Buffer.concat([packed, Buffer.alloc(5)]), plain.length, 0, "x")).unusedBytes,
    ).toBe(5);
  });
});
