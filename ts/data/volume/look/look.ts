import { airHu, tissueHu } from "../hu/signature.ts";
import { type Counts, countValues, quantiles } from "./counts.ts";
import { middlePlanes, type Plane, type SeenVolume } from "./planes.ts";

/** What is to be seen of a volume, whether it is HU or not. */
export interface Look {
  readonly planes: readonly Plane[];
  /** Over the range in which HU lie, and over a range that holds the values and the gate's marks. */
  readonly histograms: { readonly hu: Counts; readonly whole: Counts };
  /** What to show black and white: of HU always the same, of other values all but the last percents. */
  readonly windows: {
    readonly hu: { readonly low: number; readonly high: number };
    readonly whole: { readonly low: number; readonly high: number };
  };
  /** Where the HU gate looks for each tissue. */
  readonly bands: readonly { readonly name: string; readonly low: number; readonly high: number }[];
}

/** Lung to bone, with fat and soft tissue apart. */
const windowHu = { low: -1000, high: 600 };
const axisHu = { low: -1200, high: 1600 };
/** The axis of other values reaches at least to the end of soft tissue. */
const leastHigh = 300;
const bins = 140;
/** Fat, as the gate's messages name it. */
const fatHu = { low: -150, high: -40 };

/** Looks at a volume once it lies in RAS axes; keeps three planes and two histograms, not the voxels. */
export function lookAt(seen: SeenVolume): Look {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < seen.voxels.length; at++) {
    const value = seen.voxels[at] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const [low = min, high = max] = quantiles(seen.voxels, [0.01, 0.99]);
  return {
    planes: middlePlanes(seen),
    histograms: {
      hu: countValues(seen.voxels, axisHu.low, axisHu.high, bins),
      whole: countValues(seen.voxels, Math.min(min, axisHu.low), Math.max(max, leastHigh), bins),
    },
    windows: { hu: windowHu, whole: { low, high: Math.max(high, low + 1e-6) } },
    bands: [
      { name: "air", low: airHu.low, high: airHu.high },
      { name: "fat", ...fatHu },
      { name: "soft tissue", low: tissueHu.centreLow, high: tissueHu.centreHigh },
    ],
  };
}
