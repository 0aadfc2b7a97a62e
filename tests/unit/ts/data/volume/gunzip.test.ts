import { gzipSync } from "node:zlib";
import { gunzipBounded, gunzipHead, isGzip } from "../../../../../ts/data/volume/gunzip.ts";
import type { TomoeError } from "../../../../../ts/errors.ts";
import { seeded } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";

const random = seeded(3);
const plain = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 64)));
const packed = gzipSync(plain);

/** Pieces of a width, in two buffers that take turns, as a file is read. */
async function* cut(bytes: Uint8Array, width: number): AsyncGenerator<Uint8Array> {
  const buffers = [new Uint8Array(width), new Uint8Array(width)];
  for (let at = 0; at < bytes.length; at += width) {
    const piece = bytes.subarray(at, at + width);
    const [buffer = piece] = buffers;
    buffers.reverse();
    buffer.fill(0xee);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

const inflate = (
  bytes: Uint8Array,
  implied: number,
  slack: number,
  width = bytes.length,
  onFilled?: (bytes: Buffer, filled: number) => void,
): ReturnType<typeof gunzipBounded> =>
  gunzipBounded(
    { pieces: cut(bytes, width), sizeBytes: bytes.length, path: "scan.nii.gz", onFilled },
    implied,
    slack,
  );
const refused = (bytes: Uint8Array, implied: number, slack: number, width?: number): Promise<TomoeError> =>
  caught(() => inflate(bytes, implied, slack, width));

/** Pieces of a file that takes a while to close; `open` says how many are. */
function counted(
  bytes: Uint8Array,
  width: number,
  fails = false,
): { open: number; pieces: AsyncGenerator<Uint8Array> } {
  const file = { open: 0, pieces: pieces() };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    file.open++;
    try {
      yield* cut(bytes, width);
      if (fails) throw new Error("the disk is gone");
    } finally {
      await new Promise((resolve) => setTimeout(resolve, 2));
      file.open--;
    }
  }
  return file;
}

describe("gunzip", () => {
  it("is done with the file when it returns and when it fails, wherever the damage is", async () => {
    for (const width of [97, 1000, packed.length])
      for (const at of [undefined, 12, packed.length >> 1, packed.length - 6]) {
        const bytes = Uint8Array.from(packed);
        if (at !== undefined) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
        for (const fails of [false, true]) {
          const file = counted(bytes, width, fails);
          const given = { pieces: file.pieces, sizeBytes: bytes.length, path: "scan.nii.gz" };
          const isRefused = await gunzipBounded(given, plain.length, 0).then(
            () => false,
            () => true,
          );
          expect([isRefused, file.open]).toEqual([fails || at !== undefined, 0]);
        }
      }
  });

  it("knows gzip by its first bytes", () => {
    expect([isGzip(packed), isGzip(plain), isGzip(new Uint8Array(0))]).toEqual([true, false, false]);
  });

  it("gives the beginning of the data from the beginning of the file", () => {
    expect(plain.subarray(0, 540).equals(gunzipHead(packed, 540, "x").subarray(0, 540))).toBe(true);
    expect(gunzipHead(gzipSync(Buffer.from("abc")), 540, "x")).toHaveLength(3);
  });

  it("decompresses to exactly the size its bound implies, however the file is cut into pieces", async () => {
    for (const slack of [0, 10])
      for (const width of [packed.length, 1000, 97]) {
        const { bytes, lengthBytes, unusedBytes } = await inflate(packed, plain.length, slack, width);
        expect(bytes.equals(plain)).toBe(true);
        expect([lengthBytes, unusedBytes]).toEqual([plain.length, 0]);
        // One buffer of the implied size: nothing of it was held twice.
        expect(bytes.buffer.byteLength).toBe(plain.length);
      }
  });

  it("holds large data once, in the buffer they were decompressed into, which has nothing else in it", async () => {
    const large = Buffer.alloc(17 << 20);
    for (let at = 0; at < large.length; at += 64) large.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
    const [file, implied, slack] = [gzipSync(large), large.length - 100, 1000];
    const { bytes, lengthBytes } = await inflate(file, implied, slack, 100_000);
    expect([bytes.equals(large.subarray(0, implied)), lengthBytes]).toEqual([true, large.length]);
    expect(bytes.buffer.byteLength).toBe(implied + slack + 1);
    const behind = Buffer.from(bytes.buffer, bytes.byteOffset + implied, 100);
    expect(behind.equals(Buffer.alloc(100))).toBe(true);
  });

  it("puts pieces together where no one buffer could hold what the bound allows", async () => {
    const large = Buffer.concat(Array.from({ length: 16 }, () => plain));
    let filled = 0;
    const { bytes, lengthBytes } = await inflate(
      gzipSync(large),
      large.length,
      2 ** 31,
      50_000,
      (all, to) => {
        expect(all.subarray(filled, to).equals(large.subarray(filled, to))).toBe(true);
        filled = to;
      },
    );
    expect([bytes.equals(large), lengthBytes, filled]).toEqual([true, large.length, large.length]);
    expect(bytes.buffer.byteLength).toBe(large.length);
  });

  it("gives nothing of a file that holds nothing", async () => {
    const { bytes, lengthBytes } = await inflate(gzipSync(Buffer.alloc(0)), 500, 10);
    expect([bytes.length, lengthBytes]).toEqual([0, 0]);
  });

  it("tells what is there while the rest is on its way, each byte once, in order", async () => {
    let seen = 0;
    await inflate(packed, plain.length, 0, 4096, (bytes, filled) => {
      expect(bytes.subarray(seen, filled).equals(plain.subarray(seen, filled))).toBe(true);
      expect(filled).toBeGreaterThan(seen);
      seen = filled;
    });
    expect(seen).toBe(plain.length);
  });

  it("counts what lies beyond the implied size, and drops it", async () => {
    const { bytes, lengthBytes } = await inflate(packed, plain.length - 8, 10);
    expect([bytes.length, lengthBytes]).toEqual([plain.length - 8, plain.length]);
    const short = await inflate(packed, plain.length + 8, 0);
    expect([short.bytes.equals(plain), short.lengthBytes]).toEqual([true, plain.length]);
  });

  it("refuses one byte more than the bound", async () => {
    const error = await refused(packed, plain.length - 1, 0);
    expect(error.code).toBe("DATA_DECOMPRESS_LIMIT");
    expect(error.message).toContain("scan.nii.gz decompresses past the 199999 bytes its header allows");
  });

  it("refuses what is cut, damaged or followed by rubbish", async () => {
    const flipped = Uint8Array.from(packed, (byte, at) => (at === 5000 ? byte ^ 255 : byte));
    for (const bytes of [packed.subarray(0, -4), flipped, Buffer.concat([packed, Buffer.from("rubbish")])])
      for (const width of [bytes.length, 1000])
        expect((await refused(bytes, plain.length, 100, width)).code).toBe("DATA_TRUNCATED");
  });

  it("counts zero padding after the data, also where it comes in pieces of its own", async () => {
    const padded = Buffer.concat([packed, Buffer.alloc(5)]);
    for (const width of [padded.length, packed.length, 1000])
      expect((await inflate(padded, plain.length, 0, width)).unusedBytes).toBe(5);
  });

  it("reads members one after another as one file", async () => {
    const two = Buffer.concat([gzipSync(plain.subarray(0, 70_000)), gzipSync(plain.subarray(70_000))]);
    for (const width of [two.length, 1000])
      expect((await inflate(two, plain.length, 0, width)).bytes.equals(plain)).toBe(true);
  });

  it("passes on why the pieces ended, and asks for no more of them", async () => {
    let ended = false;
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield packed.subarray(0, 1000);
        throw new Error("the disk is gone");
      } finally {
        ended = true;
      }
    };
    const reading = gunzipBounded(
      { pieces: broken(), sizeBytes: packed.length, path: "scan.nii.gz" },
      plain.length,
      0,
    );
    await expect(reading).rejects.toThrow("the disk is gone");
    expect(ended).toBe(true);
  });
});
