import { createHash } from "node:crypto";
import type { StatedRange } from "../claims/range.ts";
import type { Affine } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { checkedGrid } from "../resample/sheared.ts";
import { rescale } from "../rescale.ts";
import { defaultMaxBytes, type ReadOptions, type SourceVolume } from "../source.ts";
import { checkSize } from "./length.ts";
import { bytesOf, type NumberType, numbersOf } from "./numbers.ts";
import { readVoxelBytes, type VoxelFile, type VoxelPlan } from "./payload.ts";

/** A volume of plain numbers behind or beside a header, without any scaling. */
export interface RawVolume {
  /** What the receipt calls the container. */
  readonly container: string;
  readonly shapeXYZ: readonly [number, number, number];
  readonly type: NumberType;
  readonly littleEndian: boolean;
  /** Stored index (x, y, z) -> RAS+ mm. */
  readonly affine: Affine;
  readonly stackAxisXYZ: 0 | 1 | 2;
  /** What the header declares the values to be instead of HU. */
  readonly declared?: string | undefined;
  /** Between which numbers the header says that the voxels lie. */
  readonly statedRange?: StatedRange | undefined;
  readonly storage: Pick<VoxelPlan, "compressed" | "compressedBytes" | "skipInside">;
  /** Bytes of a header in a file of its own, which the digest begins with. */
  readonly detachedHeader?: Buffer | undefined;
}

/**
 * Reads the voxels that a header describes.
 *
 * @param files - where they lie; asked for once size and geometry are found to be good.
 * @throws TomoeError `DATA_UNSUPPORTED` above `maxBytes`, `DATA_GEOMETRY`, `DATA_TRUNCATED`, `DATA_HEADER`,
 * `DATA_DECOMPRESS_LIMIT`, `DATA_NOT_HU` (NaN), `IO_FAILED`, `CANCELLED`.
 */
export async function readRawVolume(
  raw: RawVolume,
  files: () => Promise<readonly VoxelFile[]>,
  options: ReadOptions,
  log: ReadLog,
): Promise<SourceVolume> {
  const { shapeXYZ, type } = raw;
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  log.facts.sourceShapeXYZ = shapeXYZ;
  checkSize(shapeXYZ, type, bytesOf[type], maxBytes);
  const resampling = checkedGrid(raw.affine, shapeXYZ, options, log);
  const planeBytes = shapeXYZ[0] * shapeXYZ[1] * bytesOf[type];
  const plan: VoxelPlan = {
    ...raw.storage,
    files: await files(),
    bytes: planeBytes * shapeXYZ[2],
    planeBytes,
  };
  const hash = createHash("sha256");
  if (raw.detachedHeader !== undefined) hash.update(raw.detachedHeader);
  const bytes = await readVoxelBytes(plan, maxBytes, hash, log, options.signal);
  log.step("read", {
    container: raw.container,
    compressed: plan.compressed ?? false,
    byteOrder: raw.littleEndian ? "little" : "big",
    dtype: type,
    files: plan.files.length,
  });
  log.step("rescale", { slope: 1, intercept: 0 });
  const stored = numbersOf(bytes, type, raw.littleEndian);
  return {
    ...rescale(stored, [{ length: stored.length, slope: 1, intercept: 0 }]),
    shapeXYZ,
    affine: raw.affine,
    stackAxisXYZ: raw.stackAxisXYZ,
    sourceDigest: hash.digest("hex"),
    storedDtype: type,
    declared: raw.declared,
    statedRange: raw.statedRange,
    scaled: false,
    calibrated: false,
    resampling,
  };
}
