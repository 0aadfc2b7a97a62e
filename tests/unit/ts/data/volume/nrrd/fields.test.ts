import { looksLikeNrrd, readFields } from "../../../../../../ts/data/volume/nrrd/fields.ts";
import { caught } from "../../../../../support/caught.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("readFields of an NRRD", () => {
  it("ends behind the empty line; comments, key/value pairs and case are left aside", () => {
    const text = "NRRD0005\r\n# CANARY\r\nType: short\r\nspace  directions: none\r\nName:=CANARY: x\r\n\r\n";
    const fields = readFields(bytes(`${text}voxels\n\n`), false);
    expect([...fields.values]).toEqual([
      ["type", "short"],
      ["spacedirections", "none"],
    ]);
    expect([fields.version, fields.bytes]).toEqual([5, text.length]);
    expect(looksLikeNrrd(bytes(text))).toBe(true);
    expect(looksLikeNrrd(bytes("NRRD"))).toBe(false);
  });

  it("keeps a byte 0xA0 in a value, which is a blank to JavaScript alone", () => {
    const { values } = readFields(bytes("NRRD0005\ntype:\u00a0short\nencoding: \traw\u00a0\r\n\n"), true);
    expect([...values]).toEqual([
      ["type", "\u00a0short"],
      ["encoding", "raw\u00a0"],
    ]);
  });

  it("takes a mebibyte of blanks in a line as it takes any other", async () => {
    const blanks = " ".repeat(2 ** 20);
    const { values } = readFields(bytes(`NRRD0005\ncontent:${blanks}a${blanks}b\n\n`), true);
    expect(values.get("content")).toBe(`a${blanks}b`);
    const error = await caught(() => readFields(bytes(`NRRD0005\ncontent:${blanks}a${blanks}\rb\n\n`), true));
    expect([error.code, error.message]).toEqual([
      "DATA_HEADER",
      expect.stringContaining("no field of the format"),
    ]);
  });

  it.each([
    ["modality:=MR", "an MR (a Modality key)"],
    ["DICOM_0008_0060_Modality:=PT", "a PET (a Modality key)"],
    ["(0008,0060):=NM", "nuclear medicine (a Modality key)"],
    ["Segment0_Name:=CANARY", "a segmentation (Segment keys)"],
    ["modality:=CT", undefined],
    ["modality:=CANARY", undefined],
    ["notes:=MR", undefined],
  ])("has what the pair %s declares", (pair, declared) => {
    const fields = readFields(bytes(`NRRD0005\ntype: short\n${pair}\nmodality:=CT\n\n`), true);
    expect(fields.declared).toBe(declared);
    expect([...fields.values.keys()]).toEqual(["type"]);
  });

  it("may end with the file where the voxels lie in another, with names behind a LIST", () => {
    const fields = readFields(bytes("NRRD0004\nencoding: raw\ndatafile: LIST\n# a.raw\nb: c.raw"), true);
    expect(fields.listed).toEqual(["# a.raw", "b: c.raw"]);
    expect(readFields(bytes("NRRD0004\ndata file: LIST.raw\n\nmore"), true).listed).toEqual([]);
  });

  it.each([
    ["NRRD0006\n\n", true, "DATA_HEADER", /NRRD0001 to NRRD0005/],
    ["NRRD0004 CANARY\n\n", true, "DATA_HEADER", /NRRD0001/],
    ["NRRD0004\nCANARY\n\n", true, "DATA_HEADER", /line 2 .* no field/],
    ["NRRD0004\nCANARY: 3\n\n", true, "DATA_HEADER", /line 2 .* no field/],
    ["NRRD0004\ntype: short\nTYPE: short\n\n", true, "DATA_HEADER", /"type" stands twice/],
    ["NRRD0004\ndatafile: a\ndata file: a\n\n", true, "DATA_HEADER", /"datafile" stands twice/],
    ["NRRD0004\ntype: short\n", true, "DATA_TRUNCATED", /ends before the empty line/],
    ["NRRD0004\ntype: short\n", false, "DATA_HEADER", /does not end within/],
  ] as const)("refuses %j, and shows no text of it", async (text, whole, code, what) => {
    const error = await caught(() => readFields(bytes(text), whole));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });
});
