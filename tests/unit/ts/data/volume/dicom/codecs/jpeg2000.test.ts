import {
  decodeJpeg2000,
  type Jpeg2000Facts,
  type Jpeg2000Image,
} from "../../../../../../../ts/data/volume/dicom/codecs/jpeg2000.ts";
import type { PixelFormat } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";
import { caught } from "../../../../../../support/caught.ts";
import { encodeJpeg2000 } from "../../../../../../support/jpeg2000-encode.ts";

const [columns, rows] = [40, 24];
const picture = bodyVoxels(columns, rows, 1);
const format: PixelFormat = { rows, columns, bitsAllocated: 16, bitsStored: 16, signed: true };
const image = (bytes: Uint8Array, change: Partial<PixelFormat> = {}): Jpeg2000Image => ({
  where: "slice 1",
  bytes,
  format: { ...format, ...change },
});

async function decode(
  images: readonly Jpeg2000Image[],
  signal?: AbortSignal,
): Promise<{ facts: readonly Jpeg2000Facts[]; values: number[][] }> {
  const values: number[][] = [];
  const facts = await decodeJpeg2000(
    images,
    (index, decoded) => {
      values[index] = [...decoded];
    },
    signal,
  );
  return { facts, values };
}

describe("decodeJpeg2000", () => {
  it("gives back every pixel of a lossless codestream, in the order given", async () => {
    const other = picture.map((hu) => -hu);
    const codestreams = await Promise.all([
      encodeJpeg2000(picture, columns, rows),
      encodeJpeg2000(other, columns, rows),
    ]);
    const { facts, values } = await decode(
      [...codestreams, ...codestreams, ...codestreams].map((bytes) => image(bytes)),
    );
    expect(values).toHaveLength(6);
    values.forEach((decoded, index) => {
      expect(decoded).toEqual([...(index % 2 === 0 ? picture : other)]);
    });
    expect(facts).toEqual(Array.from({ length: 6 }, () => ({ bits: 16, signed: true, reversible: true })));
  });

  it("stays near the picture of a lossy codestream and says that it is one", async () => {
    const { facts, values } = await decode([
      image(await encodeJpeg2000(picture, columns, rows, { lossy: true })),
    ]);
    const worst = Math.max(...picture.map((hu, index) => Math.abs(hu - (values[0]?.[index] ?? Number.NaN))));
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(400);
    expect(facts[0]?.reversible).toBe(false);
  });

  it("reads an unsigned 13-bit codestream under a signed header without wrapping round", async () => {
    const wrapped = Uint16Array.from(picture, (hu) => hu & 0x1fff);
    const { facts, values } = await decode([
      image(await encodeJpeg2000(wrapped, columns, rows, { bits: 13, signed: false }), { bitsStored: 13 }),
    ]);
    expect(values[0]).toEqual([...picture]);
    expect(facts).toEqual([{ bits: 13, signed: false, reversible: true }]);
  });

  it("reads a codestream of eight bits", async () => {
    const bytes = Uint8Array.from(picture, (hu) => (hu >> 4) & 255);
    const narrow = await encodeJpeg2000(new Uint16Array(bytes.buffer.slice(0)), columns, rows, {
      bits: 8,
      signed: false,
    });
    const { values } = await decode([image(narrow, { bitsAllocated: 8, bitsStored: 8, signed: false })]);
    expect(values[0]).toEqual([...bytes]);
  });

  it.each<[string, (good: Uint8Array) => Jpeg2000Image, string]>([
    ["what is no codestream", () => image(new Uint8Array(100)), "do not start like a JPEG 2000 codestream"],
    ["nothing at all", () => image(new Uint8Array(0)), "do not start like"],
    [
      "another size than the header says",
      (good) => image(good, { rows: 12 }),
      "the codestream is 40 x 24 where the header says 40 x 12",
    ],
    [
      "three components",
      (good) => image(Uint8Array.from(good, (byte, at) => (at === 41 ? 3 : byte))),
      "3 components of 16 bits",
    ],
    [
      "38 bits",
      (good) => image(Uint8Array.from(good, (byte, at) => (at === 42 ? 37 : byte))),
      "1 components of 38 bits",
    ],
    ["a codestream without its data", (good) => image(good.subarray(0, 60)), "the codestream"],
  ])("refuses %s", async (_, make, said) => {
    const error = await caught(async () => decode([make(await encodeJpeg2000(picture, columns, rows))]));
    expect(error.code).toBe("DATA_PIXEL_DECODE");
    expect(error.message).toContain(`slice 1: `);
    expect(error.message).toContain(said);
  });

  it("stops when it is cancelled", async () => {
    const bytes = await encodeJpeg2000(picture, columns, rows);
    const stop = new AbortController();
    const running = caught(() => decode([image(bytes)], stop.signal));
    setTimeout(() => stop.abort(), 20);
    expect((await running).code).toBe("CANCELLED");
  });
});
