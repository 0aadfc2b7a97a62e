import { framesOf } from "../../../../../../../ts/data/volume/dicom/multiframe/frames.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { sliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { caught } from "../../../../../../support/caught.ts";
import {
  content,
  frameType,
  type MultiframeSpec,
  measures,
  multiframeFile,
  orientation,
  placeAt,
  position,
  rescale,
} from "../../../../../../support/multiframe-file.ts";

const frames = (spec: Partial<MultiframeSpec>): ReturnType<typeof framesOf> => {
  const all = spec.frames ?? [placeAt(0, 0, 1), placeAt(0, 0, 2), placeAt(0, 0, 3)];
  const values = spec.values ?? new Int16Array(20 * all.length);
  const elements = scanElements(multiframeFile({ values, ...spec, frames: all }), true, "the file");
  if (elements === undefined) throw new Error("not scanned");
  return framesOf(elements);
};

describe("the frames of an enhanced object", () => {
  it("say what the object states beside its groups and the groups overrule", () => {
    const beside = (elements: MultiframeSpec["elements"]): readonly string[] =>
      frames({ elements: elements ?? {} }).map((frame) => sliceHeader(frame, "d").overruled.join());
    expect(beside({ "00281052": ["DS", "-1024"], "00281053": ["DS", "1"] })).toEqual(["", "", ""]);
    const both = beside({ "00281052": ["DS", "0"], "00280030": ["DS", "1\\1"] });
    expect(both.map((names) => names.split(",").toSorted())).toEqual(
      new Array(3).fill(["PixelSpacing", "RescaleIntercept"]),
    );
  });

  it("state what the object, all frames and each frame state, as one slice does", () => {
    const stack = {
      [content]: {
        "00209056": ["SH", "1"],
        "00209156": ["US", Uint8Array.of(4, 0)],
      },
    } as const;
    const headers = frames({
      shared: {
        [frameType]: {
          "00089007": ["CS", "ORIGINAL\\PRIMARY\\LOCALIZER\\NONE"],
        },
      },
      frames: [
        { ...placeAt(1, 2, 30), ...stack },
        { ...placeAt(1, 2, 28), ...stack },
      ],
    }).map((frame) => sliceHeader(frame, "d"));
    expect(headers.map(({ where, frame }) => [where, frame])).toEqual([
      ["the file, frame 1 of 2", 0],
      ["the file, frame 2 of 2", 1],
    ]);
    expect(headers.map(({ positionLps }) => positionLps)).toEqual([
      [1, 2, 30],
      [1, 2, 28],
    ]);
    expect(headers[0]).toMatchObject({
      rowSpacingMm: 0.5,
      columnSpacingMm: 0.75,
      thicknessMm: 3,
      slope: 1,
      intercept: -1024,
      rescaleStated: true,
      localizer: true,
      secondary: false,
      modality: "CT",
    });
    expect(headers[0]?.traits.get("FrameAcquisitionNumber")?.number).toBe(4);
    expect(headers[0]?.instanceDigest).not.toBe(headers[1]?.instanceDigest);
  });

  it("have a rescale each where it is not shared", () => {
    const own = (intercept: string) =>
      ({
        [rescale]: { "00281052": ["DS", intercept], "00281053": ["DS", "2"] },
      }) as const;
    const found = frames({
      shared: { [rescale]: null },
      frames: [
        { ...placeAt(0, 0, 1), ...own("-1000") },
        { ...placeAt(0, 0, 2), ...own("-24") },
      ],
    }).map((frame) => sliceHeader(frame, "d"));
    expect(found.map(({ slope, intercept }) => [slope, intercept])).toEqual([
      [2, -1000],
      [2, -24],
    ]);
  });

  it("take nothing of grid and HU from beside the groups", () => {
    const beside = {
      "00200032": ["DS", "9\\9\\9"],
      "00281052": ["DS", "7"],
      "00280030": ["DS", "8\\8"],
    } as const;
    const [first] = frames({ elements: beside }).map((frame) => sliceHeader(frame, "d"));
    expect([first?.positionLps, first?.intercept, first?.rowSpacingMm]).toEqual([[0, 0, 1], -1024, 0.5]);
  });

  it("own their part of the native pixels", () => {
    const found = frames({ frames: [placeAt(0, 0, 1), placeAt(0, 0, 2)] });
    expect(found.map(({ pixels }) => pixels?.length)).toEqual([40, 40]);
    expect((found[1]?.pixels?.offset ?? 0) - (found[0]?.pixels?.offset ?? 0)).toBe(40);
  });

  it.each<[string, Partial<MultiframeSpec>, string, string]>([
    [
      "no place",
      { frames: [placeAt(0, 0, 1), {}] },
      "DATA_GEOMETRY",
      "frame 2 of 2: the functional group Plane Position (0020,9113) is missing",
    ],
    [
      "no orientation",
      { shared: { [orientation]: null } },
      "DATA_GEOMETRY",
      "Plane Orientation (0020,9116) is missing",
    ],
    [
      "no pixel spacing",
      { shared: { [measures]: null } },
      "DATA_GEOMETRY",
      "Pixel Measures (0028,9110) is missing",
    ],
    [
      "no rescale",
      { shared: { [rescale]: null } },
      "DATA_PIXEL_CALIBRATION",
      "Pixel Value Transformation (0028,9145) is missing",
    ],
    ["a group for all and for one", { shared: placeAt(0, 0, 9) }, "DATA_DICOM_PARSE", "stands both among"],
    [
      "more frames than groups",
      { stated: 4 },
      "DATA_DICOM_PARSE",
      "functional groups of 3 frames where NumberOfFrames says 4",
    ],
    [
      "no number of frames",
      { elements: { "00280008": null } },
      "DATA_DICOM_PARSE",
      "NumberOfFrames is no whole number",
    ],
    [
      "fewer pixels than frames",
      { values: new Int16Array(59) },
      "DATA_TRUNCATED",
      "118 bytes of pixels where 3 frames of 5 x 4 need 120",
    ],
    [
      "more pixels than frames",
      { values: new Int16Array(80) },
      "DATA_DICOM_PARSE",
      "160 bytes of pixels where 3 frames of 5 x 4 need 120",
    ],
    [
      "groups that are no sequence",
      { elements: { "52009230": ["SQ", Buffer.from("CANARY^N")] } },
      "DATA_DICOM_PARSE",
      "PerFrameFunctionalGroups is no sequence",
    ],
    [
      "a group of HU that states none",
      { shared: { [rescale]: { "00281054": ["LO", "HU"] } } },
      "DATA_PIXEL_CALIBRATION",
      "Pixel Value Transformation (0028,9145) states neither RescaleSlope nor RescaleIntercept",
    ],
    [
      "an empty group",
      { frames: [{ [position]: {} }, placeAt(0, 0, 2)] },
      "DATA_GEOMETRY",
      "ImagePositionPatient is missing",
    ],
  ])("are refused with %s", async (_, spec, code, said) => {
    const error = await caught(() => frames(spec).map((frame) => sliceHeader(frame, "d")));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
    expect(JSON.stringify(error.toDocument())).not.toContain("CANARY");
  });

  it("are refused where one of the lengths in their groups is another one", async () => {
    const good = multiframeFile({ frames: [placeAt(0, 0, 1), placeAt(0, 0, 2)], values: new Int16Array(40) });
    const lengths = lengthsIn(good, good.indexOf(tagBytes("52009229")));
    expect(lengths.length).toBeGreaterThan(20);
    const read = (bytes: Buffer): unknown => {
      const elements = scanElements(bytes, true, "the file");
      return elements === undefined ? undefined : framesOf(elements).map((one) => sliceHeader(one, "d"));
    };
    expect(read(good)).toHaveLength(2);
    for (const at of lengths)
      for (const step of [-8, -2, -1, 1, 2, 8]) {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) + step;
        const { code } = await caught(() => read(bytes));
        expect([at, step, code]).toEqual([at, step, expect.stringMatching(/^DATA_/)]);
      }
  });

  it("are refused where an element stands twice in a group", async () => {
    const twice = multiframeFile({
      frames: [placeAt(0, 0, 1)],
      values: new Int16Array(20),
      patch: (bytes) => renamed(bytes, "00281052", "00281053"),
    });
    const elements = scanElements(twice, true, "the file");
    if (elements === undefined) throw new Error("not scanned");
    const { code, message } = await caught(() => framesOf(elements));
    expect([code, message]).toEqual([
      "DATA_DICOM_PARSE",
      expect.stringContaining("RescaleSlope occurs twice"),
    ]);
  });
});

/** The four bytes of a tag, little-endian. */
function tagBytes(tag: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  bytes.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  return bytes;
}

function renamed(bytes: Buffer, from: string, to: string): Buffer {
  const at = bytes.indexOf(tagBytes(from));
  tagBytes(to).copy(bytes, at);
  return bytes;
}

/** Where the lowest byte of every length behind a place stands: of sequences, of items and of their elements. */
function lengthsIn(bytes: Buffer, from: number): readonly number[] {
  const pixels = bytes.indexOf(tagBytes("7fe00010"), from);
  const text = bytes.toString("latin1", from, pixels);
  return [...text.matchAll(/SQ\0\0|\xfe\xff\0\xe0|(?:DS|LO)/g)].map(
    ({ index, 0: { length } }) => from + index + length,
  );
}
