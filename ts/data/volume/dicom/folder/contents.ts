import { hash } from "node:crypto";
import { isTomoeError, TomoeError } from "../../../../errors.ts";
import {
  type FilePath,
  type FoundFile,
  filesBelow,
  kindOfPath,
  lookInto,
  printable,
  type ReadRoom,
  readWhole,
  refuseLarge,
  throwIfAborted,
} from "../../../../files/index.ts";
import { giveItself, type OtherKind, otherKind } from "../../kinds.ts";
import type { ReadLog } from "../../log.ts";
import { withoutName } from "../../nameless.ts";
import { looksLikeNifti } from "../../nifti/read.ts";
import type { DicomElements } from "../elements.ts";
import { findStart, startBytes } from "../encoding/start.ts";
import { framesOf } from "../multiframe/frames.ts";
import { objectKind } from "../object-kind.ts";
import { dicomError } from "../problem.ts";
import { scanElements } from "../scan.ts";
import { digest, ofFrame } from "../slice.ts";
import { ahead, roomsOf } from "./ahead.ts";
import { fileWhere } from "./names.ts";

const headBytes = 65536;
/** Files that are looked into at once: one that waits for its disk keeps no other one waiting. */
const looksAhead = 3;

/** A DICOM image and its file. */
export interface FoundImage {
  /** Used to read its pixels, and goes no further. */
  readonly path: FilePath;
  readonly where: string;
  readonly extension: string;
  readonly elements: DicomElements;
  /** Digest of the file's beginning. */
  readonly fileDigest: string;
}

/** A file that lies beside the images. */
export interface FileBeside {
  readonly where: string;
  readonly extension: string;
  /** As a warning counts it: "SEG", "non-DICOM". */
  readonly counted: string;
  /** What it is: "a PNG picture"; undefined for bytes that nobody knows. */
  readonly kind: string | undefined;
  /** What to do about it, where its kind is known. */
  readonly hint: string | undefined;
  /** As `OtherKind.is`; bytes that nobody knows may be a damaged slice and are a stand-in. */
  readonly is: OtherKind["is"];
}

/** What lies below a folder. */
export interface FolderContents {
  readonly files: number;
  /** Images by a digest of their SeriesInstanceUID. */
  readonly series: ReadonlyMap<string, readonly FoundImage[]>;
  readonly beside: readonly FileBeside[];
}

/**
 * Looks at every file below a folder; of one that is no DICOM nothing but the beginning is read.
 *
 * @throws TomoeError `DATA_EMPTY` for a folder without files; the errors of each DICOM file, by its number.
 */
export async function lookThrough(
  folder: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
  log: ReadLog,
): Promise<FolderContents> {
  const files = await filesBelow(folder);
  if (files.length === 0)
    throw new TomoeError("DATA_EMPTY", `${printable(folder)} holds no files`, {
      hint: "Give a folder of one DICOM series.",
      details: { path: folder },
    });
  const series = new Map<string, FoundImage[]>();
  const beside: FileBeside[] = [];
  const rooms = roomsOf(looksAhead + 1);
  const looks = ahead(files, looksAhead, (file, index, lane) => {
    throwIfAborted(signal);
    return lookAt(file, fileWhere(index + 1, files.length, folder), maxBytes, rooms[lane]);
  });
  let done = 0;
  for await (const found of looks) {
    throwIfAborted(signal);
    log.progress({ what: "files", done: done++, total: files.length });
    if (!Array.isArray(found)) {
      beside.push(found);
      continue;
    }
    const [first] = found;
    const key = (first === undefined ? undefined : digest(first.elements, "SeriesInstanceUID")) ?? "none";
    const known = series.get(key);
    if (known === undefined) series.set(key, found);
    else known.push(...found);
  }
  return { files: files.length, series, beside };
}

async function lookAt(
  { path, isLink }: FoundFile,
  where: string,
  maxBytes: number,
  room: ReadRoom | undefined,
): Promise<FoundImage[] | FileBeside> {
  const extension = extensionOf(path);
  const none = { where, extension, counted: "non-DICOM", hint: undefined };
  try {
    if (isLink && (await kindOfPath(path)) === "folder")
      return { ...none, counted: "link to a folder", kind: "a link to a folder", is: "other" };
    const look = (bytes: Buffer, sizeBytes: number): number | { readonly found: FileBeside | Head } => {
      const file = { path, where, bytes, sizeBytes, maxBytes };
      return findStart(bytes) === undefined ? { found: notDicom(bytes, none) } : headOf(file);
    };
    const looked = await lookInto<FileBeside | Head>(path, startBytes, look, room);
    if (!("elements" in looked)) return looked;
    const { elements } = looked;
    const kind = objectKind(elements);
    if (kind.kind === "directory") return { ...none, counted: "DICOMDIR", kind: "DICOMDIR", is: "other" };
    if (kind.kind === "other") return { ...none, counted: kind.name, kind: kind.name, is: "other" };
    return imagesOf(path, extension, looked);
  } catch (error) {
    if (isLink && isTomoeError(error) && error.code === "PATH_NOT_FOUND")
      return { ...none, counted: "dead link", kind: deadLink, is: "stand-in" };
    throw withoutName(error, where);
  }
}

/** What is told of a file that is no DICOM. */
function notDicom(bytes: Buffer, none: Omit<FileBeside, "kind" | "is">): FileBeside {
  const kind = isNifti(bytes) ? { name: "NIfTI", hint: giveItself, is: "other" as const } : otherKind(bytes);
  return { ...none, kind: kind?.name, hint: kind?.hint, is: kind?.is ?? "stand-in" };
}

/** The image of a file, or one for each frame of an enhanced multi-frame object. */
function imagesOf(path: FilePath, extension: string, { images, fileDigest }: Head): FoundImage[] {
  return images.map((elements) => ({
    path,
    where: elements.where,
    extension,
    elements,
    fileDigest: ofFrame(fileDigest, elements.frame),
  }));
}

function isNifti(head: Buffer): boolean {
  try {
    return looksLikeNifti(head, "");
  } catch (error) {
    // Damaged gzip beside the slices is no failure of theirs.
    if (isTomoeError(error)) return false;
    throw error;
  }
}

/** A link whose target is missing, as folders of git-annex and DataLad hold them before their content is fetched. */
export const deadLink = "a link that leads nowhere: its content was not fetched, or was moved";

/** The beginning of a file, with what is needed to read more of it. */
interface FileHead {
  readonly path: FilePath;
  readonly where: string;
  readonly bytes: Buffer;
  readonly sizeBytes: number;
  readonly maxBytes: number;
}

/** What a file's beginning tells. */
interface Head {
  readonly elements: DicomElements;
  /** Those of each frame of an enhanced multi-frame object, else the same alone. */
  readonly images: readonly DicomElements[];
  readonly fileDigest: string;
}

/**
 * The allow-listed elements before the pixels, or how many bytes are to be read to find them: 64 KiB, and four times
 * as many while a header of private elements goes on.
 */
function headOf({ path, where, bytes, sizeBytes, maxBytes }: FileHead): number | { readonly found: Head } {
  const whole = bytes.length === sizeBytes;
  if (!whole && bytes.length < headBytes) return headBytes;
  const elements = scanElements(bytes, whole, where);
  if (elements !== undefined) {
    const kept = elements.kept();
    const enhanced = objectKind(kept).kind === "enhanced";
    return {
      found: {
        elements: kept,
        images: enhanced ? framesOf(elements).map((frame) => frame.kept()) : [kept],
        fileDigest: hash("sha256", elements.bytes.subarray(0, headBytes), "hex"),
      },
    };
  }
  if (whole) throw dicomError("DATA_DICOM_PARSE", `${where}: the file has no end`, {});
  refuseLarge(path, sizeBytes, maxBytes);
  return 4 * bytes.length;
}

/** The allow-listed elements of a file: its beginning when they lie there, else all of it. */
export async function readElements(path: FilePath, where: string, maxBytes: number): Promise<DicomElements> {
  return (await readHeadOf(path, where, maxBytes)).elements;
}

/** The image of one file, or one for each frame of an enhanced multi-frame object. */
export async function readImages(
  path: FilePath,
  where: string,
  maxBytes: number,
): Promise<readonly FoundImage[]> {
  return imagesOf(path, "", await readHeadOf(path, where, maxBytes));
}

function readHeadOf(path: FilePath, where: string, maxBytes: number): Promise<Head> {
  const look = (bytes: Buffer, sizeBytes: number): number | { readonly found: Head } =>
    headOf({ path, where, bytes, sizeBytes, maxBytes });
  return lookInto(path, headBytes, look);
}

/** The allow-listed elements of a file with all of its bytes, which lie in `room` where it is given. */
export async function readAllElements(
  path: FilePath,
  where: string,
  maxBytes: number,
  room?: ReadRoom,
): Promise<DicomElements> {
  const elements = scanElements(await readWhole(path, maxBytes, undefined, 0, room), true, where);
  if (elements === undefined) throw dicomError("DATA_DICOM_PARSE", `${where}: the file has no end`, {});
  return elements;
}

/** The end of a name that tells its kind, in small letters, without `.gz`; "#" for numbers, which end UIDs. */
function extensionOf(path: Buffer): string {
  const name = path
    .toString("latin1", path.lastIndexOf("/") + 1)
    .toLowerCase()
    .replace(/\.gz$/, "");
  const end = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1) : "";
  return /^\d+$/.test(end) ? "#" : end;
}
