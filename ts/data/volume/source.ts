import type { Affine } from "./geometry.ts";
import type { HuHistogram } from "./hu/histogram.ts";
import type { ReadProgress } from "./log.ts";
import type { Rescaled } from "./rescale.ts";

/**
 * What a reader hands on: one volume in its stored axes, rescaled, not yet turned to RAS and not yet judged.
 */
export interface SourceVolume extends Rescaled {
  readonly format: "nifti" | "dicom";
  readonly shapeXYZ: readonly [number, number, number];
  /** Stored index (x, y, z) -> RAS+ mm. */
  readonly affine: Affine;
  /** Stored axis along which the source stacked its slices: z for both formats. */
  readonly stackAxisXYZ: 0 | 1 | 2;
  /** SHA-256 of the source bytes, hex. */
  readonly sourceDigest: string;
  /** Type of the stored numbers, e.g. "uint8"; evidence for the HU gate. */
  readonly storedDtype: string;
  /** What the header declares the values to be instead of HU. */
  readonly declared?: string | undefined;
  /** True when a slope other than 1 or an intercept other than 0 was applied. */
  readonly scaled: boolean;
  /** Histogram of the voxels, where they were counted as they came. */
  readonly histogram?: HuHistogram | undefined;
}

/** How to read a scan. */
export interface ReadOptions {
  /** Which series of a folder of several, by the hashed id of their listing. */
  readonly series?: string;
  /**
   * "refuse" (default): voxels that are not HU raise `DATA_NOT_HU`.
   * "record": they are read with verdict "suspect" and the reasons; for synthetic images in HU range that are
   * no scans.
   */
  readonly huGate?: "refuse" | "record";
  /** Largest voxel payload accepted, in bytes; default 4 GiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Hears how far the read is, often; must not throw. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

export const defaultMaxBytes = 4 * 1024 ** 3;
