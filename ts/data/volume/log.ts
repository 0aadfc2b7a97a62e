import type { JsonValue } from "../../errors.ts";
import type {
  AffineRas,
  HuVerdict,
  Receipt,
  ReceiptStep,
  TripleDHW,
  VolumeWarning,
} from "../../schema/volume.ts";
import type { SeenVolume } from "./look/planes.ts";

/** What could be read of a scan so far: the keys of the `tomoe inspect` document that are known. */
export interface InspectionFacts {
  format?: Receipt["format"];
  sourceOrientation?: string;
  sourceShapeXYZ?: readonly [number, number, number];
  shapeDHW?: TripleDHW;
  spacingMmDHW?: TripleDHW;
  orientation?: "RAS";
  affineRas?: AffineRas;
  hu?:
    | HuVerdict
    | {
        readonly verdict: "refused";
        readonly min: number;
        readonly max: number;
        readonly reasons: readonly string[];
      };
}

/** How far a read is: files of a folder looked at, slices decoded, or bytes of a file read. */
export interface ReadProgress {
  readonly what: "files" | "slices" | "bytes";
  readonly done: number;
  readonly total: number;
}

/** Who hears of a read while it goes on. */
export interface Listeners {
  readonly onVoxels?: ((seen: SeenVolume) => void) | undefined;
  /** Hears how far the read is, often. */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

/** Collects the decisions, oddities and facts of one read, so that they survive a refusal. */
export class ReadLog {
  readonly warnings: VolumeWarning[] = [];
  readonly steps: ReceiptStep[] = [];
  readonly facts: InspectionFacts = {};
  /** Shown the voxels in RAS axes once they were judged, also when they were refused; keeps none of them. */
  readonly onVoxels: ((seen: SeenVolume) => void) | undefined;
  readonly #onProgress: ((progress: ReadProgress) => void) | undefined;

  constructor({ onVoxels, onProgress }: Listeners = {}) {
    this.onVoxels = onVoxels;
    this.#onProgress = onProgress;
  }

  progress(progress: ReadProgress): void {
    this.#onProgress?.(progress);
  }

  /** A log for a trial whose outcome is not told. */
  aside(): ReadLog {
    return new ReadLog();
  }

  warn(code: string, message: string): void {
    this.warnings.push({ code, message });
  }

  step(step: string, facts: { readonly [fact: string]: JsonValue }): void {
    this.steps.push({ step, ...facts });
  }
}
