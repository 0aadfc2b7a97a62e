import { TomoeError } from "../../errors.ts";
import { kindOfPath, printable, readHead } from "../../files/index.ts";
import type { Receipt } from "../../schema/volume.ts";
import { dicomReader } from "./dicom/encoding/reader.ts";
import { type OtherKind, otherKind, plainGzip } from "./kinds.ts";
import { metaImageReader } from "./metaimage/reader.ts";
import { niftiReader } from "./nifti/reader.ts";
import { nrrdReader } from "./nrrd/reader.ts";
import { npyReader } from "./numpy/reader.ts";
import type { Candidate, Sniffed, VolumeReader } from "./source.ts";

/**
 * Names the readers of scans in the keys of cached rows; it changes whenever the same bytes would give other voxels, another
 * geometry or another receipt.
 */
export const readerRule = "tomoe.reader/1";

const headBytes = 65536;

/** Formats that are read. */
export type ReadFormat = Receipt["format"];

/** The reader of every format, in the order in which they are asked. Each loads its parser when it has something to read. */
export const readers: { readonly [F in ReadFormat]: VolumeReader } = {
  dicom: dicomReader,
  nifti: niftiReader,
  mha: metaImageReader,
  nrrd: nrrdReader,
  npy: npyReader,
};

/**
 * Looks at what a caller named.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; `DATA_UNSUPPORTED` for a pipe or device;
 * `DATA_EMPTY` for an empty file.
 */
export async function candidateAt(path: string): Promise<Candidate> {
  const kind = await kindOfPath(path);
  if (kind === "folder") return { path, kind, head: Buffer.alloc(0) };
  const { bytes, sizeBytes } = await readHead(path, headBytes);
  if (sizeBytes === 0)
    throw new TomoeError("DATA_EMPTY", `${printable(path)} is empty`, {
      hint: "Copy or download the scan again.",
      details: { path },
    });
  return { path, kind, head: bytes };
}

/**
 * The format whose reader takes a candidate: the one that is certain of it, else by name unless the content is
 * certainly something else, else the one that finds it likely.
 *
 * @throws TomoeError `DATA_UNSUPPORTED` that says what the file is instead; `DATA_DICOM_PARSE` for one that is
 * named DICOM; `DATA_TRUNCATED` for damaged gzip.
 */
export async function formatOf(candidate: Candidate): Promise<ReadFormat> {
  const claims = new Map<Sniffed, ReadFormat>();
  for (const format of Object.keys(readers) as readonly ReadFormat[]) {
    const claim = readers[format].sniff(candidate);
    if (claim === "certain") return format;
    if (claim !== undefined && !claims.has(claim)) claims.set(claim, format);
  }
  const named = claims.get("named");
  const kind = otherKind(candidate.head);
  if (kind !== undefined && kind.is !== "doubtful" && !(named !== undefined && kind.name === plainGzip))
    throw notRead(candidate.path, kind);
  const taken = named ?? claims.get("likely");
  if (taken === undefined) throw await unknown(candidate, kind);
  return taken;
}

function notRead(path: string, kind: OtherKind): TomoeError {
  return new TomoeError(
    "DATA_UNSUPPORTED",
    `${printable(path)} is ${kind.name}${kind.is === "stand-in" ? "" : ", which is not read yet"}`,
    { hint: kind.hint.replace("FILE", printable(path)), details: { path } },
  );
}

/** A file whose beginning nobody knows, told by its name where that helps. */
async function unknown({ path, head }: Candidate, kind: OtherKind | undefined): Promise<TomoeError> {
  if (/\.dcm$/i.test(path) || (head[0] === 8 && head[1] === 0))
    return new TomoeError("DATA_DICOM_PARSE", `${printable(path)} has no DICM mark after its preamble`, {
      hint: "Write it as a DICOM Part 10 file, e.g. with dcmconv.",
      details: { path },
    });
  if (await isVoxelHalf(path))
    return new TomoeError(
      "DATA_UNSUPPORTED",
      `${printable(path)} is the voxel half of a pair; its header lies beside it in the .hdr file`,
      { hint: "Convert the pair to one .nii.gz file, e.g. with nibabel.", details: { path } },
    );
  return new TomoeError(
    "DATA_UNSUPPORTED",
    `${printable(path)} is ${kind === undefined ? "" : `${kind.name}, `}no format that is read: neither DICOM nor NIfTI, MetaImage, NRRD or npy`,
    {
      hint: "Give a DICOM file, a folder of one DICOM series, a .nii, .nii.gz, .mha, .mhd or .nrrd file.",
      details: { path },
    },
  );
}

/** True for the .img of a .hdr/.img pair, plain or gzipped. */
async function isVoxelHalf(path: string): Promise<boolean> {
  const header = path.replace(/\.img(\.gz)?$/i, ".hdr");
  if (header === path) return false;
  return kindOfPath(header).then(
    (found) => found === "file",
    () => false,
  );
}
