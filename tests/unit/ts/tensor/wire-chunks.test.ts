import { createHash } from "node:crypto";
import fc from "fast-check";
import { PutTensorRequest } from "../../../../ts/gen/tomoe/v1/tensor.ts";
import {
  bytesFieldOverhead,
  ChunkAssembler,
  crc32,
  piecesBytes,
  serializeBytesField,
  splitIntoWireChunks,
  wireChunkBytes,
} from "../../../../ts/tensor/index.ts";

// Looked up once: a global costs a lot in jest's own context.
const { imul } = Math;

const MiB = 2 ** 20;

/** Bytes that repeat at no short period. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1)
    bytes[index] = (imul(index, 2_654_435_761) >>> 24) ^ (index >>> 8);
  return bytes;
}
const ascii = (text: string) => new TextEncoder().encode(text);

/** Bitwise CRC-32 as IEEE 802.3 defines it: slow, and written from the polynomial alone. */
function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("crc32", () => {
  it("gives the check value of CRC-32/IEEE", () => {
    expect(crc32([ascii("123456789")])).toBe(0xcbf4_3926);
    expect(crc32([])).toBe(0);
  });

  it("equals the bitwise definition on any bytes, however they are cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (pieces) => {
        expect(crc32(pieces)).toBe(slowCrc32(Buffer.concat(pieces)));
      }),
      { numRuns: 200, seed: 8 },
    );
  });

  it("goes on from the checksum of what came before", () => {
    expect(crc32([ascii("6789")], crc32([ascii("12345")]))).toBe(crc32([ascii("123456789")]));
  });

  it("finds every change of one byte", () => {
    const bytes = noise(3000),
      before = crc32([bytes]);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      if (crc32([changed]) === before) throw new Error(`byte ${at} changed unseen`);
    }
  });
});

describe("splitIntoWireChunks", () => {
  it("cuts at exactly the chunk size and copies nothing", () => {
    const source = noise(2 * MiB + 5),
      head = ascii("head");
    const chunks = splitIntoWireChunks([head, source], MiB);
    expect(chunks.map(piecesBytes)).toEqual([MiB, MiB, 9]);
    expect(
      chunks.flat().every((piece) => piece.buffer === source.buffer || piece.buffer === head.buffer),
    ).toBe(true);
    expect(Buffer.concat(chunks.flat()).equals(Buffer.concat([head, source]))).toBe(true);
  });

  it.each([
    [MiB - 1, [MiB - 1]],
    [MiB, [MiB]],
    [MiB + 1, [MiB, 1]],
    [0, []],
  ])("makes of %i bytes chunks of %j", (length, expected) => {
    expect(splitIntoWireChunks([noise(length)], MiB).map(piecesBytes)).toEqual(expected);
  });

  it("leaves out empty pieces", () => {
    expect(splitIntoWireChunks([new Uint8Array(0), ascii("a"), new Uint8Array(0)])).toEqual([[ascii("a")]]);
  });

  it("refuses chunk sizes outside 1 to 4 MiB", () => {
    expect(
      [wireChunkBytes.min, wireChunkBytes.max].map((size) => splitIntoWireChunks([ascii("a")], size).length),
    ).toEqual([1, 1]);
    for (const size of [MiB - 1, 4 * MiB + 1, 0, 1.5 * MiB + 0.5]) {
      expect(thrownBy(() => splitIntoWireChunks([ascii("a")], size))).toMatchObject({
        code: "WIRE_TOO_LARGE",
        message: `[WIRE_TOO_LARGE] chunk size ${size} is outside 1048576..4194304 bytes`,
      });
    }
  });
});

describe("serializeBytesField", () => {
  it.each([[1], [127], [128], [16_383], [16_384], [MiB], [2_097_152]])(
    "writes a chunk of %i bytes as the generated encoder does",
    (length) => {
      const value = noise(length);
      const ours = serializeBytesField(2, [value.subarray(0, length >> 1), value.subarray(length >> 1)]);
      const theirs = PutTensorRequest.encode({ part: { $case: "chunk", value } }).finish();
      expect(Buffer.compare(ours, theirs)).toBe(0);
      const memory = Buffer.alloc(length + bytesFieldOverhead, 0xff);
      const again = serializeBytesField(2, [value], memory);
      expect([again.buffer === memory.buffer, again.byteOffset, Buffer.compare(again, theirs)]).toEqual([
        true,
        memory.byteOffset,
        0,
      ]);
    },
  );

  it("takes memory of its own when what it was given is too small", () => {
    const memory = Buffer.alloc(4);
    expect([...serializeBytesField(2, [ascii("abc")], memory)]).toEqual([0x12, 3, 0x61, 0x62, 0x63]);
    expect([...memory]).toEqual([0, 0, 0, 0]);
  });
});

describe("ChunkAssembler", () => {
  const source = noise(2 * MiB + 77);

  it("joins chunks in one aligned buffer of the announced size", () => {
    const assembler = new ChunkAssembler(source.byteLength);
    for (const chunk of splitIntoWireChunks([source])) assembler.add(Buffer.concat(chunk));
    const whole = assembler.finish(crc32([source]));
    expect([whole.byteOffset, whole.buffer.byteLength]).toEqual([0, source.byteLength]);
    expect(createHash("sha1").update(whole).digest("hex")).toBe(
      createHash("sha1").update(source).digest("hex"),
    );
  });

  it("refuses a length that is no positive whole number, or above the cap", () => {
    for (const length of [0, -1, 1.5, Number.NaN]) {
      expect(thrownBy(() => new ChunkAssembler(length))).toMatchObject({
        code: "WIRE_INVALID",
        message: `[WIRE_INVALID] announced length is ${length} bytes`,
      });
    }
    expect([99, 100].map((length) => thrownBy(() => new ChunkAssembler(length, 100)))).toEqual([
      undefined,
      undefined,
    ]);
    expect(thrownBy(() => new ChunkAssembler(101, 100))).toMatchObject({
      code: "WIRE_TOO_LARGE",
      message: "[WIRE_TOO_LARGE] announced length is 101 bytes, the cap is 100",
    });
    expect(thrownBy(() => new ChunkAssembler(2 ** 31))).toMatchObject({
      code: "WIRE_TOO_LARGE",
      details: { bytes: 2 ** 31, limitBytes: 2 ** 30 },
    });
  });

  it("refuses an empty chunk, one past the end, and one above 4 MiB", () => {
    const assembler = new ChunkAssembler(5 * MiB);
    expect(thrownBy(() => assembler.add(new Uint8Array(0)))).toMatchObject({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] chunk of 0 bytes at 0 of 5242880 announced",
    });
    expect(thrownBy(() => assembler.add(new Uint8Array(4 * MiB + 1)))).toMatchObject({
      code: "WIRE_TOO_LARGE",
      message: "[WIRE_TOO_LARGE] chunk of 4194305 bytes, the cap is 4194304",
    });
    assembler.add(new Uint8Array(4 * MiB));
    expect(thrownBy(() => assembler.add(new Uint8Array(MiB + 1)))).toMatchObject({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] chunk of 1048577 bytes at 4194304 of 5242880 announced",
    });
  });

  it("refuses missing bytes and a changed byte", () => {
    const short = new ChunkAssembler(4);
    short.add(ascii("abc"));
    expect(thrownBy(() => short.finish(0))).toMatchObject({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] 3 of 4 announced bytes arrived",
    });
    const changed = new ChunkAssembler(3);
    changed.add(ascii("abd"));
    expect(thrownBy(() => changed.finish(crc32([ascii("abc")])))).toMatchObject({
      code: "WIRE_CHECKSUM",
      message: `[WIRE_CHECKSUM] CRC-32 of 3 bytes is 0x${slowCrc32(ascii("abd")).toString(16)}, announced was 0x352441c2`,
    });
  });
});
