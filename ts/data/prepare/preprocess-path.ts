import { defined } from "../../defined.ts";
import type { JsonValue } from "../../errors.ts";
import { writeWhole } from "../../files/index.ts";
import { digestJson } from "../../schema/digest.ts";
import type { Receipt, ReceiptStep, TripleDHW, Volume, WindowHu } from "../../schema/volume.ts";
import { withInspection } from "../volume/inspect.ts";
import { ReadLog } from "../volume/log.ts";
import { orientVoxels } from "../volume/orient.ts";
import { type ReadScan, readScan } from "../volume/read.ts";
import { type Graph, preprocessGraph, throughGraph } from "./graph/graph.ts";
import { m3dCompat } from "./m3d-compat.ts";
import { npyChunks } from "./npy.ts";
import {
  checkOptions,
  type PreprocessPathOptions,
  tooManyVoxels,
  usage,
  windowsOf,
} from "./preprocess-options.ts";
import { isHoldable } from "./ranges.ts";

export type { PreprocessPathOptions } from "./preprocess-options.ts";

/** The document of `tomoe preprocess ... --json`. */
export interface PreprocessDocument {
  readonly ok: true;
  readonly out: string;
  readonly dtype: "int16" | "float32";
  readonly shapeDHW: TripleDHW;
  /** Windows beside each other: with more than one the array is channels x D x H x W. */
  readonly channels: number;
  readonly presetDigest: string;
  readonly receipt: Receipt;
  readonly warnings: Volume["warnings"];
}

interface Product {
  /** One array a channel. */
  readonly channels: readonly (Int16Array | Float32Array)[];
  readonly shapeDHW: TripleDHW;
  readonly steps: readonly ReceiptStep[];
  /** What the digest covers beside the preset's name. */
  readonly settings: { readonly [key: string]: JsonValue };
}

const wideWindow: WindowHu = { low: -1000, high: 1000 };

/**
 * Reads a scan and writes it as .npy.
 *
 * `hu`: int16 HU (float32 where int16 is not exact) on the native grid, RAS+ axes. `ct-hu`: float32 in [0,1] through
 * the graph (`Graph`: spacing, window, crop, size), the window -1000..1000 where none is given; several windows are
 * channels before D. `m3d-compat`: see `m3dCompat`.
 * @throws TomoeError as `inspectPath`; `USAGE_INVALID` for flags a preset does not take; `OUTPUT_CREATE`,
 * `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
 */
export async function preprocessPath(
  path: string,
  options: PreprocessPathOptions,
): Promise<PreprocessDocument> {
  checkOptions(options);
  const log = new ReadLog(options);
  let scan: ReadScan;
  try {
    scan = await readScan(path, options, log);
  } catch (error) {
    throw withInspection(error, log);
  }
  const { channels, shapeDHW, steps, settings } = products[options.preset](scan, options);
  const shape = channels.length === 1 ? shapeDHW : [channels.length, ...shapeDHW];
  await writeWhole(options.out, npyChunks(channels, shape), { mode: 0o666, setBy: "--out" });
  const contract = { presets: "tomoe.presets/2", preset: options.preset, ...settings };
  return {
    ok: true,
    out: options.out,
    dtype: channels[0]?.BYTES_PER_ELEMENT === 2 ? "int16" : "float32",
    shapeDHW,
    channels: channels.length,
    presetDigest: digestJson(contract, "the preset's settings"),
    receipt: { ...scan.receipt, steps: [...scan.receipt.steps, ...steps] },
    warnings: scan.warnings,
  };
}

/** What each preset makes of a scan; what takes all of its voxels turns them first, what samples them does not. */
const products: {
  readonly [preset in PreprocessPathOptions["preset"]]: (
    scan: ReadScan,
    options: PreprocessPathOptions,
  ) => Product;
} = { hu: native, "ct-hu": ctHu, "m3d-compat": m3dProduct };

function native(scan: ReadScan): Product {
  const volume = scan.turned();
  return { channels: [volume.voxels], shapeDHW: volume.shapeDHW, steps: [], settings: {} };
}

function ctHu(scan: ReadScan, options: PreprocessPathOptions): Product {
  const { sizeDHW, spacingMmDHW, crop, fit, sampling, orientation = "ras" } = options;
  const graph: Graph = { sizeDHW, spacingMmDHW, crop, fit, sampling };
  const [first = wideWindow, ...others] = windowsOf(options);
  const windowsHu = [first, ...others] as const;
  const { channels, shapeDHW, steps } = throughGraph({
    volume: sampling === "linear" ? scan.laid : scan.turned(),
    graph,
    windowsHu,
    allocate: (size) => {
      if (!isHoldable(size)) throw usage([tooManyVoxels(size)]);
      return new Float32Array(size[0] * size[1] * size[2]);
    },
  });
  channels.forEach((channel, at) => {
    const { low, high } = windowsHu[at] ?? wideWindow;
    for (let i = 0; i < channel.length; i++) channel[i] = ((channel[i] ?? 0) - low) / (high - low);
  });
  const isTurned = orientation === "radiological";
  return {
    channels: isTurned ? channels.map((channel) => turned(channel, shapeDHW)) : channels,
    shapeDHW,
    steps: [
      ...steps,
      ...windowsHu.map(({ low, high }) => ({ step: "scale", from: [low, high], to: [0, 1] })),
      ...(isTurned
        ? [{ step: "turn", view: "axial", rows: "row 0 anterior", columns: "column 0 patient right" }]
        : []),
    ],
    settings: {
      graph: preprocessGraph,
      windowsHu: windowsHu.map(({ low, high }) => ({ low, high })),
      orientation,
      ...defined({ sizeDHW, spacingMmDHW, crop, fit, sampling }),
    },
  };
}

function turned(channel: Float32Array, [d, h, w]: TripleDHW): Float32Array {
  return orientVoxels(
    channel,
    [w, h, d],
    [
      { stored: 0, flipped: true },
      { stored: 1, flipped: true },
      { stored: 2, flipped: false },
    ],
  );
}

function m3dProduct({ laid }: ReadScan, options: PreprocessPathOptions): Product {
  const { voxels, shapeDHW, steps, settings } = m3dCompat(laid, options.sizeDHW, windowsOf(options)[0]);
  return { channels: [voxels], shapeDHW, steps, settings: { graph: preprocessGraph, ...settings } };
}
