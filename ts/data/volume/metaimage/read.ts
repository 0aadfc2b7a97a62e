import { readHead, throwIfAborted } from "../../../files/index.ts";
import type { ReadLog } from "../log.ts";
import { headerError, headerLimitBytes } from "../raw/header.ts";
import { readRawVolume } from "../raw/volume.ts";
import type { ReadOptions, SourceVolume } from "../source.ts";
import { readFields } from "./fields.ts";
import { isLocal, voxelFiles } from "./files.ts";
import { metaImageAffine } from "./geometry.ts";
import { readHeader } from "./header.ts";

/**
 * Reads one MetaImage: a .mha, or a .mhd with the voxel files beside it.
 *
 * @throws TomoeError `DATA_HEADER`, `DATA_GEOMETRY`, `DATA_UNSUPPORTED`, `DATA_DTYPE_UNSUPPORTED`,
 * `DATA_PIXEL_CALIBRATION`, and those of `readRawVolume`.
 */
export async function readMetaImage(path: string, options: ReadOptions, log: ReadLog): Promise<SourceVolume> {
  const { bytes, sizeBytes } = await readHead(path, headerLimitBytes);
  throwIfAborted(options.signal);
  const fields = readFields(bytes, bytes.length === sizeBytes);
  const local = isLocal(fields);
  if (!local && bytes.length < sizeBytes)
    throw headerError(`the MetaImage header does not end within ${headerLimitBytes} bytes`);
  const header = readHeader(fields, log);
  return await readRawVolume(
    {
      container: "metaimage",
      shapeXYZ: header.shapeXYZ,
      type: header.type,
      littleEndian: header.littleEndian,
      affine: metaImageAffine(fields, header.dims, log),
      stackAxisXYZ: 2,
      declared: header.declared,
      statedRange: header.statedRange,
      storage: {
        compressed: header.compressed ? "zlib" : undefined,
        compressedBytes: header.compressedBytes,
      },
      detachedHeader: local ? undefined : bytes,
    },
    () => voxelFiles(path, fields, header),
    options,
    log,
  );
}
