import type { JsonValue } from "../errors.ts";

/** Three numbers in D, H, W order. */
export type TripleDHW = readonly [number, number, number];

/** Row-major 4 x 4 affine: (w, h, d, 1) voxel index -> mm in RAS+ world axes. */
export type AffineRas = readonly [
  readonly [number, number, number, number],
  readonly [number, number, number, number],
  readonly [number, number, number, number],
  readonly [number, number, number, number],
];

export interface WindowHu {
  readonly low: number;
  readonly high: number;
}

/** A decision or oddity that the user should see, without stopping the work. */
export interface VolumeWarning {
  /** SCREAMING_SNAKE name, e.g. `SINGLE_SLICE_SPACING`. */
  readonly code: string;
  readonly message: string;
}

/** Verdict of the HU gate. A refused volume never becomes a Volume: the gate raises `DATA_NOT_HU`. */
export interface HuVerdict {
  readonly verdict: "ok" | "suspect";
  readonly min: number;
  readonly max: number;
  readonly reasons: readonly string[];
}

/** One decision on the way from file to Volume, in the order taken. */
export interface ReceiptStep {
  /** Verb of the step, e.g. "read", "sort", "rescale", "orient", "window", "resize". */
  readonly step: string;
  readonly [fact: string]: JsonValue;
}

/** How a Volume came to be. Holds no identity: no name, date, UID or path of the source. */
export interface Receipt {
  readonly format: "nifti" | "dicom" | "mha" | "nrrd" | "npy";
  /** SHA-256 over the source bytes, in the order read. */
  readonly sourceDigest: string;
  /** Stored axes as the nearest anatomical directions, e.g. "LPS". */
  readonly sourceOrientation: string;
  readonly sourceShapeXYZ: readonly [number, number, number];
  readonly steps: readonly ReceiptStep[];
}

/**
 * One CT series: D x H x W voxels in HU, RAS+ axes (D grows to Superior, H to Anterior, W to patient Right).
 * `voxels` is row-major with W fastest; int16 when the source is held in it exactly, else float32.
 */
export interface Volume {
  readonly voxels: Int16Array | Float32Array;
  readonly shapeDHW: TripleDHW;
  readonly spacingMmDHW: TripleDHW;
  readonly affineRas: AffineRas;
  readonly hu: HuVerdict;
  /**
   * RAS axis along which the source stacked its slices: 0 = D (axial), 1 = H (coronal), 2 = W (sagittal).
   * The stored slowest axis of a NIfTI, the slice normal of a DICOM series.
   */
  readonly stackAxis: 0 | 1 | 2;
  readonly receipt: Receipt;
  readonly warnings: readonly VolumeWarning[];
}
