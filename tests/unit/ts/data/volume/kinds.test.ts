import { gzipSync } from "node:zlib";
import { otherKind, plainGzip } from "../../../../../ts/data/volume/kinds.ts";
import { dicomFile } from "../../../../support/dicom-file.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const tar = Buffer.concat([Buffer.alloc(257), bytes("ustar\x0000"), Buffer.alloc(300)]);

describe("otherKind", () => {
  it.each<[Buffer, string, RegExp]>([
    [
      bytes("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
      "Git LFS pointer",
      /`git lfs pull`/,
    ],
    [bytes("/annex/objects/SHA256E-s1--a.nii.gz\n"), "git-annex pointer", /`git annex get`/],
    [bytes("../../.git/annex/objects/x/y"), "git-annex pointer", /`datalad get`/],
    [bytes("<!DOCTYPE html><html>"), "web page", /again/],
    [bytes('<?xml version="1.0"?>\n<Error><Code>AccessDenied'), "storage server", /again/],
    [bytes("PK\x03\x04xxxx"), "a zip archive", /`unzip FILE`/],
    [tar, "a tar archive", /`tar xf FILE`/],
    [gzipSync(tar), "a gzipped tar archive", /`tar xzf FILE`/],
    [bytes("7z\xbc\xaf\x27\x1c"), "a 7-Zip archive", /`7z x FILE`/],
    [bytes("\xfd7zXZ\x00"), "an xz file", /`unxz FILE`/],
    [bytes("\x28\xb5\x2f\xfd"), "a zstd file", /`unzstd FILE`/],
    [bytes("\x89PNG\r\n\x1a\n"), "a PNG picture", /lost its HU/],
    [gzipSync(bytes("\x89PNG\r\n\x1a\n")), "a gzip of a PNG picture", /lost its HU/],
    [bytes("\xff\xd8\xff\xe0"), "a JPEG picture", /lost its HU/],
    [bytes("II*\x00"), "a TIFF picture", /lost its HU/],
    [bytes("%PDF-1.7"), "a PDF document", /scan itself/],
    [bytes("\x89HDF\r\n\x1a\n"), "an HDF5 file", /\.nii\.gz/],
    [bytes("NRRD0004\n"), "an NRRD file", /file itself/],
    [gzipSync(bytes("NRRD0004\n")), "a gzip of an NRRD file", /`gunzip FILE`/],
    [bytes("ObjectType = Image\n"), "a MetaImage (MHA/MHD) file", /file itself/],
    [bytes("\x93NUMPY\x01"), "a numpy file", /\.nii\.gz/],
    [bytes("\x80\x04\x95"), "a Python pickle", /\.nii\.gz/],
    [bytes("\x00\x05\x16\x07\x00"), "an AppleDouble file", /scan itself/],
    [gzipSync(dicomFile({})), "a gzipped DICOM file", /`gunzip FILE`/],
    [gzipSync(bytes("hello")), plainGzip, /\.nii\.gz/],
    [bytes("\x1f\x8bdamaged"), plainGzip, /\.nii\.gz/],
  ])("names what begins like %j", (head, name, hint) => {
    const kind = otherKind(head);
    expect(kind?.name).toContain(name);
    expect(kind?.hint).toMatch(hint);
  });

  it("tells what is certainly no slice, what stands where one should be, and what only a name can place", () => {
    const is = (head: Buffer): string | undefined => otherKind(head)?.is;
    expect([is(bytes("%PDF")), is(bytes("version https://git-lfs.github.com/spec/v1"))]).toEqual([
      "other",
      "stand-in",
    ]);
    expect([is(bytes("any text\n")), is(Buffer.alloc(0)), is(Buffer.alloc(64))]).toEqual([
      "doubtful",
      "doubtful",
      undefined,
    ]);
  });
});
