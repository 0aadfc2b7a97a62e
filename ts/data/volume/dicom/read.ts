import { createHash, type Hash } from "node:crypto";
import { TomoeError } from "../../../errors.ts";
import { type ReadRoom, throwIfAborted } from "../../../files/index.ts";
import { checkAffine } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { withoutName } from "../nameless.ts";
import { isOfAnotherShape } from "../raw/length.ts";
import { defaultMaxBytes, type ReadOptions, type SourceGrid, type SourceVolume } from "../source.ts";
import { SeriesDecoding } from "./codecs/series-decoding.ts";
import { SeriesVoxels } from "./codecs/series-voxels.ts";
import { requireCalibrated } from "./compare/calibration.ts";
import { noteHeaders, rescaleFacts } from "./compare/notes.ts";
import type { DicomElements } from "./elements.ts";
import { bytesBehindPixels } from "./encoding/behind.ts";
import { ahead, roomsOf } from "./folder/ahead.ts";
import { readAllElements } from "./folder/contents.ts";
import { withShowCommand } from "./folder/names.ts";
import { FrameFiles } from "./multiframe/frame-files.ts";
import { decodeNative, pixelCoding } from "./pixels.ts";
import { dicomError } from "./problem.ts";
import { findSlices, type SliceFile } from "./series.ts";
import type { SliceHeader } from "./slice.ts";
import { stackSlices } from "./stack.ts";

/** Files that are read while one is decoded: a read that waits for a turn of the processor keeps none waiting. */
const filesAhead = 2;

/**
 * Reads one DICOM CT series (a folder) or one slice (a file) in its stored axes, with the voxels rescaled
 * slice by slice.
 *
 * Stored axes: x = columns, y = rows, z = slices sorted along their normal. Only an allow-list of elements is
 * read, and no id, name, date or
 * description leaves this folder, in results or in messages.
 * @throws TomoeError `DATA_DICOM_PARSE`, `DATA_NOT_CT`, `DATA_UNSUPPORTED`,
 * `DATA_TRANSFER_SYNTAX_UNSUPPORTED`, `DATA_GEOMETRY`, `DATA_SERIES_*`,
 *   `DATA_PIXEL_CALIBRATION`, `DATA_PIXEL_DECODE`, `DATA_TRUNCATED`, `DATA_EMPTY`.
 */
export async function readDicom(
  path: string,
  kind: "file" | "folder",
  options: ReadOptions,
  log: ReadLog,
): Promise<SourceVolume> {
  try {
    return await readSeries(path, kind, options, log);
  } catch (error) {
    throw kind === "folder" ? await withShowCommand(error, path) : error;
  }
}

/**
 * As `readDicom` without decoding a pixel: slices are found, told apart and stacked by their headers.
 *
 * @throws TomoeError as `readDicom`, but for what only pixels show.
 */
export async function readDicomGrid(
  path: string,
  kind: "file" | "folder",
  options: ReadOptions,
  log: ReadLog,
): Promise<SourceGrid> {
  try {
    const { slices, shapeXYZ, affine, resampling } = await stacked(path, kind, options, log);
    for (const slice of slices) pixelCoding(slice.transferSyntax, slice.where);
    return { shapeXYZ: resampling?.shapeXYZ ?? shapeXYZ, affine: resampling?.affine ?? affine };
  } catch (error) {
    throw kind === "folder" ? await withShowCommand(error, path) : error;
  }
}

/** The slices of a series in their order, by their headers. */
async function stacked(path: string, kind: "file" | "folder", options: ReadOptions, log: ReadLog) {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const found = await findSlices(path, kind, options, log);
  requireDepth(found, log);
  const { slices, affine, resampling } = stackSlices(found, log, options.policy);
  const [first] = slices;
  if (first === undefined) throw dicomError("DATA_NOT_CT", "the series holds no slices", {});
  const shapeXYZ = [first.pixels.columns, first.pixels.rows, slices.length] as const;
  requireCalibrated(slices);
  checkAffine(resampling?.affine ?? affine, log);
  noteHeaders(slices, log);
  for (const shape of [shapeXYZ, resampling?.shapeXYZ ?? shapeXYZ]) requireHoldable(shape, maxBytes);
  return { slices, first, shapeXYZ, affine, resampling, maxBytes };
}

async function readSeries(
  path: string,
  kind: "file" | "folder",
  options: ReadOptions,
  log: ReadLog,
): Promise<SourceVolume> {
  const { slices, first, shapeXYZ, affine, resampling, maxBytes } = await stacked(path, kind, options, log);
  const plane = shapeXYZ[0] * shapeXYZ[1];
  const voxels = new SeriesVoxels(slices, plane);
  const sourceDigest = await readPixels(slices, voxels, kind, maxBytes, options.signal, log);
  voxels.note(log);
  log.step("rescale", rescaleFacts(slices));
  const scaled = slices.some((slice) => slice.slope !== 1 || slice.intercept !== 0);
  return {
    ...voxels.rescaled(),
    shapeXYZ,
    affine,
    stackAxisXYZ: 2,
    sourceDigest,
    storedDtype: `${slices.some((slice) => slice.pixels.signed) ? "" : "u"}int${first.pixels.bitsAllocated}`,
    scaled,
    calibrated: scaled,
    resampling,
  };
}

function requireHoldable(shapeXYZ: readonly [number, number, number], maxBytes: number): void {
  const [x, y, z] = shapeXYZ;
  if (x * y * z * 2 > maxBytes)
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `${shapeXYZ.join(" x ")} voxels are above the limit of ${maxBytes} bytes`,
      {
        hint: "Crop the scan, or resample it to larger voxels.",
        details: { maxBytes },
      },
    );
}

function requireDepth(slices: readonly SliceHeader[], log: ReadLog): void {
  if (slices.every((slice) => slice.localizer))
    throw dicomError(
      "DATA_NOT_CT",
      `${slices[0]?.where ?? ""}: a localizer (scout) picture, a projection without depth`,
      { imageType: "LOCALIZER" },
    );
  if (slices.some((slice) => slice.modality === undefined))
    log.warn("MODALITY_MISSING", "the header states no Modality; CT is taken on the word of geometry and HU");
}

/** Decodes every slice into one array; the digest is of the source bytes, in sorted order. */
async function readPixels(
  slices: readonly SliceFile[],
  voxels: SeriesVoxels,
  kind: "file" | "folder",
  maxBytes: number,
  signal: AbortSignal | undefined,
  log: ReadLog,
): Promise<string> {
  const { stored, plane, codings } = voxels;
  const hash: Hash = createHash("sha256");
  const behind = new Map<SliceFile["path"], number>();
  // Codestreams are kept until they are decoded; plain pixels are taken at once, and their memory used again.
  const rooms = codings.every((coding) => coding === "native") ? roomsOf(filesAhead + 1) : [];
  // Files of one slice each are read ahead of their turn; those that hold frames, once each, as they are asked for.
  const apart = slices.every((slice) => slice.frame === undefined) ? slices : [];
  const reads = ahead(apart, filesAhead, (slice, _, lane) => readSlice(slice, kind, maxBytes, rooms[lane]));
  const files = new FrameFiles(async (slice) => {
    const read = await reads.next();
    const elements = read.done === true ? await readSlice(slice, kind, maxBytes, rooms[0]) : read.value;
    behind.set(slice.path, bytesBehindPixels(elements));
    return elements;
  });
  const decoding = new SeriesDecoding(stored, plane, signal);
  let cut = 0;
  try {
    for (const [index, slice] of slices.entries()) {
      throwIfAborted(signal);
      log.progress({ what: "slices", done: index, total: slices.length });
      const { elements, fresh, encoded } = await files.read(slice);
      if (fresh) hash.update(elements.bytes);
      const coding = codings[index] ?? "native";
      if (coding === "native") {
        cut += decodeNative(elements, slice.pixels, stored, index * plane);
        voxels.took(index);
      } else await decoding.push(index, slice, coding, encoded());
    }
    await decoding.finish(log);
  } finally {
    await reads.return();
    await decoding.stop();
  }
  noteBehind(slices, behind, log);
  if (cut > 0)
    log.warn(
      "HIGH_BITS_CUT",
      `${cut} pixels hold something above their stored bits (BitsStored) and no overlay is declared; it is cut off`,
    );
  log.step("read", {
    container: "dicom",
    slices: slices.length,
    ...(slices.some((slice) => slice.frame !== undefined) ? { files: files.count } : {}),
    transferSyntaxes: [...new Set(slices.map((slice) => slice.transferSyntax))].sort(),
    bitsStored: [...new Set(slices.map((slice) => slice.pixels.bitsStored))].sort(),
  });
  return hash.digest("hex");
}

/** Refuses as many bytes behind the pixels of a file as another slice has; tells of fewer. */
function noteBehind(
  slices: readonly SliceFile[],
  behind: ReadonlyMap<SliceFile["path"], number>,
  log: ReadLog,
): void {
  const odd = [...behind].filter(([, bytes]) => bytes > 0);
  for (const [path, bytes] of odd) {
    const slice = slices.find((one) => one.path === path);
    if (slice === undefined) continue;
    const { rows, columns, bitsAllocated } = slice.pixels;
    if (!isOfAnotherShape(bytes, (rows * columns * bitsAllocated) / 8)) continue;
    throw dicomError(
      "DATA_DICOM_PARSE",
      `${slice.where}: ${bytes} bytes lie behind the pixels and are no elements, as many as another slice has: the header does not belong to these pixels`,
      { bytesBehind: bytes },
    );
  }
  const total = odd.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (total > 0)
    log.warn(
      "TRAILING_BYTES",
      `${total} bytes behind the pixels of ${odd.length} of ${behind.size} files are no elements and were not read`,
    );
}

/** A slice's elements with its pixels; a failure inside a folder is told by number. */
async function readSlice(
  slice: SliceFile,
  kind: "file" | "folder",
  maxBytes: number,
  room: ReadRoom | undefined,
): Promise<DicomElements> {
  try {
    return await readAllElements(slice.path, slice.where, maxBytes, room);
  } catch (error) {
    throw kind === "folder" ? withoutName(error, slice.where) : error;
  }
}
