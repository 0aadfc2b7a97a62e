import {
  noteBeside,
  requireImages,
  requireNoneLost,
} from "../../../../../../../ts/data/volume/dicom/folder/beside.ts";
import {
  deadLink,
  type FileBeside,
  type FoundImage,
} from "../../../../../../../ts/data/volume/dicom/folder/contents.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { giveItself } from "../../../../../../../ts/data/volume/kinds.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { caught } from "../../../../../../support/caught.ts";
import { dicomFile } from "../../../../../../support/dicom-file.ts";

const file = (change: Partial<FileBeside> = {}): FileBeside => ({
  where: "file 3 of 9",
  extension: "dcm",
  counted: "non-DICOM",
  kind: undefined,
  hint: undefined,
  is: "stand-in",
  ...change,
});
const image = (extension: string): FoundImage => {
  const elements = scanElements(dicomFile({}), true, "file 1 of 9");
  if (elements === undefined) throw new Error("not scanned");
  return { path: "/x", where: "file 1 of 9", extension, elements, fileDigest: "a" };
};

describe("requireImages", () => {
  const none =
    (...beside: FileBeside[]): (() => void) =>
    () =>
      requireImages({ files: beside.length, series: new Map(), beside }, "/scans");

  it.each<[string, readonly FileBeside[], string, string]>([
    [
      "other objects",
      [file({ counted: "SEG", is: "other" })],
      "DATA_NOT_CT",
      "holds SEG objects and no CT slice",
    ],
    [
      "one NIfTI and text",
      [file({ kind: "NIfTI", is: "other" }), file({ kind: "text", is: "doubtful" })],
      "DATA_EMPTY",
      "holds 2 files and no DICOM image among them: 1 NIfTI, 1 text",
    ],
    ["bytes that nobody knows", [file()], "DATA_EMPTY", "1 of an unknown kind"],
    [
      "dead links alone",
      [file({ kind: deadLink, counted: "dead link" })],
      "IO_FAILED",
      "every file of /scans is a link",
    ],
  ])("says of %s what the folder holds", async (_, beside, code, said) => {
    const error = await caught(none(...beside));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
  });

  it("points to the NIfTI itself, and counts many kinds in few words", async () => {
    const nifti = file({ kind: "NIfTI", hint: giveItself, is: "other" });
    expect((await caught(none(file({ kind: "text", is: "doubtful" }), nifti))).hint).toBe(nifti.hint);
    const pointer = file({
      kind: "a Git LFS pointer",
      hint: "Fetch it with `git lfs pull`, then try again.",
    });
    expect((await caught(none(pointer))).hint).toBe(pointer.hint);
    expect((await caught(() => requireNoneLost([image("dcm")], [pointer]))).hint).toBe(
      "Fetch it with `git lfs pull`, then try again. If it is no slice, move it away.",
    );
    expect((await caught(none(file()))).hint).toBe(
      "Give the folder of the DICOM series, or the .nii.gz file itself.",
    );
    const kinds = Array.from({ length: 30 }, (_, index) => file({ kind: `kind ${index}`, is: "other" }));
    expect((await caught(none(...kinds))).message).toMatch(/1 kind 7, 22 of other kinds$/);
  });

  it("lets a folder with an image pass", () => {
    const series = new Map([["a", [image("dcm")]]]);
    expect(() => requireImages({ files: 1, series, beside: [] }, "/scans")).not.toThrow();
  });
});

describe("requireNoneLost", () => {
  it.each<[string, FileBeside, string]>([
    [
      "bytes that nobody knows",
      file(),
      "file 3 of 9 is not DICOM (no DICM mark, no data set) and nothing else",
    ],
    ["an empty file", file({ kind: "empty", is: "doubtful" }), "file 3 of 9 is empty, and may be a slice"],
    ["a pointer", file({ kind: "a Git LFS pointer", extension: "ima" }), "is a Git LFS pointer, and may be"],
    ["a dead link", file({ kind: deadLink }), "is a link that leads nowhere"],
  ])("refuses %s that is named like a slice", async (_, beside, said) => {
    const error = await caught(() => requireNoneLost([image("dcm")], [beside]));
    expect([error.exitCode, error.message]).toEqual([
      beside.kind === deadLink ? 74 : 65,
      expect.stringContaining(said),
    ]);
  });

  it("counts how many more there are", async () => {
    const error = await caught(() => requireNoneLost([image("dcm")], [file(), file(), file()]));
    expect([error.message, error.details]).toEqual([
      expect.stringContaining("(so are 2 more)"),
      { files: 3 },
    ]);
  });

  it.each<[string, FileBeside, string]>([
    ["another extension", file({ extension: "bin" }), "dcm"],
    ["a picture named like a slice", file({ kind: "a PNG picture", is: "other" }), "dcm"],
    [
      "text without an extension beside slices without one",
      file({ extension: "", kind: "text", is: "doubtful" }),
      "",
    ],
    ["an empty file without one", file({ extension: "", kind: "empty", is: "doubtful" }), ""],
  ])("lets %s pass", (_, beside, extension) => {
    expect(() => requireNoneLost([image(extension)], [beside])).not.toThrow();
  });

  it("takes unknown bytes without an extension for a slice where slices have none", async () => {
    const error = await caught(() => requireNoneLost([image("")], [file({ extension: "" })]));
    expect(error.code).toBe("DATA_DICOM_PARSE");
  });
});

describe("noteBeside", () => {
  it("counts kinds, and says nothing of none", () => {
    const log = new ReadLog();
    noteBeside([], log);
    noteBeside(["SEG", "non-DICOM", "SEG"], log);
    expect(log.warnings).toEqual([
      {
        code: "OTHER_FILES_SKIPPED",
        message: "beside the slices lie 2 SEG, 1 non-DICOM file(s), which are not read",
      },
    ]);
  });
});
