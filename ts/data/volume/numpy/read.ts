import { TomoeError } from "../../../errors.ts";
import { printable, readHead, throwIfAborted } from "../../../files/index.ts";
import type { AffineRas } from "../../../schema/volume.ts";
import { type Affine, geometryError, type Vector3 } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { headerLimitBytes } from "../raw/header.ts";
import { readRawVolume } from "../raw/volume.ts";
import type { ReadOptions, SourceVolume } from "../source.ts";
import { type NpyHeader, readNpyHeader } from "./header.ts";

/**
 * Reads a numpy array of slices, rows and columns. The format states no geometry: without `options.affineRas` it is
 * refused, after its header was checked.
 *
 * @throws TomoeError `DATA_GEOMETRY`, `DATA_UNSUPPORTED`, `DATA_DTYPE_UNSUPPORTED`, `DATA_HEADER`,
 * `CONFIG_INVALID` for an affine that is none, and those of `readRawVolume`.
 */
export async function readNpy(path: string, options: ReadOptions, log: ReadLog): Promise<SourceVolume> {
  const { bytes } = await readHead(path, headerLimitBytes);
  throwIfAborted(options.signal);
  const header = readNpyHeader(bytes);
  const { shapeDHW, fortranOrder } = header;
  const [d, h, w] = shapeDHW;
  const shapeXYZ = fortranOrder ? ([d, h, w] as const) : ([w, h, d] as const);
  log.facts.sourceShapeXYZ = shapeXYZ;
  if (options.affineRas === undefined)
    throw geometryError(
      `${printable(path)} is a numpy file, which states no voxel size and no orientation: which side of its ${shapeDHW.join(" x ")} numbers is left is not known`,
      "Give the DICOM series or the .nii.gz it was made from; a program of your own can state affineRas of readVolume.",
      { shape: shapeDHW },
    );
  log.step("affine", { source: "caller" });
  return await readRawVolume(
    {
      container: `npy-${header.version}`,
      shapeXYZ,
      type: header.type,
      littleEndian: header.littleEndian,
      affine: storedAffine(options.affineRas, header),
      stackAxisXYZ: fortranOrder ? 0 : 2,
      storage: {},
    },
    async () => await Promise.resolve([{ path, where: printable(path), named: true, from: header.bytes }]),
    options,
    log,
  );
}

/** Columns of the caller's affine (w, h, d) in the order in which the file stores the axes. */
function storedAffine(rows: AffineRas, { fortranOrder }: NpyHeader): Affine {
  const [x, y, z, last] = rows;
  if (![...x, ...y, ...z].every(Number.isFinite) || last.join() !== "0,0,0,1")
    throw new TomoeError(
      "CONFIG_INVALID",
      "affineRas is no matrix of finite numbers with a last row of 0, 0, 0, 1",
      {
        hint: "Give (w, h, d, 1) -> mm in RAS+ axes, as affineRas of a Volume has it.",
      },
    );
  const column = (at: 0 | 1 | 2 | 3): Vector3 => [x[at], y[at], z[at]];
  const [w, h, d] = [column(0), column(1), column(2)];
  return { columns: fortranOrder ? [d, h, w] : [w, h, d], origin: column(3) };
}
