import { TomoeError } from "../../../errors.ts";
import { throwIfAborted } from "../../../files/index.ts";
import type { Receipt, TripleDHW, VolumeWarning } from "../../../schema/volume.ts";
import { noteExtent } from "../claims/extent.ts";
import { placedOptions } from "../claims/stated.ts";
import { nearestRas, notePlaceholder, orientAffine, spacingDHW } from "../geometry.ts";
import { ReadLog } from "../log.ts";
import { candidateAt, formatOf, readers } from "../readers.ts";
import type { ReadOptions } from "../source.ts";

/** What the headers of a scan say of it, in RAS+ axes. */
export interface ScanGrid {
  readonly format: Receipt["format"];
  readonly shapeDHW: TripleDHW;
  readonly spacingMmDHW: TripleDHW;
  readonly warnings: readonly VolumeWarning[];
}

/**
 * Reads the headers of a scan without its voxels, where its format allows it.
 *
 * @returns null for a format that is read whole all the same, and for a scan whose geometry a caller states.
 * @throws TomoeError as `readVolume`, but for what only voxels show; `DATA_NOT_HU` for a header that declares
 * something else.
 */
export async function readGrid(path: string, options: ReadOptions = {}): Promise<ScanGrid | null> {
  throwIfAborted(options.signal);
  const candidate = await candidateAt(path);
  const format = await formatOf(candidate);
  const reader = readers[format];
  if (reader.readGrid === undefined || options.calibration !== undefined) return null;
  const log = new ReadLog();
  const { shapeXYZ, affine, declared } = await reader.readGrid(
    candidate,
    placedOptions(options, reader.statesGeometry),
    log,
  );
  if (declared !== undefined)
    throw new TomoeError("DATA_NOT_HU", `the header declares ${declared}, not Hounsfield units`, {
      hint: "Give the scan itself; if these are HU, correct that field of the header.",
      details: { cause: "declared" },
    });
  notePlaceholder(affine, log);
  noteExtent(affine, shapeXYZ, 2, log);
  const sources = nearestRas(affine);
  const [right, anterior, superior] = sources;
  return {
    format,
    shapeDHW: [shapeXYZ[superior.stored], shapeXYZ[anterior.stored], shapeXYZ[right.stored]],
    spacingMmDHW: spacingDHW(orientAffine(affine, shapeXYZ, sources)),
    warnings: log.warnings,
  };
}
