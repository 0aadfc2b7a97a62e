import { gunzipSync } from "node:zlib";
import { findStart } from "./dicom/encoding/start.ts";
import { isGzip } from "./gunzip.ts";

/** What a file is that is no scan this reader takes. */
export interface OtherKind {
  /** With its article: "a PNG picture". */
  readonly name: string;
  readonly hint: string;
  /**
   * "other": certainly something else. "stand-in": it stands where a scan should be, since its content was not
   * fetched. "doubtful": nothing or plain text, which only its name can place.
   */
  readonly is: "other" | "stand-in" | "doubtful";
}

/** Name of a gzip file of which no more is known. */
export const plainGzip = "a gzip file that holds no NIfTI";
/** Of a scan that a reader takes by its own path, where it was found in a folder. */
export const giveItself = "Give the file itself, one at a time.";
const picture = "Give the DICOM series or NIfTI it was made from: a picture has lost its HU.";
const convert = "Convert it to .nii.gz, or give the DICOM series it came from.";
const document = "Give the scan itself.";
const unpack = (command: string): string =>
  `Unpack it, with \`${command}\`, and give the folder or the file inside.`;
const again = "Download it again: what came is no scan.";

type Row = readonly [at: number, bytes: string, name: string, hint: string];

/** Beginnings of files, as Latin-1 text. */
const beginnings: readonly Row[] = [
  [0, "PK\x03\x04", "a zip archive", unpack("unzip FILE")],
  [0, "PK\x05\x06", "an empty zip archive", unpack("unzip FILE")],
  [257, "ustar", "a tar archive", unpack("tar xf FILE")],
  [0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", unpack("7z x FILE")],
  [0, "Rar!\x1a\x07", "a RAR archive", unpack("unrar x FILE")],
  [0, "BZh", "a bzip2 file", unpack("bunzip2 FILE")],
  [0, "\xfd7zXZ\x00", "an xz file", unpack("unxz FILE")],
  [0, "\x28\xb5\x2f\xfd", "a zstd file", unpack("unzstd FILE")],
  [0, "\x04\x22\x4d\x18", "an lz4 file", unpack("unlz4 FILE")],
  [0, "\x89PNG\r\n\x1a\n", "a PNG picture", picture],
  [0, "\xff\xd8\xff", "a JPEG picture", picture],
  [0, "GIF8", "a GIF picture", picture],
  [0, "II*\x00", "a TIFF picture", picture],
  [0, "MM\x00*", "a TIFF picture", picture],
  [0, "II+\x00", "a BigTIFF picture", picture],
  [8, "WEBP", "a WebP picture", picture],
  [0, "\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", picture],
  [0, "\xff\x4f\xff\x51", "a bare JPEG 2000 codestream", picture],
  [4, "ftyp", "a film or HEIC picture", picture],
  [0, "%PDF", "a PDF document", document],
  [0, "%!PS", "a PostScript document", document],
  [0, "{\\rtf", "an RTF document", document],
  [0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document or Thumbs.db", document],
  [0, "\x00\x00\x00\x01Bud1", "a .DS_Store file", document],
  [0, "\x00\x05\x16\x07", "an AppleDouble file", document],
  [0, "bplist", "a property list", document],
  [0, "SQLite format 3", "an SQLite database", document],
  [0, "PAR1", "a Parquet table", document],
  [0, "\x7fELF", "a program", document],
  [0, "MZ", "a Windows program", document],
  [0, "\x89HDF\r\n\x1a\n", "an HDF5 file (MINC 2 and MATLAB 7.3 are)", convert],
  [0, "MATLAB 5.0 MAT-file", "a MATLAB file", convert],
  [0, "CDF\x01", "a netCDF file (MINC 1 is)", convert],
  [0, "CDF\x02", "a netCDF file (MINC 1 is)", convert],
  [0, "NRRD000", "an NRRD file", giveItself],
  [0, "\x93NUMPY", "a numpy file", convert],
  [0, "\x80\x02", "a Python pickle", convert],
  [0, "\x80\x03", "a Python pickle", convert],
  [0, "\x80\x04", "a Python pickle", convert],
  [0, "\x80\x05", "a Python pickle", convert],
  [0, "# vtk DataFile", "a VTK file", convert],
  [0, "!INTERFILE", "an Interfile header", convert],
  [0, "# === DATA DESCRIPTION FILE", "a Philips PAR header", convert],
];

/** Texts that stand where a scan should be, and other texts with a name. */
const texts: readonly (readonly [RegExp, string, string, OtherKind["is"]])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    "a Git LFS pointer: the scan itself was not fetched",
    "Fetch it with `git lfs pull`, then try again.",
    "stand-in",
  ],
  [
    /^(\.\.\/|\/)*(\.git\/)?annex\/objects\//,
    "a git-annex pointer: the scan itself was not fetched",
    "Fetch it with `git annex get` or `datalad get`, then try again.",
    "stand-in",
  ],
  [
    /^\s*<(!doctype html|html)/i,
    "a web page: a login or an error page was saved in place of the scan",
    again,
    "stand-in",
  ],
  [/^\s*<\?xml[\s\S]*<Error>/, "an error message of a storage server", again, "stand-in"],
  [/^(ObjectType|NDims)\b/, "a MetaImage (MHA/MHD) file", giveItself, "other"],
  [/^\s*<VTKFile/, "a VTK file", convert, "other"],
];

/**
 * Names a file that is no NIfTI and no DICOM, by its beginning.
 *
 * @param head - at least its first 512 bytes when it has as many.
 * @returns undefined for bytes that nobody knows.
 */
export function otherKind(head: Buffer): OtherKind | undefined {
  if (head.length === 0) return { name: "empty", hint: "Copy or download the scan again.", is: "doubtful" };
  const start = head.toString("latin1", 0, 512);
  for (const [at, bytes, name, hint] of beginnings)
    if (start.startsWith(bytes, at)) return { name, hint, is: "other" };
  for (const [pattern, name, hint, is] of texts) if (pattern.test(start)) return { name, hint, is };
  if (isGzip(head)) return gzipKind(head);
  return isText(start) ? { name: "text", hint: document, is: "doubtful" } : undefined;
}

function gzipKind(head: Buffer): OtherKind {
  const plain = { name: plainGzip, hint: convert, is: "other" } as const;
  let inside: Buffer;
  try {
    // Z_SYNC_FLUSH: the beginning of a file is enough.
    inside = gunzipSync(head, { finishFlush: 2, maxOutputLength: 1 << 22 });
  } catch {
    return plain;
  }
  if (findStart(inside) !== undefined)
    return { name: "a gzipped DICOM file", hint: "Unpack it with `gunzip FILE`.", is: "stand-in" };
  if (inside.length === 0) return plain;
  const kind = isGzip(inside) ? undefined : otherKind(inside);
  if (kind === undefined || kind.is === "doubtful") return plain;
  return kind.name === "a tar archive"
    ? { name: "a gzipped tar archive", hint: unpack("tar xzf FILE"), is: "other" }
    : {
        ...kind,
        name: `a gzip of ${kind.name}`,
        hint: kind.hint === giveItself ? unpack("gunzip FILE") : kind.hint,
      };
}

function isText(start: string): boolean {
  // Control characters but tab, line feeds, form feed and escape are in no text.
  return ![...start].some((char) => {
    const code = char.charCodeAt(0);
    return code < 32 && !(code >= 9 && code <= 13) && code !== 27;
  });
}
