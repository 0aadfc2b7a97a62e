import type { ReceiptStep, TripleDHW, WindowHu } from "../../../schema/volume.ts";
import type { LaidVolume } from "../../volume/orient.ts";
import { type Box, foreground } from "../sample/foreground.ts";
import { type Lines, windowedLines } from "../sample/lines.ts";
import { inTheMiddle, placed } from "./place.ts";
import { type Sampling, type SamplingName, samplings } from "./sampling.ts";

/** Names the graph in digests, caches and checkpoints; it changes whenever the same input would give other voxels. */
export const preprocessGraph = "tomoe.preprocess/1";

/**
 * What is done to the HU of a volume, in this order: another spacing, the window, the crop, the size. What is absent
 * is left out. Axes are those of the volume.
 */
export interface Graph {
  /** Millimetres between voxels. */
  readonly spacingMmDHW?: TripleDHW | undefined;
  /** The smallest box that holds every voxel above the lower end of the lowest window. */
  readonly crop?: "foreground" | undefined;
  /** Voxels of the result; those of the box when absent. */
  readonly sizeDHW?: TripleDHW | undefined;
  /**
   * How the size is reached: "stretch" resizes, and is taken when absent; "pad" keeps the scale, cuts about the middle
   * and pads with the window's lower end.
   */
  readonly fit?: "stretch" | "pad" | undefined;
  /** How new voxels are made of old ones; "area" when absent. */
  readonly sampling?: SamplingName | undefined;
}

/** What a graph is asked to make, and of what. */
export interface GraphJob<T> {
  readonly volume: LaidVolume;
  readonly graph: Graph;
  /** One or more: each becomes an array, all on one grid. */
  readonly windowsHu: readonly [WindowHu, ...WindowHu[]];
  /** Gives an array of D*H*W; int16 gets the nearest whole HU, halves upward. */
  readonly allocate: (shapeDHW: TripleDHW) => T;
}

/** What a graph made: HU clamped to the window, an array a window. */
export interface Brought<T> {
  readonly shapeDHW: TripleDHW;
  readonly channels: readonly T[];
  readonly steps: readonly ReceiptStep[];
}

/** The grid that a graph comes to, before its size. */
interface Cropped {
  readonly sampling: Sampling;
  readonly spacedDHW: TripleDHW;
  readonly box: Box;
}

/** Brings a volume through a graph, once a window. */
export function throughGraph<T extends Int16Array | Float32Array>(job: GraphJob<T>): Brought<T> {
  const { volume, graph, windowsHu, allocate } = job;
  const sampling = samplings[graph.sampling ?? "area"];
  // Whatever lies above the lower end of another window lies above that of the lowest.
  const lowest = windowsHu.reduce((least, window) => (window.low < least.low ? window : least));
  const lines = spaced(volume, graph, lowest);
  const box: Box =
    graph.crop === undefined
      ? { start: [0, 0, 0], size: lines.shape }
      : foreground(lines, Math.fround(lowest.low));
  const shapeDHW = graph.sizeDHW ?? box.size;
  const channels = windowsHu.map((window) => {
    const out = allocate(shapeDHW);
    bring(window === lowest ? lines : spaced(volume, graph, window), { box, shapeDHW, ...job }, window, out);
    return out;
  });
  return { shapeDHW, channels, steps: stepsOf(job, { sampling, spacedDHW: lines.shape, box }) };
}

function spaced(volume: LaidVolume, { spacingMmDHW, sampling = "area" }: Graph, window: WindowHu): Lines {
  return spacingMmDHW === undefined
    ? windowedLines(volume, window)
    : samplings[sampling].spaced(volume, spacingMmDHW, window);
}

function bring(
  lines: Lines,
  { graph, box, shapeDHW }: { readonly graph: Graph; readonly box: Box; readonly shapeDHW: TripleDHW },
  window: WindowHu,
  out: Int16Array | Float32Array,
): void {
  if (isSame(box.size, shapeDHW)) placed(lines, { box, before: [0, 0, 0] }, shapeDHW, out);
  else if (graph.fit === "pad") {
    out.fill(out.BYTES_PER_ELEMENT === 2 ? Math.floor(window.low + 0.5) : window.low);
    placed(lines, inTheMiddle(box, shapeDHW), shapeDHW, out);
  } else samplings[graph.sampling ?? "area"].stretch(lines, box, shapeDHW, out);
}

function isSame(left: TripleDHW, right: TripleDHW): boolean {
  return left.every((length, axis) => length === right[axis]);
}

/** The receipt's lines for what was done, in the order of doing. */
function stepsOf<T>(
  { volume, graph, windowsHu }: GraphJob<T>,
  { sampling, spacedDHW, box }: Cropped,
): readonly ReceiptStep[] {
  const { spacingMmDHW, sizeDHW, crop, fit = "stretch" } = graph;
  const windows = windowsHu.map(({ low, high }, channel) => ({
    step: "window",
    low,
    high,
    ...(windowsHu.length > 1 ? { channel } : {}),
  }));
  const respaced =
    spacingMmDHW === undefined
      ? []
      : [
          {
            step: "space",
            fromMmDHW: volume.spacingMmDHW,
            toMmDHW: spacingMmDHW,
            fromDHW: volume.shapeDHW,
            toDHW: spacedDHW,
            rule: sampling.rule,
          },
        ];
  return [
    ...(sampling.isWindowedFirst ? [...windows, ...respaced] : [...respaced, ...windows]),
    ...(crop === undefined
      ? []
      : [
          {
            step: "crop",
            startDHW: box.start,
            sizeDHW: box.size,
            rule: "above the lowest window's lower end",
          },
        ]),
    ...(sizeDHW === undefined
      ? []
      : [
          fit === "pad"
            ? {
                step: "pad",
                fromDHW: box.size,
                toDHW: sizeDHW,
                rule: "about the middle, with the window's lower end",
              }
            : { step: "resize", fromDHW: box.size, toDHW: sizeDHW, rule: sampling.rule },
        ]),
  ];
}
