import { encapsulatedFrames } from "../../../../../../../ts/data/volume/dicom/encoding/encapsulated.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { caught } from "../../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";

const scan = (spec: DicomSpec): NonNullable<ReturnType<typeof scanElements>> => {
  const elements = scanElements(dicomFile({ syntax: "j2k", ...spec }), true, "file 2 of 5");
  if (elements === undefined) throw new Error("not scanned");
  return elements;
};
const taken = (spec: DicomSpec, count = 1): number[][] =>
  encapsulatedFrames(scan(spec), count).frames.map((frame) => [...frame]);
const fragments = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6), Uint8Array.of(7, 8)];
const extended = (offsets: readonly number[]): DicomSpec => ({
  fragments,
  elements: {
    "7FE00001": ["OV", new Uint8Array(BigUint64Array.from(offsets.map(BigInt)).buffer)],
  },
});

describe("encapsulatedFrames", () => {
  it("joins all fragments of the one frame, with and without an offset table", () => {
    expect(taken({ fragments })).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(taken({ fragments, offsets: [0] })).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
  });

  it("takes a fragment for each frame where there are as many", () => {
    expect(taken({ fragments }, 3)).toEqual(fragments.map((bytes) => [...bytes]));
  });

  it("joins what the offset table, or the extended one, says belongs together", () => {
    const wanted = [
      [1, 2, 3, 4, 5, 6],
      [7, 8],
    ];
    // 8 bytes of item head and 4 of the first fragment; 8 and 2 of the second.
    expect(taken({ fragments, offsets: [0, 22] }, 2)).toEqual(wanted);
    expect(taken(extended([0, 22]), 2)).toEqual(wanted);
  });

  it("tells frames apart by how a codestream starts where no table does", () => {
    const start = Uint8Array.of(0xff, 0x4f, 0xff, 0x51);
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xc0);
    expect(taken({ fragments: [start, fragments[1] ?? start, jpeg] }, 2)).toEqual([
      [0xff, 0x4f, 0xff, 0x51, 5, 6],
      [0xff, 0xd8, 0xff, 0xc0],
    ]);
  });

  it("reads whole fragments whose delimiter is missing, and says so", () => {
    const cut = (off: number): DicomSpec => ({
      fragments,
      patch: (file) => file.subarray(0, file.length - off),
    });
    expect(encapsulatedFrames(scan({ fragments }), 1).closed).toBe(true);
    expect(encapsulatedFrames(scan(cut(8)), 3)).toMatchObject({
      closed: false,
      frames: { length: 3 },
    });
  });

  it.each<[string, DicomSpec, number, string, string]>([
    [
      "pixels that are not encapsulated",
      { syntax: "explicit" },
      1,
      "DATA_DICOM_PARSE",
      "compressed pixels that are not encapsulated",
    ],
    ["no fragment", { fragments: [] }, 1, "DATA_DICOM_PARSE", "the pixels hold no fragment"],
    [
      "a fragment cut short",
      { fragments, patch: (file) => file.subarray(0, file.length - 9) },
      1,
      "DATA_TRUNCATED",
      "the compressed pixels end inside fragment 3",
    ],
    [
      "half a delimiter",
      { fragments, patch: (file) => file.subarray(0, file.length - 4) },
      1,
      "DATA_TRUNCATED",
      "end inside fragment 4",
    ],
    [
      "something else between fragments",
      {
        fragments,
        patch: (file) => {
          file.writeUInt32LE(0xe000ffff, file.length - 8 - 10);
          return file;
        },
      },
      1,
      "DATA_DICOM_PARSE",
      "fragment 3 does not start with an item tag",
    ],
    [
      "more frames in the table than the header says",
      { fragments, offsets: [0, 12] },
      1,
      "DATA_DICOM_PARSE",
      "the offset table names 2 frames where the header says 1",
    ],
    ["a table that points nowhere", { fragments, offsets: [0, 13] }, 2, "DATA_DICOM_PARSE", "does not point"],
    ["a table that steps back", { fragments, offsets: [12, 0] }, 2, "DATA_DICOM_PARSE", "does not point"],
    ["an extended table that points nowhere", extended([0, 14]), 2, "DATA_DICOM_PARSE", "does not point"],
    [
      "fragments that nobody can tell apart",
      { fragments },
      2,
      "DATA_DICOM_PARSE",
      "3 fragments for 2 frames, and no offset table",
    ],
  ])("refuses %s", async (_, spec, count, code, said) => {
    const error = await caught(() => encapsulatedFrames(scan(spec), count));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });
});
