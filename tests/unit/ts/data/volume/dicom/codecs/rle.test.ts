import { rle } from "../../../../../../../ts/data/volume/dicom/codecs/rle.ts";
import type { PixelFormat } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { rleFrame, rleSegments } from "../../../../../../support/rle-encode.ts";

const format: PixelFormat = { rows: 3, columns: 5, bitsAllocated: 16, bitsStored: 16, signed: false };
const samples = Uint16Array.from({ length: 15 }, (_, i) => (i < 6 ? 0x0708 : i * 4097));
const decode = await rle.open();

describe("RLE", () => {
  it("puts the high byte plane first", () => {
    expect([...decode(rleFrame(rleSegments(samples, 2)), format).samples]).toEqual([...samples]);
  });

  it("reads one plane for eight bits", () => {
    const bytes = Uint16Array.from({ length: 15 }, (_, i) => i * 17);
    const eight = { ...format, bitsAllocated: 8, bitsStored: 8 } as const;
    expect([...decode(rleFrame(rleSegments(bytes, 1)), eight).samples]).toEqual([...bytes]);
  });

  it("trims what a segment has too much: a pad byte, a run that was rounded up", () => {
    const [high = Buffer.alloc(0), low = Buffer.alloc(0)] = rleSegments(samples, 2);
    const long = [high, low].map((segment) => Buffer.concat([segment, Buffer.from([255, 9, 0, 7])]));
    expect([...decode(rleFrame(long), format).samples]).toEqual([...samples]);
  });

  it("steps over the byte that means nothing", () => {
    const frame = rleFrame(
      rleSegments(samples, 2).map((segment) => Buffer.concat([Buffer.from([128]), segment])),
    );
    expect([...decode(frame, format).samples]).toEqual([...samples]);
  });

  it.each<[string, (frame: Buffer) => Buffer, RegExp]>([
    ["a header cut short", (frame) => frame.subarray(0, 63), /header has 63 bytes/],
    [
      "another number of segments",
      (frame) => patched(frame, 0, 3),
      /names 3 segments where 16 bits a pixel need 2/,
    ],
    ["an offset inside the header", (frame) => patched(frame, 4, 12), /segment 1 runs from byte 12/],
    ["an offset behind the frame", (frame) => patched(frame, 8, 9999), /segment 1 runs from byte 64 to 9999/],
    [
      "a shortage",
      (frame) => frame.subarray(0, frame.length - 2),
      /segment 2 ends after \d+ of the 15 bytes/,
    ],
  ])("refuses %s", (_, change, said) => {
    expect(() => decode(change(rleFrame(rleSegments(samples, 2))), format)).toThrow(said);
  });
});

function patched(frame: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt32LE(value, at);
  return copy;
}
