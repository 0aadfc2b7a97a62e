import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { policyFlag, scanArgument, seriesFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe preprocess`; nothing of it is loaded before it is called. */
export const preprocessSpec: CommandSpec = {
  name: "preprocess",
  summary: "Write a CT as .npy: HU on its own grid, or windowed and resized.",
  arguments: [scanArgument],
  flags: [
    {
      name: "preset",
      kind: "choice",
      choices: ["hu", "ct-hu", "m3d-compat"],
      isRequired: true,
      doc: "hu: int16 HU, native grid, RAS+; ct-hu: float32 in 0..1; m3d-compat: as M3D-CLIP does.",
    },
    { name: "out", kind: "text", argument: "X.npy", isRequired: true, doc: "File to write." },
    { name: "size", kind: "numbers", count: 3, argument: "D,H,W", doc: "Voxels of the result (ct-hu)." },
    {
      name: "spacing",
      kind: "numbers",
      count: 3,
      argument: "d,h,w",
      doc: "Millimetres between voxels of the result (ct-hu).",
    },
    {
      name: "window",
      kind: "numbers",
      count: 2,
      argument: "low,high",
      isMany: true,
      doc: "HU that become 0 and 1 (ct-hu); each of several is a channel.",
    },
    {
      name: "crop",
      kind: "choice",
      choices: ["foreground"],
      doc: "Keep the box of what lies above the window's lower end (ct-hu).",
    },
    {
      name: "fit",
      kind: "choice",
      choices: ["stretch", "pad"],
      doc: "Reach the size by resizing, or by cutting and padding about the middle; stretch when absent.",
    },
    {
      name: "sampling",
      kind: "choice",
      choices: ["area", "linear"],
      doc: "New voxels as means, or as points between old ones, as MONAI's (ct-hu); area when absent.",
    },
    {
      name: "orientation",
      kind: "choice",
      choices: ["ras", "radiological"],
      doc: "Axes of the result; ras when absent (ct-hu).",
    },
    seriesFlag,
    policyFlag,
  ],
  examples: [
    "tomoe preprocess scan.nii.gz --preset hu --out scan.npy",
    "tomoe preprocess dicom-folder --preset ct-hu --size 32,256,256 --window -1000,1000 --out scan.npy",
    "tomoe preprocess scan.nii.gz --preset ct-hu --spacing 1.5,1,1 --crop foreground --size 240,360,360 --fit pad --out x.npy",
    "tomoe preprocess head --preset hu --policy tilt=resample,spacing=resample --out head.npy",
  ],
  load: async () => (await import("./run.ts")).preprocess,
  schema: async () => schemaOf("preprocess", (await import("./document.ts")).preprocessDocument),
};
