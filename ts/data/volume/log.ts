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

/** Collects the decisions, oddities and facts of one read, so that they survive a refusal. */
export class ReadLog {
  readonly warnings: VolumeWarning[] = [];
  readonly steps: ReceiptStep[] = [];
  readonly facts: InspectionFacts = {};
  /** Shown the voxels in RAS axes before they are judged, so that a refused scan can be looked at; keeps none of them. */
  readonly onVoxels: ((seen: SeenVolume) => void) | undefined;

  constructor(onVoxels?: (seen: SeenVolume) => void) {
    this.onVoxels = onVoxels;
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
