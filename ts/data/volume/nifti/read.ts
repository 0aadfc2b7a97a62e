import { createHash } from "node:crypto";
import { endianness } from "node:os";
import { TomoeError } from "../../../errors.ts";
import {
  printable,
  readHead,
  readPieces,
  readWhole,
  refuseLarge,
  throwIfAborted,
} from "../../../files/index.ts";
import { gunzipBounded, gunzipHead, isGzip } from "../gunzip.ts";
import { HuCounts, type HuHistogram } from "../hu/histogram.ts";
import type { ReadLog } from "../log.ts";
import { isOfAnotherShape, trailingLimitBytes } from "../raw/length.ts";
import { numbersOf } from "../raw/numbers.ts";
import { checkedGrid } from "../resample/sheared.ts";
import { rescale, type StoredArray } from "../rescale.ts";
import { defaultMaxBytes, type ReadOptions, type SourceGrid, type SourceVolume } from "../source.ts";
import { niftiAffine } from "./affine.ts";
import { headerBytes, type NiftiHeader, niftiVersion, readNiftiHeader } from "./header.ts";
import { declaredIntent } from "./intent.ts";

/** The header lies in these, also compressed; one byte more tells whether the file goes on. */
const headBytes = 65537;
/** Below this a copy costs nothing, and small buffers may share memory with others. */
const inPlaceFromBytes = 1 << 16;

/** True when bytes begin like a NIfTI file, plain or gzipped. */
export function looksLikeNifti(head: Uint8Array, path: string): boolean {
  if (!isGzip(head)) return niftiVersion(head) !== undefined;
  return niftiVersion(gunzipHead(head, 4, path)) !== undefined;
}

/**
 * Reads one NIfTI-1/2 file, plain or gzipped, in its stored axes, with the voxels rescaled.
 *
 * Trailing bytes up to 1 MiB are a warning and are not read; more are refused.
 * @throws TomoeError `DATA_HEADER`, `DATA_TRUNCATED`, `DATA_DECOMPRESS_LIMIT`, `DATA_DTYPE_UNSUPPORTED`,
 * `DATA_UNSUPPORTED`, `DATA_GEOMETRY`,
 *   `DATA_NOT_HU` (NaN), `IO_FAILED`.
 */
export async function readNifti(path: string, options: ReadOptions, log: ReadLog): Promise<SourceVolume> {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const { header, gzip, sizeBytes, need, affine, resampling } = await openHeader(path, options, log);
  const voxels = header.shapeXYZ[0] * header.shapeXYZ[1] * header.shapeXYZ[2];
  const file = gzip
    ? await unzip(path, sizeBytes, need, header, options, log)
    : await plain(path, maxBytes, options, log);
  throwIfAborted(options.signal);
  checkLength(file.lengthBytes, need, planeBytesOf(header), path, log);
  noteHeader(header, log);
  log.step("read", {
    container: `nifti-${header.version}`,
    gzip,
    byteOrder: header.littleEndian ? "little" : "big",
    dtype: header.dtype,
  });
  log.step("rescale", { slope: header.slope, intercept: header.intercept });
  const stored = storedArray(file.bytes, header, voxels);
  return {
    ...rescale(stored, [{ length: voxels, slope: header.slope, intercept: header.intercept }]),
    shapeXYZ: header.shapeXYZ,
    affine,
    stackAxisXYZ: 2,
    sourceDigest: file.digest,
    storedDtype: header.dtype,
    declared: declaredIntent(header.intent, log),
    scaled: header.slope !== 1 || header.intercept !== 0,
    calibrated: false,
    histogram: file.histogram,
    resampling,
  };
}

/**
 * Reads the header of a NIfTI file alone: the grid, and whether a plain file is as long as its voxels need.
 *
 * @throws TomoeError as `readNifti`, but for what only voxels show.
 */
export async function readNiftiGrid(path: string, options: ReadOptions, log: ReadLog): Promise<SourceGrid> {
  const { header, gzip, sizeBytes, need, affine } = await openHeader(path, options, log);
  if (!gzip) checkLength(sizeBytes, need, planeBytesOf(header), path, log);
  noteHeader(header, log);
  return { shapeXYZ: header.shapeXYZ, affine, declared: declaredIntent(header.intent, log) };
}

const planeBytesOf = ({ shapeXYZ, bytesPerVoxel }: NiftiHeader): number =>
  shapeXYZ[0] * shapeXYZ[1] * bytesPerVoxel;

/** The header with what follows from it, before a voxel is read. */
async function openHeader(path: string, options: ReadOptions, log: ReadLog) {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const { bytes: head, sizeBytes } = await readHead(path, headBytes);
  refuseLarge(path, sizeBytes, maxBytes);
  throwIfAborted(options.signal);
  const gzip = isGzip(head);
  const header = readNiftiHeader(gzip ? gunzipHead(head, headerBytes, path) : head.subarray(0, headerBytes));
  log.facts.sourceShapeXYZ = header.shapeXYZ;
  const payload = header.shapeXYZ[2] * planeBytesOf(header);
  if (payload > maxBytes) {
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `${header.shapeXYZ.join(" x ")} voxels of ${header.dtype} are ${payload} bytes, above the limit of ${maxBytes}`,
      {
        hint: "Crop the scan, or resample it to larger voxels.",
        details: { payloadBytes: payload, maxBytes },
      },
    );
  }
  const affine = niftiAffine(header, log);
  const resampling = checkedGrid(affine, header.shapeXYZ, options, log);
  return { header, gzip, sizeBytes, need: header.voxOffset + payload, affine, resampling };
}

/** The content of a file. */
interface Content {
  /** From its beginning; of a gzip file no more than its header describes. */
  readonly bytes: Buffer;
  readonly lengthBytes: number;
  /** SHA-256 of the file as it lies there, hex. */
  readonly digest: string;
  /** Of the voxels, where they could be counted on the way. */
  readonly histogram?: HuHistogram | undefined;
}

async function plain(
  path: string,
  maxBytes: number,
  { signal }: ReadOptions,
  log: ReadLog,
): Promise<Content> {
  const hash = createHash("sha256");
  const bytes = await readWhole(path, maxBytes, (piece, done, total) => {
    throwIfAborted(signal);
    hash.update(piece);
    log.progress({ what: "bytes", done, total });
  });
  return { bytes, lengthBytes: bytes.length, digest: hash.digest("hex") };
}

/** Says what is odd in a header that is read all the same. */
function noteHeader(header: NiftiHeader, log: ReadLog): void {
  if (header.interceptIgnored)
    log.warn(
      "NIFTI_INTERCEPT_IGNORED",
      "scl_slope is 0, which means no scaling, so scl_inter is not applied",
    );
  if (header.scalingNan)
    log.warn(
      "NIFTI_SCALING_NAN",
      "scl_slope and scl_inter are NaN, which is taken for no scaling, as other readers do; the HU gate confirms it",
    );
  const gap = header.voxOffset - (header.version === 1 ? 352 : 544);
  if (gap > 0)
    log.warn(
      "NIFTI_EXTENSIONS_SKIPPED",
      header.extensionDeclared
        ? `${gap} bytes of header extensions were not read`
        : `${gap} bytes between header and voxels were not read; the header declares no extension there`,
    );
}

/** Decompresses while it reads, hashes and counts. */
async function unzip(
  path: string,
  sizeBytes: number,
  impliedBytes: number,
  header: NiftiHeader,
  options: ReadOptions,
  log: ReadLog,
): Promise<Content> {
  const hash = createHash("sha256");
  let done = 0;
  const pieces = readPieces(
    path,
    (piece) => {
      hash.update(piece);
      done += piece.length;
      log.progress({ what: "bytes", done, total: sizeBytes });
    },
    options.signal,
  );
  const counter = isHuAsStored(header) ? new RunningCount(header.voxOffset) : undefined;
  const { bytes, lengthBytes, unusedBytes } = await gunzipBounded(
    { pieces, sizeBytes, path, onFilled: (out, filled) => counter?.upTo(out, filled) },
    impliedBytes,
    trailingLimitBytes,
  );
  if (unusedBytes > 0)
    log.warn("GZIP_TRAILING_BYTES", `${unusedBytes} bytes after the end of the gzip data were not read`);
  return { bytes, lengthBytes, digest: hash.digest("hex"), histogram: counter?.counts.histogram() };
}

/** True where the stored numbers are the HU, in the machine's own form: the common case. */
function isHuAsStored({ dtype, littleEndian, slope, intercept, voxOffset }: NiftiHeader): boolean {
  const asIs = slope === 1 && intercept === 0 && littleEndian === (endianness() === "LE");
  return dtype === "int16" && asIs && voxOffset % 2 === 0;
}

/** Counts int16 voxels as they arrive behind a header. */
class RunningCount {
  readonly counts = new HuCounts();
  #done: number;

  constructor(voxOffset: number) {
    this.#done = voxOffset;
  }

  upTo(bytes: Buffer, filled: number): void {
    const voxels = Math.floor((filled - this.#done) / 2);
    if (voxels <= 0) return;
    this.counts.add(new Int16Array(bytes.buffer, bytes.byteOffset + this.#done, voxels));
    this.#done += 2 * voxels;
  }
}

function checkLength(have: number, need: number, planeBytes: number, path: string, log: ReadLog): void {
  if (have < need) {
    throw new TomoeError(
      "DATA_TRUNCATED",
      `${printable(path)} holds ${have} bytes where its header needs ${need}`,
      {
        hint: "The file was cut short; copy or download it again.",
        details: { path, haveBytes: have, needBytes: need },
      },
    );
  }
  if (isOfAnotherShape(have - need, planeBytes)) {
    const planes = (have - need) / planeBytes;
    throw new TomoeError(
      "DATA_HEADER",
      `${printable(path)} holds ${have - need} bytes more than the ${need} its header describes${Number.isInteger(planes) ? `: ${planes} more slices of its dim` : ""}`,
      {
        hint: "The header does not belong to these voxels; convert the scan again.",
        details: { path, haveBytes: have, needBytes: need },
      },
    );
  }
  if (have > need) log.warn("TRAILING_BYTES", `${have - need} bytes after the last voxel were not read`);
}

/**
 * The payload as typed numbers in host byte order.
 *
 * A large payload stays where it is, and what surrounds it is wiped, since header texts may hold identity and
 * the buffer lives on; a small or
 * misaligned one is copied out.
 */
function storedArray(bytes: Buffer, header: NiftiHeader, voxels: number): StoredArray {
  const length = voxels * header.bytesPerVoxel;
  const inPlace =
    length >= inPlaceFromBytes && (bytes.byteOffset + header.voxOffset) % header.bytesPerVoxel === 0;
  let payload = bytes.subarray(header.voxOffset, header.voxOffset + length);
  if (inPlace) bytes.fill(0, 0, header.voxOffset).fill(0, header.voxOffset + length);
  else payload = Buffer.from(Uint8Array.from(payload).buffer);
  return numbersOf(payload, header.dtype, header.littleEndian);
}
