import type { HuHistogram } from "./histogram.ts";
import { notHu, percent } from "./not-hu.ts";

/**
 * Equal neighbours are 1 to 9 % of a CT with noise and three in four of a map whose patches are four voxels wide; values that pile up at the
 * lowest and highest voxel (clipping, padding) are not counted.
 */
const leastEqual = 0.6;
/** No map has more classes; a picture that holds fewer values than this is worth a look. */
const mostClasses = 512;
/** Neighbours looked at, spread over the volume. */
const samples = 200_000;

/**
 * Refuses class numbers: few distinct values in flat patches, where a CT has noise.
 *
 * @param voxels - any axis fastest, so that entries beside each other are neighbours.
 * @throws TomoeError `DATA_NOT_HU`
 */
export function refuseLabels(voxels: Int16Array | Float32Array, histogram: HuHistogram): void {
  if (histogram.max - histogram.min > mostClasses * 16) return;
  const stride = Math.max(1, Math.floor(voxels.length / samples));
  const seen = new Set<number>();
  let pairs = 0;
  let equal = 0;
  for (let at = 0; at + 1 < voxels.length; at += stride) {
    const [value, next] = [voxels[at] ?? 0, voxels[at + 1] ?? 0];
    if (value === histogram.min || value === histogram.max) continue;
    seen.add(value);
    if (seen.size > mostClasses) return;
    pairs++;
    if (value === next) equal++;
  }
  if (pairs < 1000 || equal < leastEqual * pairs) return;
  throw notHu(
    histogram,
    "labels",
    `${percent(equal / pairs)} of neighbours are equal and there are ${seen.size + 2} distinct values at most: class numbers of a segmentation, without the noise of a CT`,
    "Give the scan that was segmented; this is its label map.",
  );
}
