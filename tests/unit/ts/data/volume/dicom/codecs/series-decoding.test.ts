import {
  placeValues,
  SeriesDecoding,
} from "../../../../../../../ts/data/volume/dicom/codecs/series-decoding.ts";
import { decoderOf } from "../../../../../../../ts/data/volume/dicom/codecs/table.ts";
import type { PixelFormat } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { encodeJpegLs } from "../../../../../../support/codestreams.ts";
import { encodeJpeg2000 } from "../../../../../../support/jpeg2000-encode.ts";

const signed: PixelFormat = {
  rows: 1,
  columns: 4,
  bitsAllocated: 16,
  bitsStored: 12,
  signed: true,
};
const placed = (
  samples: readonly number[],
  bits: number,
  own: boolean,
  format: Partial<PixelFormat> = {},
): number[] => {
  const out = new Int32Array(2 + samples.length).fill(77);
  placeValues({ samples: Uint16Array.from(samples), bits, signed: own }, { ...signed, ...format }, out, 2);
  expect([...out.subarray(0, 2)]).toEqual([77, 77]);
  return [...out.subarray(2)];
};

describe("placeValues", () => {
  it("takes the sign from the header, at the bits that hold it", () => {
    expect(placed([0, 1, 0x7ff, 0x800, 0xfff], 12, false)).toEqual([0, 1, 2047, -2048, -1]);
    // Words of 16 bits around values of 12.
    expect(placed([0x0fff, 0xffff], 16, false)).toEqual([-1, -1]);
    // A codestream of 13 bits under a header of 16: the sign is the codestream's top bit.
    expect(placed([0x1fff, 0x1000], 13, false, { bitsStored: 16 })).toEqual([-1, -4096]);
  });

  it("takes a codestream that is signed by its own bits, and an unsigned header as it is", () => {
    expect(placed([0xfc18, 3000], 16, true)).toEqual([-1000, 3000]);
    expect(placed([0xffff, 5], 16, false, { signed: false, bitsStored: 16 })).toEqual([65535, 5]);
  });
});

describe("the decoding of a series", () => {
  it("fills the series and says what is odd, by coding and count", async () => {
    const [rows, columns] = [24, 40];
    const values = Uint16Array.from({ length: rows * columns }, (_, i) => 1000 + ((i * 37) % 900));
    const slices = [
      ["1.2.840.10008.1.2.4.90", await encodeJpeg2000(values, columns, rows, { bits: 12, signed: true })],
      ["1.2.840.10008.1.2.4.81", await encodeJpegLs(values, columns, 12, 2)],
      ["1.2.840.10008.1.2.4.80", await encodeJpegLs(values, columns, 12)],
    ] as const;
    const stored = new Uint16Array(3 * values.length);
    const log = new ReadLog();
    const decoding = new SeriesDecoding(stored, values.length, undefined);
    try {
      for (const [index, [syntax, bytes]] of slices.entries()) {
        const decoder = decoderOf(syntax);
        if (decoder === undefined) throw new Error(syntax);
        const pixels: PixelFormat = {
          rows,
          columns,
          bitsAllocated: 16,
          bitsStored: 11,
          signed: false,
        };
        await decoding.push(index, { where: `slice ${index}`, pixels }, decoder, {
          bytes,
          closed: index > 0,
        });
      }
      await decoding.finish(log);
    } finally {
      await decoding.stop();
    }
    expect([...stored.subarray(0, values.length)]).toEqual([...values]);
    expect([...stored.subarray(2 * values.length)]).toEqual([...values]);
    const near = stored.subarray(values.length, 2 * values.length);
    expect(Math.max(...near.map((value, i) => Math.abs(value - (values[i] ?? 0))))).toBeLessThanOrEqual(2);
    expect(log.warnings.map(({ code, message }) => [code, message.slice(0, 6)])).toEqual([
      ["LOSSY_COMPRESSION", "1 of 3"],
      ["J2K_SIGN_DIFFERS", "1 of 3"],
      ["CODESTREAM_DEPTH_DIFFERS", "3 of 3"],
      ["PIXEL_DELIMITER_MISSING", "1 of 3"],
    ]);
    expect(log.warnings[0]?.message).toContain("lossy JPEG-LS");
  });
});
