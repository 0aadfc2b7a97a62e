import { isTomoeError, type JsonValue, quoting } from "../../errors.ts";
import type { AffineRas, HuVerdict, Receipt, TripleDHW, VolumeWarning } from "../../schema/volume.ts";
import { ReadLog } from "./log.ts";
import type { SeenVolume } from "./look/planes.ts";
import { readScan } from "./read.ts";
import type { ReadOptions } from "./source.ts";

/** The document of `tomoe inspect PATH --json`. */
export interface InspectDocument {
  readonly ok: true;
  readonly format: Receipt["format"];
  readonly sourceOrientation: string;
  readonly sourceShapeXYZ: readonly [number, number, number];
  readonly shapeDHW: TripleDHW;
  readonly spacingMmDHW: TripleDHW;
  readonly orientation: "RAS";
  readonly affineRas: AffineRas;
  readonly hu: HuVerdict;
  readonly receipt: Receipt;
  readonly warnings: readonly VolumeWarning[];
}

/** How to inspect a scan. */
export interface InspectOptions extends ReadOptions {
  /** Shown the voxels in RAS axes, HU or not, once they are judged; they are not to be kept or changed. */
  readonly onVoxels?: (seen: SeenVolume) => void;
}

/**
 * Reads a scan and says what it is: geometry, HU verdict, and every decision on the way.
 *
 * @throws TomoeError exactly when `readVolume` refuses the scan, with what could be read of the document in
 * `details.inspection`.
 */
export async function inspectPath(path: string, options: InspectOptions = {}): Promise<InspectDocument> {
  const log = new ReadLog(options);
  try {
    const { laid, receipt, warnings, turned } = await readScan(path, options, log);
    // Nobody else looks at the voxels, so that they stay as they lie.
    if (options.onVoxels !== undefined) turned();
    const { shapeDHW, spacingMmDHW, affineRas, hu } = laid;
    return {
      ok: true,
      format: receipt.format,
      sourceOrientation: receipt.sourceOrientation,
      sourceShapeXYZ: receipt.sourceShapeXYZ,
      shapeDHW,
      spacingMmDHW,
      orientation: "RAS",
      affineRas,
      hu,
      receipt,
      warnings,
    };
  } catch (error) {
    throw withInspection(error, log);
  }
}

/**
 * The same error with `details.inspection`: the keys of the document that are known, the steps so far and the
 * warnings.
 */
export function withInspection(error: unknown, log: ReadLog): unknown {
  if (!isTomoeError(error) || log.facts.format === undefined) return error;
  const inspection: { readonly [key: string]: JsonValue } = {
    ...toJson(log.facts),
    receipt: { steps: log.steps },
    warnings: log.warnings.map((warning) => ({ ...warning })),
  };
  return quoting(error, error.what, { details: { inspection } });
}

function toJson(facts: ReadLog["facts"]): { readonly [key: string]: JsonValue } {
  const { hu, ...plain } = facts;
  return { ...plain, ...(hu === undefined ? {} : { hu: { ...hu } }) };
}
