import type { HuHistogram } from "./histogram.ts";
import { anotherScale, n, notHu, percent } from "./not-hu.ts";
import { airHu, floorSpike } from "./signature.ts";

/** Dense bone starts here, and is never this share of a picture: 4 % at most in the real scans, in a head. */
const denseHu = 700;
const mostDense = 0.25;
/** Share of the voxels in the commonest 60 HU of -620..-200: at most 0.6 % in real scans, 2.2 in PhantomCT. */
const mostCrowded = 0.2;
/**
 * Share of the commonest single value from -100 up: 0.2 to 0.8 % in real scans, 14 % in one made of 8-bit slices;
 * the black of a picture or a mask holds 24 % and more.
 */
const mostAlike = 0.2;

/** True when more than a quarter is denser than bone is. */
export function isTooDense(histogram: HuHistogram): boolean {
  return histogram.share(denseHu, 1 << 20) > mostDense;
}

/**
 * Refuses a narrow peak between aerated lung and fat, where nothing of a body crowds together: it is air on a
 * smaller scale.
 *
 * @throws TomoeError `DATA_NOT_HU`
 */
export function refuseMisplacedCrowd(histogram: HuHistogram): void {
  const crowd = histogram.densest(-620, -200, airHu.width);
  if (crowd.share <= mostCrowded) return;
  throw notHu(
    histogram,
    "not-ct-like",
    `${percent(crowd.share)} of the voxels crowd at ${n(crowd.start + airHu.width / 2)}, where neither air, lung nor fat is`,
    anotherScale,
  );
}

/**
 * Refuses a picture without air that has a pile at one value, which is a mask or a picture's black, or more
 * dense voxels than bone can be.
 *
 * @throws TomoeError `DATA_NOT_HU`
 */
export function refuseWithoutAir(histogram: HuHistogram): void {
  const floor = floorSpike(histogram);
  const spike = histogram.densest(-100, 1500, 1);
  if (spike.share > mostAlike || (floor !== undefined && histogram.min >= -100)) {
    const [share, value] = spike.share > mostAlike ? [spike.share, spike.start] : [floor ?? 0, histogram.min];
    throw notHu(
      histogram,
      "not-ct-like",
      `${percent(share)} of the voxels are exactly ${n(value)} and none is air (-1000 HU): a masked, 8-bit or MR background`,
      "Use the scan as acquired, in HU, with air at -1000 around the body.",
    );
  }
  if (isTooDense(histogram)) {
    throw notHu(
      histogram,
      "not-ct-like",
      `no voxel is air (-1000 HU), and ${percent(histogram.share(denseHu, 1 << 20))} of the voxels lie above ${denseHu}, more than bone can be`,
      anotherScale,
    );
  }
}
