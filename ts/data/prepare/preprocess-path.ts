import { type JsonValue, TomoeError } from "../../errors.ts";
import { writeWhole } from "../../files/index.ts";
import { digestJson } from "../../schema/digest.ts";
import type { Receipt, ReceiptStep, TripleDHW, Volume, WindowHu } from "../../schema/volume.ts";
import { withInspection } from "../volume/inspect.ts";
import { ReadLog } from "../volume/log.ts";
import { orientVoxels } from "../volume/orient.ts";
import { readVolumeLogged } from "../volume/read.ts";
import type { ReadOptions } from "../volume/source.ts";
import { m3dCompat } from "./m3d-compat.ts";
import { npyChunks } from "./npy.ts";
import { isHoldable, isSize, isSpacing, isWindow, sizesSaid, spacingsSaid, windowSaid } from "./ranges.ts";
import { resizeClamped } from "./resize.ts";

/** What `tomoe preprocess` is asked for; the keys mirror its flags. */
export interface PreprocessPathOptions extends ReadOptions {
  readonly preset: "hu" | "ct-hu" | "m3d-compat";
  /** Output file, ending in .npy; written whole or not at all, replacing what is there. */
  readonly out: string;
  readonly sizeDHW?: TripleDHW;
  /** Target spacing in mm; `ct-hu` alone, not together with a size. */
  readonly spacingMmDHW?: TripleDHW;
  readonly windowHu?: WindowHu;
  /** `ct-hu` alone; "ras" is the default. */
  readonly orientation?: "ras" | "radiological";
}

/** The document of `tomoe preprocess ... --json`. */
export interface PreprocessDocument {
  readonly ok: true;
  readonly out: string;
  readonly dtype: "int16" | "float32";
  readonly shapeDHW: TripleDHW;
  readonly presetDigest: string;
  readonly receipt: Receipt;
  readonly warnings: Volume["warnings"];
}

interface Product {
  readonly data: Int16Array | Float32Array;
  readonly shapeDHW: TripleDHW;
  readonly steps: readonly ReceiptStep[];
  /** What the digest covers beside the preset's name. */
  readonly settings: { readonly [key: string]: JsonValue };
}

const wideWindow: WindowHu = { low: -1000, high: 1000 };
/** The flags that each preset takes beside the output. */
const takes = {
  hu: [],
  "ct-hu": ["size", "spacing", "window", "orientation"],
  "m3d-compat": ["size", "window"],
} as const;

/**
 * Reads a scan and writes it as .npy.
 *
 * `hu`: int16 HU (float32 where int16 is not exact) on the native grid, RAS+ axes. `ct-hu`: float32 in [0,1]
 * after window (default -1000..1000) and
 * resize (area where shorter, linear where longer). `m3d-compat`: see `m3dCompat`.
 * @throws TomoeError as `inspectPath`; `USAGE_INVALID` for flags a preset does not take; `OUTPUT_CREATE`,
 * `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
 */
export async function preprocessPath(
  path: string,
  options: PreprocessPathOptions,
): Promise<PreprocessDocument> {
  checkOptions(options);
  const log = new ReadLog(options);
  let volume: Volume;
  try {
    volume = await readVolumeLogged(path, options, log);
  } catch (error) {
    throw withInspection(error, log);
  }
  const product =
    options.preset === "hu"
      ? native(volume)
      : options.preset === "ct-hu"
        ? ctHu(volume, options)
        : m3dProduct(volume, options);
  await writeWhole(options.out, npyChunks(product.data, product.shapeDHW), { mode: 0o666, setBy: "--out" });
  const contract = { presets: "tomoe.presets/1", preset: options.preset, ...product.settings };
  return {
    ok: true,
    out: options.out,
    dtype: product.data.BYTES_PER_ELEMENT === 2 ? "int16" : "float32",
    shapeDHW: product.shapeDHW,
    presetDigest: digestJson(contract, "the preset's settings"),
    receipt: { ...volume.receipt, steps: [...volume.receipt.steps, ...product.steps] },
    warnings: volume.warnings,
  };
}

function native(volume: Volume): Product {
  return { data: volume.voxels, shapeDHW: volume.shapeDHW, steps: [], settings: {} };
}

function ctHu(volume: Volume, options: PreprocessPathOptions): Product {
  const { low, high } = options.windowHu ?? wideWindow;
  const spacing = options.spacingMmDHW;
  const size = options.sizeDHW ?? (spacing === undefined ? volume.shapeDHW : sizeForSpacing(volume, spacing));
  const voxels = size[0] * size[1] * size[2];
  if (!isHoldable(size)) throw usage([tooManyVoxels(size)]);
  const data = new Float32Array(voxels);
  resizeClamped(volume.voxels, volume.shapeDHW, size, { low, high }, data);
  for (let i = 0; i < voxels; i++) data[i] = ((data[i] ?? 0) - low) / (high - low);
  const radiological = options.orientation === "radiological";
  const turned = radiological
    ? orientVoxels(
        data,
        [size[2], size[1], size[0]],
        [
          { stored: 0, flipped: true },
          { stored: 1, flipped: true },
          { stored: 2, flipped: false },
        ],
      )
    : data;
  return {
    data: turned,
    shapeDHW: size,
    steps: [
      { step: "window", low, high },
      {
        step: "resize",
        fromDHW: volume.shapeDHW,
        toDHW: size,
        rule: "area where shorter, linear where longer",
      },
      { step: "scale", from: [low, high], to: [0, 1] },
      ...(radiological
        ? [{ step: "turn", view: "axial", rows: "row 0 anterior", columns: "column 0 patient right" }]
        : []),
    ],
    settings: {
      windowHu: { low, high },
      sizeDHW: options.sizeDHW ?? null,
      spacingMmDHW: spacing ?? null,
      orientation: options.orientation ?? "ras",
    },
  };
}

/**
 * The size that keeps the field of view at about the asked spacing: at least one voxel, rounded to the
 * nearest.
 */
function sizeForSpacing(volume: Volume, spacing: TripleDHW): TripleDHW {
  const along = (axis: 0 | 1 | 2): number =>
    Math.max(1, Math.round((volume.shapeDHW[axis] * volume.spacingMmDHW[axis]) / spacing[axis]));
  return [along(0), along(1), along(2)];
}

function m3dProduct(volume: Volume, options: PreprocessPathOptions): Product {
  const { voxels, shapeDHW, steps, settings } = m3dCompat(volume, options.sizeDHW, options.windowHu);
  return { data: voxels, shapeDHW, steps, settings };
}

interface Problem {
  readonly what: string;
  readonly hint: string;
}

/** Refuses options that do not fit, all of them at once, before the scan is looked at. */
function checkOptions(options: PreprocessPathOptions): void {
  const { preset, out } = options;
  if (!Object.hasOwn(takes, preset))
    throw usage([
      { what: `there is no preset ${JSON.stringify(preset)}`, hint: "Presets are hu, ct-hu and m3d-compat." },
    ]);
  const problems = [...flagProblems(options), ...rangeProblems(options)];
  if (!out.endsWith(".npy"))
    problems.unshift({
      what: `the output ${JSON.stringify(out)} does not end in .npy`,
      hint: "Give --out a name that ends in .npy.",
    });
  if (problems.length > 0) throw usage(problems);
}

function flagProblems({
  preset,
  sizeDHW,
  spacingMmDHW,
  windowHu,
  orientation,
}: PreprocessPathOptions): Problem[] {
  const given = Object.entries({
    size: sizeDHW,
    spacing: spacingMmDHW,
    window: windowHu,
    orientation,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const taken: readonly string[] = takes[preset];
  const problems = given
    .filter((name) => !taken.includes(name))
    .map((name) => ({
      what: `preset ${preset} takes no --${name}`,
      hint:
        preset === "hu"
          ? "Preset hu leaves the scan as it is; ct-hu takes a window and a size."
          : `Preset ${preset} takes ${taken.map((flag) => `--${flag}`).join(", ")}.`,
    }));
  if (problems.length === 0 && sizeDHW !== undefined && spacingMmDHW !== undefined)
    problems.push({ what: "--size and --spacing exclude each other", hint: "Give one of the two." });
  return problems;
}

function rangeProblems({ sizeDHW, spacingMmDHW, windowHu }: PreprocessPathOptions): Problem[] {
  const problems: Problem[] = [];
  if (sizeDHW !== undefined && !isSize(sizeDHW))
    problems.push({ what: `--size ${sizeDHW.join(",")} is not ${sizesSaid}`, hint: "Give it as D,H,W." });
  else if (sizeDHW !== undefined && !isHoldable(sizeDHW)) problems.push(tooManyVoxels(sizeDHW));
  if (spacingMmDHW !== undefined && !isSpacing(spacingMmDHW))
    problems.push({
      what: `--spacing ${spacingMmDHW.join(",")} is not ${spacingsSaid}`,
      hint: "Give it as d,h,w in mm.",
    });
  if (windowHu !== undefined && !isWindow(windowHu))
    problems.push({
      what: `--window ${windowHu.low},${windowHu.high} is not ${windowSaid} HU`,
      hint: "A wide CT window is -1000,1000.",
    });
  return problems;
}

function tooManyVoxels(size: TripleDHW): Problem {
  return {
    what: `${size.join(" x ")} voxels are more than one array holds`,
    hint: "Choose a smaller size or a larger spacing.",
  };
}

function usage(problems: readonly Problem[]): TomoeError {
  return new TomoeError("USAGE_INVALID", problems.map(({ what }) => what).join("; "), {
    hint: problems[0]?.hint ?? "",
    details: { problems: problems.map(({ what }) => what) },
  });
}
