import { jpeg } from "../../../../../../../../ts/data/volume/dicom/codecs/jpeg/index.ts";
import type { PixelFormat } from "../../../../../../../../ts/data/volume/dicom/slice.ts";
import { type JpegPicture, jpegPictures } from "../../../../../../../support/codestreams.ts";

const decode = await jpeg.open();
const formatOf = ({ width, height, bits }: JpegPicture): PixelFormat => ({
  rows: height,
  columns: width,
  bitsAllocated: bits > 8 ? 16 : 8,
  bitsStored: bits,
  signed: false,
});
const [baseline] = jpegPictures();
const find = (name: string): JpegPicture => {
  const picture = jpegPictures().find((one) => one.name === name) ?? baseline;
  if (picture === undefined) throw new Error("no pictures");
  return picture;
};
/** The codestream with the bytes behind a marker changed. */
function changed(picture: JpegPicture, marker: number, offset: number, value: number): Uint8Array {
  const bytes = Uint8Array.from(picture.jpeg);
  const at = bytes.findIndex((byte, index) => byte === 0xff && bytes[index + 1] === marker);
  bytes[at + 2 + offset] = value;
  return bytes;
}

describe("JPEG", () => {
  it.each(jpegPictures())("gives libjpeg's samples of $name, to the bit", (picture) => {
    const frame = decode(picture.jpeg, formatOf(picture));
    const lossless = picture.name.startsWith("lossless");
    // The encoder of the lossless ones states 16 bits around 12.
    expect(frame).toMatchObject({ bits: lossless ? 16 : picture.bits, lossy: !lossless, signed: false });
    expect([...frame.samples]).toEqual([...picture.samples]);
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    ["three components", () => changed(find("baseline, 8 bits"), 0xc0, 7, 3), /cut short|3 components/],
    ["arithmetic coding", () => changed(find("baseline, 8 bits"), 0xc0, -1, 0xc9), /SOF9 \(arithmetic/],
    [
      "a predictor that nobody knows",
      () => changed(find("lossless, predictor 1, 12 bits"), 0xda, 5, 8),
      /predictor 8; 1 to 7/,
    ],
    [
      "a Huffman table with too many codes",
      () => changed(find("baseline, 8 bits"), 0xc4, 3, 9),
      /Huffman table (has more codes|is cut short)/,
    ],
    [
      "a restart marker that is not there",
      () => {
        const bytes = Uint8Array.from(find("baseline with restart markers").jpeg);
        const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xd1);
        bytes[at + 1] = 0xd5;
        return bytes;
      },
      /restart marker is missing/,
    ],
    [
      "a progressive picture whose last scans are missing",
      () => {
        const { jpeg: bytes } = find("progressive, 8 bits");
        const starts = [...bytes.keys()].filter((i) => bytes[i] === 0xff && bytes[i + 1] === 0xda);
        return bytes.subarray(0, starts.at(-1));
      },
      /ends before its last scan|ends inside the segment/,
    ],
  ])("refuses %s", (_, make, said) => {
    const lossless = said.source.includes("predictor");
    const format = formatOf(find(lossless ? "lossless, predictor 1, 12 bits" : "baseline, 8 bits"));
    expect(() => decode(make(), format)).toThrow(said);
  });

  it("refuses eight lossy bits where the header stores twelve", () => {
    const picture = find("baseline, 8 bits");
    expect(() => decode(picture.jpeg, { ...formatOf(picture), bitsAllocated: 16, bitsStored: 12 })).toThrow(
      "8 bits where the header says 12",
    );
  });
});
