import { TomoeError } from "../../errors.ts";
import type { TripleDHW, WindowHu } from "../../schema/volume.ts";
import type { ReadOptions } from "../volume/source.ts";
import type { Graph } from "./graph/graph.ts";
import { samplings } from "./graph/sampling.ts";
import { isHoldable, isSize, isSpacing, isWindow, sizesSaid, spacingsSaid, windowSaid } from "./ranges.ts";

/** What `tomoe preprocess` is asked for; the keys mirror its flags, those of the graph are `ct-hu`'s alone. */
export interface PreprocessPathOptions extends ReadOptions, Graph {
  readonly preset: "hu" | "ct-hu" | "m3d-compat";
  /** Output file, ending in .npy; written whole or not at all, replacing what is there. */
  readonly out: string;
  /** Voxels of the result; `m3d-compat` takes it too. */
  readonly sizeDHW?: TripleDHW;
  /** HU that become 0 and 1; of a list each is a channel, in `ct-hu` alone. */
  readonly windowHu?: WindowHu | readonly WindowHu[];
  /** `ct-hu` alone; "ras" is the default. */
  readonly orientation?: "ras" | "radiological";
}

/** The flags that each preset takes beside the output. */
const takes = {
  hu: [],
  "ct-hu": ["size", "spacing", "window", "crop", "fit", "sampling", "orientation"],
  "m3d-compat": ["size", "window"],
} as const;

interface Problem {
  readonly what: string;
  readonly hint: string;
}

/** The windows that were asked for, none where the option is absent. */
export function windowsOf({ windowHu }: Pick<PreprocessPathOptions, "windowHu">): readonly WindowHu[] {
  return windowHu === undefined ? [] : "low" in windowHu ? [windowHu] : windowHu;
}

/**
 * Refuses options that do not fit, all of them at once, before the scan is looked at.
 *
 * @throws TomoeError `USAGE_INVALID`
 */
export function checkOptions(options: PreprocessPathOptions): void {
  const { preset, out } = options;
  if (!Object.hasOwn(takes, preset))
    throw usage([
      { what: `there is no preset ${JSON.stringify(preset)}`, hint: "Presets are hu, ct-hu and m3d-compat." },
    ]);
  const problems = [...flagProblems(options), ...rangeProblems(options), ...windowProblems(options)];
  if (!out.endsWith(".npy"))
    problems.unshift({
      what: `the output ${JSON.stringify(out)} does not end in .npy`,
      hint: "Give --out a name that ends in .npy.",
    });
  if (problems.length > 0) throw usage(problems);
}

function flagProblems(options: PreprocessPathOptions): Problem[] {
  const { preset, sizeDHW, spacingMmDHW, windowHu, crop, fit, sampling, orientation } = options;
  const given = Object.entries({
    size: sizeDHW,
    spacing: spacingMmDHW,
    window: windowHu,
    crop,
    fit,
    sampling,
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
  if (problems.length === 0 && fit !== undefined && sizeDHW === undefined)
    problems.push({ what: "--fit says how a size is reached, and there is none", hint: "Give --size too." });
  return problems;
}

function rangeProblems({ sizeDHW, spacingMmDHW, crop, fit, sampling }: PreprocessPathOptions): Problem[] {
  const problems: Problem[] = [];
  if (sizeDHW !== undefined && !isSize(sizeDHW))
    problems.push({ what: `--size ${sizeDHW.join(",")} is not ${sizesSaid}`, hint: "Give it as D,H,W." });
  else if (sizeDHW !== undefined && !isHoldable(sizeDHW)) problems.push(tooManyVoxels(sizeDHW));
  if (spacingMmDHW !== undefined && !isSpacing(spacingMmDHW))
    problems.push({
      what: `--spacing ${spacingMmDHW.join(",")} is not ${spacingsSaid}`,
      hint: "Give it as d,h,w in mm.",
    });
  const choices = {
    crop: [crop, ["foreground"]],
    fit: [fit, ["stretch", "pad"]],
    sampling: [sampling, Object.keys(samplings)],
  } as const;
  for (const [name, [value, known]] of Object.entries(choices))
    if (value !== undefined && !(known as readonly string[]).includes(value))
      problems.push({
        what: `--${name} ${JSON.stringify(value)} is not one of ${known.join(", ")}`,
        hint: `Choose one of ${known.join(", ")}.`,
      });
  return problems;
}

function windowProblems(options: PreprocessPathOptions): Problem[] {
  const windows = windowsOf(options);
  const problems: Problem[] = windows
    .filter((window) => !isWindow(window))
    .map(({ low, high }) => ({
      what: `--window ${low},${high} is not ${windowSaid} HU`,
      hint: "A wide CT window is -1000,1000.",
    }));
  if (options.windowHu !== undefined && windows.length === 0)
    problems.push({ what: "the list of windows is empty", hint: "Give one window or more." });
  if (options.preset === "m3d-compat" && windows.length > 1)
    problems.push({
      what: `preset m3d-compat makes one picture and was given ${windows.length} windows`,
      hint: "Give one --window; ct-hu makes a channel of each.",
    });
  return problems;
}

/** What is wrong with a size that no array holds. */
export function tooManyVoxels(size: TripleDHW): Problem {
  return {
    what: `${size.join(" x ")} voxels are more than one array holds`,
    hint: "Choose a smaller size or a larger spacing.",
  };
}

/** `USAGE_INVALID` that says all problems. */
export function usage(problems: readonly Problem[]): TomoeError {
  return new TomoeError("USAGE_INVALID", problems.map(({ what }) => what).join("; "), {
    hint: problems[0]?.hint ?? "",
    details: { problems: problems.map(({ what }) => what) },
  });
}
