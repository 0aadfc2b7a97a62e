import { defined } from "../../defined.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { digestJson } from "../../schema/digest.ts";
import type { Receipt, TripleDHW, Volume, WindowHu } from "../../schema/volume.ts";
import { type Graph, preprocessGraph, throughGraph } from "./graph/graph.ts";
import { isSize, isSpacing, isWindow, sizesSaid, spacingsSaid, windowSaid } from "./ranges.ts";
import { modelToRas, turnToModel, viewOf } from "./views.ts";

/**
 * The TypeScript half of the preprocess contract: HU volume -> int16 model input. Sizes and spacings are in model
 * axes.
 */
export interface PreprocessConfig extends Graph {
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

/**
 * Makes the model's input of a volume: through the graph, rounded to whole HU, each slice turned the radiological
 * way.
 *
 * Without other wishes the graph is the window and a resize: area average on an axis that shrinks, linear on one that
 * grows, none on one that keeps its length; not isotropic, as in M3D.
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
  const { spacingMmDHW, crop, fit } = config;
  if ([spacingMmDHW, crop, fit].some((option) => option !== undefined))
    throw new TomoeError(
      "CONFIG_INVALID",
      "single slices take no spacing, crop or fit: there is one for each slice of the scan",
      {
        hint: "Leave them out, or read whole volumes.",
        details: defined({ spacingMmDHW, crop, fit }),
      },
    );
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
  const view = viewOf(axis);
  const { spacingMmDHW, crop, fit, sampling, windowHu } = config;
  const sizeRas = modelToRas(view, size);
  const graph: Graph = {
    sizeDHW: sizeRas,
    spacingMmDHW: spacingMmDHW && modelToRas(view, spacingMmDHW),
    crop,
    fit,
    sampling,
  };
  const { channels, steps } = throughGraph({
    volume,
    graph,
    windowsHu: [windowHu],
    allocate: (size) => new Int16Array(size[0] * size[1] * size[2]),
  });
  const turn = {
    step: "turn",
    stack: config.stack,
    view: view.name,
    slices: view.slices,
    rows: view.rows,
    columns: view.columns,
  };
  return {
    voxels: turnToModel(channels[0] ?? new Int16Array(), sizeRas, axis),
    rows,
    shapeDHW: config.sizeDHW,
    receipt: { ...volume.receipt, steps: [...volume.receipt.steps, ...steps, turn] },
  };
}

/**
 * SHA-256, hex, over the RFC 8785 JSON of both halves of the preprocess contract.
 *
 * @param workerHalf - what the worker does after it: channel windows, mean, standard deviation, input size.
 */
export function preprocessDigest(config: PreprocessConfig, workerHalf: JsonValue): string {
  checkConfig(config);
  return digestJson(
    { graph: preprocessGraph, typescript: statedConfig(config), worker: workerHalf },
    "the preprocess contract",
  );
}

/** A configuration as digests and records have it: what is not asked for does not stand in it. */
export function statedConfig(config: PreprocessConfig): { readonly [key: string]: JsonValue } {
  const { sizeDHW, windowHu, stack, intensity, spacingMmDHW, crop, fit, sampling } = config;
  return {
    sizeDHW,
    windowHu: { low: windowHu.low, high: windowHu.high },
    stack,
    ...defined({ intensity, spacingMmDHW, crop, fit, sampling }),
  };
}

function checkConfig({ sizeDHW, windowHu, stack, spacingMmDHW }: PreprocessConfig): void {
  if (!isSize(sizeDHW))
    throw new TomoeError("CONFIG_INVALID", `sizeDHW is ${sizeDHW.join(" x ")}, not ${sizesSaid}`, {
      hint: "Give the model's input size as [D, H, W].",
      details: { sizeDHW },
    });
  if (spacingMmDHW !== undefined && !isSpacing(spacingMmDHW))
    throw new TomoeError(
      "CONFIG_INVALID",
      `spacingMmDHW is ${spacingMmDHW.join(" x ")}, not ${spacingsSaid}`,
      {
        hint: "Give the millimetres between voxels as [D, H, W].",
        details: { spacingMmDHW },
      },
    );
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
