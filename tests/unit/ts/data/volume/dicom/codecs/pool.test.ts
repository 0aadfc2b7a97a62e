// Real decoder processes; a codec that hangs or crashes is stood in for by a bound that its frame cannot meet.
import { DecoderPool } from "../../../../../../../ts/data/volume/dicom/codecs/pool.ts";
import type { PixelDecoder } from "../../../../../../../ts/data/volume/dicom/codecs/port.ts";
import { decoderOf } from "../../../../../../../ts/data/volume/dicom/codecs/table.ts";
import type { PixelFormat } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { descendantsOf } from "../../../../../../../ts/process/proc/index.ts";
import { caught } from "../../../../../../support/caught.ts";
import { encodeJpeg2000 } from "../../../../../../support/jpeg2000-encode.ts";
import { rleFrame, rleSegments } from "../../../../../../support/rle-encode.ts";

const decoderFor = (syntax: string): PixelDecoder => {
  const decoder = decoderOf(syntax);
  if (decoder === undefined) throw new Error(`no decoder of ${syntax}`);
  return decoder;
};
const rle = decoderFor("1.2.840.10008.1.2.5");
const j2k = decoderFor("1.2.840.10008.1.2.4.90");
const format: PixelFormat = {
  rows: 24,
  columns: 40,
  bitsAllocated: 16,
  bitsStored: 16,
  signed: false,
};
const picture = (seed: number): Uint16Array =>
  Uint16Array.from({ length: 960 }, (_, i) => (i * seed) & 0xffff);
const children = (): number => descendantsOf(process.pid).length;

describe("a pool of decoder processes", () => {
  it("decodes frames of several codings side by side, with no more processes than lanes", async () => {
    const before = children();
    const pool = new DecoderPool(undefined, 2);
    const taken = new Map<number, number[]>();
    try {
      for (let seed = 1; seed <= 7; seed++) {
        const values = picture(seed);
        const bytes =
          seed % 2 === 0
            ? rleFrame(rleSegments(values, 2))
            : await encodeJpeg2000(values, 40, 24, { signed: false });
        const decoder = seed % 2 === 0 ? rle : j2k;
        await pool.push({ where: `slice ${seed}`, decoder, bytes, format }, ({ samples }) =>
          taken.set(seed, [...samples]),
        );
        expect(children() - before).toBeLessThanOrEqual(2);
      }
      await pool.finish();
    } finally {
      await pool.stop();
    }
    for (let seed = 1; seed <= 7; seed++) expect(taken.get(seed)).toEqual([...picture(seed)]);
    expect(children()).toBe(before);
  });

  it("names the frame that a codec refuses, and takes no frame after it", async () => {
    const pool = new DecoderPool(undefined, 1);
    const frame = (where: string, bytes: Uint8Array) => ({
      where,
      decoder: rle,
      bytes,
      format,
    });
    const error = await caught(async () => {
      try {
        await pool.push(frame("slice 4", new Uint8Array(70)), () => undefined);
        await pool.push(frame("slice 5", rleFrame(rleSegments(picture(3), 2))), () => undefined);
      } finally {
        await pool.stop();
      }
    });
    expect([error.code, error.exitCode]).toEqual(["DATA_PIXEL_DECODE", 65]);
    expect(error.message).toContain("slice 4: the RLE header names 0 segments where 16 bits a pixel need 2");
  });

  it("makes a process that dies a failure of its frame, and of nothing else", async () => {
    const before = descendantsOf(process.pid).map(({ pid }) => pid);
    const pool = new DecoderPool(undefined, 1);
    const bytes = rleFrame(rleSegments(picture(3), 2));
    const error = await caught(async () => {
      try {
        await pool.push({ where: "slice 1", decoder: rle, bytes, format }, () => undefined);
        await pool.finish();
        const [child] = descendantsOf(process.pid).filter(({ pid }) => !before.includes(pid));
        process.kill(child?.pid ?? 0, "SIGKILL");
        await pool.push({ where: "slice 2", decoder: rle, bytes, format }, () => undefined);
        await pool.finish();
      } finally {
        await pool.stop();
      }
    });
    expect([error.code, error.message]).toEqual([
      "DATA_PIXEL_DECODE",
      "[DATA_PIXEL_DECODE] slice 2: the decoder process ended with signal SIGKILL",
    ]);
  });

  it("stops when it is cancelled, and leaves no process", async () => {
    const before = children();
    const stop = new AbortController();
    const pool = new DecoderPool(stop.signal, 1);
    const bytes = rleFrame(rleSegments(picture(3), 2));
    const error = await caught(async () => {
      try {
        await pool.push({ where: "slice 1", decoder: rle, bytes, format }, () => undefined);
        stop.abort();
        await pool.finish();
      } finally {
        await pool.stop();
      }
    });
    expect(error.code).toBe("CANCELLED");
    expect(children()).toBe(before);
  });
});
