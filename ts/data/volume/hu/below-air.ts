import type { HuHistogram } from "./histogram.ts";
import { anotherScale, notHu, percent } from "./not-hu.ts";
import { leastAir, type Signature } from "./signature.ts";

/** Below this nothing is air any more, only padding outside the field of view. */
const belowAirHu = -1400;
/** From this share on, what lies there is more than a few bad voxels; padding is 21 to 24 % of real scans. */
const leastBelowAir = 0.05;
/**
 * Padding is one value, -3024, -2000 or -1500 in the real scans that have it; lossy compression spreads it a
 * little. Of what lies below air this share in this width makes it padding; it is all of it in those scans.
 */
const paddingWidth = 25;
const paddingShare = 0.6;

/**
 * Refuses values below any air in a picture without soft tissue, unless they are padding beside air.
 *
 * @throws TomoeError `DATA_NOT_HU`
 */
export function refuseBelowAir(histogram: HuHistogram, found: Signature): void {
  const { belowAir, padded } = shares(histogram);
  if (found.tissueFits || belowAir < leastBelowAir || (found.airShare >= leastAir && padded)) return;
  throw notHu(
    histogram,
    "values-below-air",
    `${percent(belowAir)} of the voxels lie below ${belowAirHu}, where nothing but padding can be, and no soft tissue lies at -100..200`,
    "An intercept was applied that does not belong to these values; convert the source again.",
  );
}

/**
 * Refuses what spreads below any air beside soft tissue while little or nothing is air: padding would be one
 * value, so it is air on a wrong scale.
 *
 * @throws TomoeError `DATA_NOT_HU`
 */
export function refuseSpreadBelowAir(histogram: HuHistogram, found: Signature): void {
  const { belowAir, padded } = shares(histogram);
  if (belowAir < leastBelowAir || found.airShare >= belowAir / 2 || padded || !found.tissueFits) return;
  throw notHu(
    histogram,
    "values-below-air",
    `${percent(belowAir)} of the voxels are spread below ${belowAirHu}, where padding would be one value, and ${percent(found.airShare)} are air at -1000`,
    anotherScale,
  );
}

function shares(histogram: HuHistogram): {
  readonly belowAir: number;
  readonly padded: boolean;
} {
  const belowAir = histogram.share(-(1 << 20), belowAirHu);
  const padding = histogram.densest(-32768, belowAirHu, paddingWidth).share;
  return { belowAir, padded: padding >= paddingShare * belowAir };
}
