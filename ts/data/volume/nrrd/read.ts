import { readHead, throwIfAborted } from "../../../files/index.ts";
import type { ReadLog } from "../log.ts";
import { headerError, headerLimitBytes } from "../raw/header.ts";
import { readRawVolume } from "../raw/volume.ts";
import type { ReadOptions, SourceVolume } from "../source.ts";
import { readFields } from "./fields.ts";
import { voxelFiles } from "./files.ts";
import { readHeader } from "./header.ts";
import { nrrdSpace } from "./space.ts";

/**
 * Reads one NRRD: a .nrrd, or a .nhdr with the voxel files beside it.
 *
 * @throws TomoeError `DATA_HEADER`, `DATA_GEOMETRY`, `DATA_UNSUPPORTED`, `DATA_DTYPE_UNSUPPORTED`,
 * `DATA_PIXEL_CALIBRATION`, and those of `readRawVolume`.
 */
export async function readNrrd(path: string, options: ReadOptions, log: ReadLog): Promise<SourceVolume> {
  const { bytes, sizeBytes } = await readHead(path, headerLimitBytes);
  throwIfAborted(options.signal);
  const fields = readFields(bytes, bytes.length === sizeBytes);
  const detached = fields.values.has("datafile");
  if (detached && bytes.length < sizeBytes)
    throw headerError(`the NRRD header does not end within ${headerLimitBytes} bytes`);
  const header = readHeader(fields, log);
  const { shapeXYZ, affine } = nrrdSpace(fields, header.sizes, log);
  return await readRawVolume(
    {
      container: `nrrd-${fields.version}`,
      shapeXYZ,
      type: header.type,
      littleEndian: header.littleEndian,
      affine,
      stackAxisXYZ: 2,
      statedRange: header.statedRange,
      declared: fields.declared,
      storage: { compressed: header.compressed, skipInside: header.skipInside },
      detachedHeader: detached ? bytes : undefined,
    },
    () => voxelFiles(path, fields, header),
    options,
    log,
  );
}
