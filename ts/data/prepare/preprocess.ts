import { defined } from "../../defined.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { digestJson } from "../../schema/digest.ts";
import type { Receipt, ReceiptStep, TripleDHW, Volume, WindowHu } from "../../schema/volume.ts";
import type { AxisSources } from "../volume/geometry.ts";
import { orientVoxels } from "../volume/orient.ts";
import { isSize, isWindow, sizesSaid, windowSaid } from "./ranges.ts";
import { resizeClamped } from "./resize.ts";

/** The TypeScript half of the preprocess contract: HU volume -> int16 model input. */
export interface PreprocessConfig {
  /** Model input, D x H x W in model axes; D = 1 for single slices. */
  readonly sizeDHW: TripleDHW;
  /** Voxels outside are set to its ends. */
  readonly windowHu: WindowHu;
  /**
   * What the model's depth axis is: the body axis, or the axis along which the source stacked its slices (as
   * M3D shows it).
   */
  readonly stack: "axial" | "acquired";
  /** Voxels are shades of a picture in 0..1, laid over the window; HU when absent. */
  readonly intensity?: "picture" | undefined;
}

/** int16 HU in model orientation, rows of one shape one after another. */
export interface ModelInput {
  readonly voxels: Int16Array;
  readonly rows: number;
  /** Shape of one row. */
  readonly shapeDHW: TripleDHW;
  /** The volume's receipt with the steps to here. */
  readonly receipt: Receipt;
}

/** How a stack is shown: slices along a RAS axis, each turned the way radiologists see it. */
export interface View {
  readonly name: "axial" | "coronal" | "sagittal";
  readonly slices: string;
  readonly rows: string;
  readonly columns: string;
  /** Where model W, H, D come from among the stored x (Right), y (Anterior), z (Superior). */
  readonly sources: AxisSources;
}

const views: readonly [View, View, View] = [
  {
    name: "axial",
    slices: "inferior to superior",
    rows: "row 0 anterior",
    columns: "column 0 patient right",
    sources: [
      { stored: 0, flipped: true },
      { stored: 1, flipped: true },
      { stored: 2, flipped: false },
    ],
  },
  {
    name: "coronal",
    slices: "posterior to anterior",
    rows: "row 0 superior",
    columns: "column 0 patient right",
    sources: [
      { stored: 0, flipped: true },
      { stored: 2, flipped: true },
      { stored: 1, flipped: false },
    ],
  },
  {
    name: "sagittal",
    slices: "left to right",
    rows: "row 0 superior",
    columns: "column 0 anterior",
    sources: [
      { stored: 1, flipped: true },
      { stored: 2, flipped: true },
      { stored: 0, flipped: false },
    ],
  },
];

/** Names this transform graph in digests; it changes whenever the same input would give other voxels. */
const graph = "tomoe.preprocess/1";

/**
 * Makes the model's input of a volume: clamp to the window, resize, round to whole HU, turn each slice the
 * radiological way.
 *
 * Resize: area average on an axis that shrinks, linear on one that grows, none on one that keeps its length;
 * not isotropic, as in M3D.
 * @throws TomoeError `CONFIG_INVALID` for a window or size that cannot be.
 */
export function preprocessVolume(volume: Volume, config: PreprocessConfig): ModelInput {
  checkConfig(config);
  const axis = config.stack === "axial" ? 0 : volume.stackAxis;
  return transform(volume, config, axis, config.sizeDHW, 1);
}

/**
 * Makes every slice of a volume's stack a model input of its own, `[1, H, W]` each, in stack order.
 *
 * @param config - `sizeDHW[0]` must be 1; `stack` says along which axis.
 * @throws TomoeError `CONFIG_INVALID`
 */
export function preprocessSlices(volume: Volume, config: PreprocessConfig): ModelInput {
  checkConfig(config);
  if (config.sizeDHW[0] !== 1) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `sizeDHW is ${config.sizeDHW.join(" x ")}; single slices need depth 1`,
      { hint: "Set the first of sizeDHW to 1, or read whole volumes.", details: { sizeDHW: config.sizeDHW } },
    );
  }
  const axis = config.stack === "axial" ? 0 : volume.stackAxis;
  const slices = volume.shapeDHW[axis];
  return transform(volume, config, axis, [slices, config.sizeDHW[1], config.sizeDHW[2]], slices);
}

function transform(
  volume: Volume,
  config: PreprocessConfig,
  axis: 0 | 1 | 2,
  size: TripleDHW,
  rows: number,
): ModelInput {
  const view = views[axis];
  const sizeRas = modelToRas(view, size);
  const resized = new Int16Array(size[0] * size[1] * size[2]);
  resizeClamped(volume.voxels, volume.shapeDHW, sizeRas, config.windowHu, resized);
  const steps: readonly ReceiptStep[] = [
    { step: "window", low: config.windowHu.low, high: config.windowHu.high },
    {
      step: "resize",
      fromDHW: volume.shapeDHW,
      toDHW: sizeRas,
      rule: "area where shorter, linear where longer",
    },
    {
      step: "turn",
      stack: config.stack,
      view: view.name,
      slices: view.slices,
      rows: view.rows,
      columns: view.columns,
    },
  ];
  return {
    voxels: turnToModel(resized, sizeRas, axis),
    rows,
    shapeDHW: config.sizeDHW,
    receipt: { ...volume.receipt, steps: [...volume.receipt.steps, ...steps] },
  };
}

/** Sizes in RAS order D, H, W of an array whose model order is `size`. */
function modelToRas(view: View, size: TripleDHW): TripleDHW {
  const ras: [number, number, number] = [1, 1, 1];
  // Sources list model W, H, D by stored x, y, z, which are RAS W, H, D.
  view.sources.forEach((source, model) => {
    ras[2 - source.stored] = size[2 - model] ?? 1;
  });
  return ras;
}

/**
 * Turns a RAS array (D Superior, H Anterior, W Right) into a stack of slices along `stackAxis`, each the
 * radiological way.
 *
 * @returns the turned array; its shape is [slices, rows, columns].
 */
export function turnToModel(voxels: Int16Array, shapeDHW: TripleDHW, stackAxis: 0 | 1 | 2): Int16Array {
  return orientVoxels(voxels, [shapeDHW[2], shapeDHW[1], shapeDHW[0]], views[stackAxis].sources);
}

/** How slices along a RAS axis are shown. */
export function viewOf(stackAxis: 0 | 1 | 2): View {
  return views[stackAxis];
}

/** Shape [slices, rows, columns] of a RAS array once it is turned for `stackAxis`. */
export function turnedShape(shapeDHW: TripleDHW, stackAxis: 0 | 1 | 2): TripleDHW {
  const [w, h, d] = views[stackAxis].sources;
  return [shapeDHW[2 - d.stored] ?? 1, shapeDHW[2 - h.stored] ?? 1, shapeDHW[2 - w.stored] ?? 1];
}

/**
 * SHA-256, hex, over the RFC 8785 JSON of both halves of the preprocess contract.
 *
 * @param workerHalf - what the worker does after it: channel windows, mean, standard deviation, input size.
 */
export function preprocessDigest(config: PreprocessConfig, workerHalf: JsonValue): string {
  checkConfig(config);
  const { sizeDHW, windowHu, stack, intensity } = config;
  const halves = {
    graph,
    typescript: {
      sizeDHW,
      windowHu: { low: windowHu.low, high: windowHu.high },
      stack,
      ...defined({ intensity }),
    },
    worker: workerHalf,
  };
  return digestJson(halves, "the preprocess contract");
}

function checkConfig({ sizeDHW, windowHu, stack }: PreprocessConfig): void {
  if (!isSize(sizeDHW))
    throw new TomoeError("CONFIG_INVALID", `sizeDHW is ${sizeDHW.join(" x ")}, not ${sizesSaid}`, {
      hint: "Give the model's input size as [D, H, W].",
      details: { sizeDHW },
    });
  const { low, high } = windowHu;
  if (!isWindow(windowHu)) {
    throw new TomoeError("CONFIG_INVALID", `windowHu is ${low}..${high}, not ${windowSaid}`, {
      hint: "A wide CT window is -1000..1000.",
      details: { low: String(low), high: String(high) },
    });
  }
  if (stack !== "axial" && stack !== "acquired")
    throw new TomoeError("CONFIG_INVALID", `stack is ${JSON.stringify(stack)}, not "axial" or "acquired"`, {
      hint: "Choose one of the two.",
    });
}
