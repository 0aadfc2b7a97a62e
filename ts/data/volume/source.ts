import type { PathKind } from "../../files/index.ts";
import type { AffineRas, WindowHu } from "../../schema/volume.ts";
import type { StatedRange } from "./claims/range.ts";
import type { Affine } from "./geometry.ts";
import type { HuHistogram } from "./hu/histogram.ts";
import type { ReadLog, ReadProgress } from "./log.ts";
import type { ResamplePlan } from "./resample/plan.ts";
import type { Rescaled } from "./rescale.ts";

/** What a caller names: a file with its beginning, or a folder. */
export interface Candidate {
  readonly path: string;
  readonly kind: PathKind;
  /** The first 64 KiB of a file, all of a shorter one; nothing of a folder. */
  readonly head: Buffer;
}

/**
 * How sure a reader is that a candidate is its own. "certain": the content says so. "named": only the name says so,
 * which counts where the content is not certainly something else. "likely": the content looks so, and nothing else
 * is known of it.
 */
export type Sniffed = "certain" | "named" | "likely";

/**
 * Reads one format. A new one is files and a row of `readers`, and passes the suite that every row passes.
 *
 * What is shared stays out of it: the turn to RAS+, the HU gate, the receipt. It never shows a text of the header,
 * an id, or the name of a file that the caller did not name.
 */
export interface VolumeReader {
  /** False for a format that states no geometry: `affineRas` of the options has to. */
  readonly statesGeometry: boolean;
  /** True where one path may hold several series, of which `series` of the options takes one. */
  readonly holdsSeries: boolean;
  /**
   * Says whether a candidate is of this format, by its beginning.
   *
   * @returns undefined when it is not.
   * @throws TomoeError `DATA_TRUNCATED` for damaged gzip, which no reader can look into.
   */
  sniff(candidate: Candidate): Sniffed | undefined;
  /**
   * Reads a candidate that `sniff` did not turn down. Sizes are checked by the header before voxels are read.
   *
   * @param log - gets every decision as a step and every oddity as a warning, also of a scan that is refused.
   * @throws TomoeError a `DATA_*` code with the cause; `CANCELLED`, `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`.
   */
  read(candidate: Candidate, options: ReadOptions, log: ReadLog): Promise<SourceVolume>;
  /**
   * As `read` without the voxels: what is refused by its headers is refused here too. Absent where a format is read
   * whole all the same.
   */
  readGrid?(candidate: Candidate, options: ReadOptions, log: ReadLog): Promise<SourceGrid>;
}

/**
 * What a reader hands on: one volume in its stored axes, rescaled, not yet turned to RAS and not yet judged.
 */
export interface SourceVolume extends Rescaled {
  readonly shapeXYZ: readonly [number, number, number];
  /** Stored index (x, y, z) -> RAS+ mm. */
  readonly affine: Affine;
  /** Stored axis along which the source stacked its slices. */
  readonly stackAxisXYZ: 0 | 1 | 2;
  /** SHA-256 of the source bytes, hex. */
  readonly sourceDigest: string;
  /** Type of the stored numbers, e.g. "uint8"; evidence for the HU gate. */
  readonly storedDtype: string;
  /** What the header declares the values to be instead of HU. */
  readonly declared?: string | undefined;
  /** Between which HU the header says that the voxels lie. */
  readonly statedRange?: StatedRange | undefined;
  /** True when a slope other than 1 or an intercept other than 0 was applied. */
  readonly scaled: boolean;
  /** True when the format says that stored values become HU by that scaling, as a CT object of DICOM does. */
  readonly calibrated: boolean;
  /** Histogram of the voxels, where they were counted as they came. */
  readonly histogram?: HuHistogram | undefined;
  /** How its slices come onto a regular grid, where a policy asks for it. */
  readonly resampling?: ResamplePlan | undefined;
}

/** What the header of a scan says, before a voxel is read. */
export type SourceGrid = Pick<SourceVolume, "shapeXYZ" | "affine" | "declared">;

/** What may be resampled of a series that would else be refused; nothing is unless it is asked for. */
export interface ResamplePolicy {
  /** Slices that shift sideways (gantry tilt) are moved in their planes. */
  readonly tilt?: "resample";
  /** Slices at irregular steps are interpolated onto the commonest one; a gap of missing slices is never filled. */
  readonly spacing?: "resample";
}

/** What a table beside a scan states in place of its header, whose own scaling and geometry are placeholders then. */
export interface Calibration {
  readonly slope: number;
  readonly intercept: number;
  /** (w, h, d, 1) of the stored axes -> mm in RAS+ axes. */
  readonly affineRas: AffineRas;
}

/** How to read a scan. */
export interface ReadOptions {
  /** Which series of a folder of several, by the hashed id of their listing. */
  readonly series?: string;
  /** Resamples a tilted or irregular DICOM series; on one that needs it not a warning says so. */
  readonly policy?: ResamplePolicy;
  /**
   * "refuse" (default): voxels that are not HU raise `DATA_NOT_HU`.
   * "record": they are read with verdict "suspect" and the reasons; for synthetic images in HU range that are
   * no scans.
   */
  readonly huGate?: "refuse" | "record";
  /**
   * Where the voxels lie, for a format that does not say it (npy): (w, h, d, 1) -> mm in RAS+ axes. Refused with
   * `USAGE_INVALID` for any other.
   */
  readonly affineRas?: AffineRas;
  /** Scaling and geometry that a table beside the scan states, in place of its header's. */
  readonly calibration?: Calibration;
  /**
   * Takes the voxels for shades of a picture in 0..1, laid over this window of HU; then the HU gate is not asked, and
   * the verdict is "suspect" with that reason. A format that places nothing lies as it is shown.
   */
  readonly picture?: WindowHu;
  /** Largest voxel payload accepted, in bytes; default 4 GiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Hears how far the read is, often; must not throw. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

export const defaultMaxBytes = 4 * 1024 ** 3;
