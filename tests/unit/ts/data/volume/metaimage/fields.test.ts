import {
  flag,
  looksLikeMetaImage,
  oneOf,
  readFields,
} from "../../../../../../ts/data/volume/metaimage/fields.ts";
import { caught } from "../../../../../support/caught.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("looksLikeMetaImage", () => {
  it.each([
    ["ObjectType = Image\nNDims = 3\n", true],
    ["NDims = 3\r\nDimSize = 1 2 3\r\n", true],
    ["\nComment = anything\nNDims : 3\nElementType = MET_SHORT\n", true],
    ["NDims = 3\nOther = 4\n", false],
    ["ObjectType = Image\n", false],
    ["a = 1\nb = 2\n", false],
    ["", false],
  ])("says of %j whether it is one: %s", (text, is) => {
    expect(looksLikeMetaImage(bytes(text))).toBe(is);
  });
});

describe("readFields of a MetaImage", () => {
  it("ends behind ElementDataFile, with lines of either kind and keys that nobody knows", () => {
    const text = "NDims = 3\r\n\r\n  Seq_1.x = CANARY\r\nOffset: 1 2 3 \r\nElementDataFile = LOCAL\r\n";
    const fields = readFields(bytes(`${text}voxels\nNDims = 4`), false);
    expect([...fields.values]).toEqual([
      ["NDims", "3"],
      ["Offset", "1 2 3"],
      ["ElementDataFile", "LOCAL"],
    ]);
    expect(fields.bytes).toBe(text.length);
  });

  it("takes the lines behind a LIST as names", () => {
    const text = "ElementDataFile = LIST\n a 1.raw \r\n\nb.raw";
    expect(readFields(bytes(text), true).after).toEqual(["a 1.raw", "b.raw"]);
    expect(readFields(bytes("ElementDataFile = LIST.raw\nmore"), true).after).toEqual([]);
  });

  it("takes a mebibyte of blanks in a line as it takes any other", async () => {
    const blanks = " ".repeat(2 ** 20);
    const read = (value: string) =>
      readFields(bytes(`NDims =${blanks}${value}\nElementDataFile = x\n`), true);
    expect(read(`a${blanks}b`).values.get("NDims")).toBe(`a${blanks}b`);
    const error = await caught(() => read(`a${blanks}\rb`));
    expect([error.code, error.message]).toEqual(["DATA_HEADER", expect.stringContaining("line 1 ")]);
  });

  it.each([
    ["CANARY line\nElementDataFile = LOCAL\n", true, "DATA_HEADER", /line 1 /],
    ["NDims = 3\nNDims = 3\nElementDataFile = LOCAL\n", true, "DATA_HEADER", /NDims stands twice/],
    ["NDims = 3\n", true, "DATA_TRUNCATED", /ends before/],
    ["NDims = 3\n", false, "DATA_HEADER", /does not end within/],
    ["NDims = 3\nElementDataFile = CANARY", false, "DATA_HEADER", /does not end within/],
    ["ElementDataFile = LIST\na.raw\n", false, "DATA_HEADER", /list of voxel files does not end/],
  ] as const)("refuses %j, and shows no text of it", async (text, whole, code, what) => {
    const error = await caught(() => readFields(bytes(text), whole));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});

describe("a field of a MetaImage", () => {
  const fields = (text: string): ReturnType<typeof readFields> =>
    readFields(bytes(`${text}ElementDataFile = x\n`), true);

  it("is True or False in any writing, or refused", async () => {
    for (const [text, value] of [
      ["True", true],
      ["t", true],
      ["1", true],
      ["FALSE", false],
      ["0", false],
    ] as const)
      expect(flag(fields(`BinaryData = ${text}\n`), "BinaryData")).toBe(value);
    expect(flag(fields(""), "BinaryData")).toBeUndefined();
    const error = await caught(() => flag(fields("BinaryData = maybe\n"), "BinaryData"));
    expect(error.code).toBe("DATA_HEADER");
  });

  it("goes by several keys, which may not differ", async () => {
    const keys = ["Offset", "Position", "Origin"] as const;
    expect(oneOf(fields("Origin = 1 2 3\nOffset = 1 2 3\n"), keys, 3)).toEqual([1, 2, 3]);
    expect(oneOf(fields(""), keys, 3)).toBeUndefined();
    const error = await caught(() => oneOf(fields("Origin = 1 2 3\nOffset = 1 2 4\n"), keys, 3));
    expect(error.message).toContain("Offset and Origin mean the same and differ");
  });
});
