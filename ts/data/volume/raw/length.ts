import { TomoeError } from "../../../errors.ts";

/** Bytes after the last voxel that are a warning; more of them mean the header describes less than is there. */
export const trailingLimitBytes = 1 << 20;
/** Slices smaller than this are no pictures, and a few bytes behind the voxels are no slice of them. */
const leastPlaneBytes = 128;

/** True of a whole slice more than a header describes: voxels of another shape, not something that was left behind. */
export function isOfAnotherShape(moreBytes: number, planeBytes: number): boolean {
  return moreBytes > trailingLimitBytes || moreBytes >= Math.max(planeBytes, leastPlaneBytes);
}

/**
 * Refuses voxels that are fewer than the header describes, or more by a slice or by 1 MiB.
 *
 * @param where - what holds them, as a message calls it.
 * @returns how many bytes there are beyond what is needed, which is worth a warning.
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_HEADER` with both numbers.
 */
export function bytesBehind(have: number, need: number, planeBytes: number, where: string): number {
  const details = { haveBytes: have, needBytes: need };
  if (have < need)
    throw new TomoeError(
      "DATA_TRUNCATED",
      `${where} holds ${have} bytes of voxels where its header needs ${need}`,
      {
        hint: "It was cut short, or the header is of another scan; copy or download it again.",
        details,
      },
    );
  const more = have - need;
  if (isOfAnotherShape(more, planeBytes))
    throw new TomoeError(
      "DATA_HEADER",
      `${where} holds ${more} bytes more than the ${need} of voxels that its header describes`,
      { hint: "The header does not belong to these voxels; convert the scan again.", details },
    );
  return more;
}

/**
 * Refuses a volume that is larger than the caller allows, before any of it is read.
 *
 * @throws TomoeError `DATA_UNSUPPORTED`
 */
export function checkSize(
  shapeXYZ: readonly [number, number, number],
  type: string,
  bytesPerVoxel: number,
  maxBytes: number,
): void {
  const payloadBytes = shapeXYZ[0] * shapeXYZ[1] * shapeXYZ[2] * bytesPerVoxel;
  if (payloadBytes > maxBytes)
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `${shapeXYZ.join(" x ")} voxels of ${type} are ${payloadBytes} bytes, above the limit of ${maxBytes}`,
      {
        hint: "Crop or resample the scan; a program of your own can raise maxBytes of readVolume.",
        details: { payloadBytes, maxBytes },
      },
    );
}
