import { wholeCodestream } from "../../../../../../../ts/data/volume/dicom/codecs/codestream.ts";
import { encodeHtj2k } from "../../../../../../support/codestreams.ts";
import { encodeJpeg2000 } from "../../../../../../support/jpeg2000-encode.ts";

const samples = Uint16Array.from({ length: 40 * 24 }, (_, i) => (i * 37) & 0xfff);
const plain = await encodeJpeg2000(samples, 40, 24, {
  bits: 12,
  signed: false,
});
const high = await encodeHtj2k(samples, 40, 12);

describe("wholeCodestream", () => {
  it("says what the main header promises", () => {
    const shape = { width: 40, height: 24, components: 1, bits: 12 };
    expect(wholeCodestream(plain)).toEqual({ ...shape, highThroughput: false });
    expect(wholeCodestream(high)).toEqual({ ...shape, highThroughput: true });
  });

  it("takes pad bytes behind the end marker", () => {
    expect(wholeCodestream(Buffer.concat([plain, Buffer.alloc(1)])).width).toBe(40);
  });

  it("lets the last tile part run to the end where its length is 0", () => {
    const open = Uint8Array.from(plain);
    const at = open.findIndex((byte, i) => byte === 0xff && open[i + 1] === 0x90);
    open.fill(0, at + 6, at + 10);
    expect(wholeCodestream(open).bits).toBe(12);
    expect(() => wholeCodestream(open.subarray(0, open.length - 2))).toThrow("cut short");
  });

  it.each([
    [0x49, 0x53],
    [1, 0x7f],
    [2, 1],
    [0, 1],
    [1, 0],
  ])(
    "refuses one that holds a sample of every %d x %d pixels, for which OpenJPH waits without end",
    (across, down) => {
      for (const bytes of [plain, high]) {
        const apart = Uint8Array.from(bytes);
        apart.set([across, down], 43);
        expect(() => wholeCodestream(apart)).toThrow(`a sample of every ${across} x ${down} pixels alone`);
      }
    },
  );

  it("refuses every codestream that was cut, wherever", () => {
    for (const bytes of [plain, high])
      for (let length = 0; length < bytes.length; length += length < 150 ? 1 : 17)
        expect(() => wholeCodestream(bytes.subarray(0, length))).toThrow(
          /do not start like|cut short|no marker|no end marker|no data/,
        );
  });
});
