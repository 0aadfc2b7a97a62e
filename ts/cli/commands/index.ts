import type { CommandSpec, FlagSpec } from "../words/command.ts";

const runs: FlagSpec = {
  name: "runs",
  kind: "text",
  argument: "DIR",
  doc: "Folder of the runs; ./runs when absent.",
};
const device: FlagSpec = {
  name: "device",
  kind: "choice",
  choices: ["auto", "cpu", "cuda"],
  doc: "Where the worker computes; auto takes CUDA when it is there.",
};
const series: FlagSpec = {
  name: "series",
  kind: "text",
  argument: "UID-HASH",
  doc: "Which series of a folder that holds several, by the hash that the refusal lists.",
};
const scan = { name: "PATH", isRequired: true, doc: "a CT file, or a folder of one DICOM series" } as const;

/** Every command of this version. Nothing of a command is loaded before it is called. */
export const commands: readonly CommandSpec[] = [
  {
    name: "init",
    summary:
      "Write a folder with an experiment that runs at once on PhantomCT and shows where your own scans go.",
    arguments: [{ name: "DIR", isRequired: false, doc: "folder to write into; the current one when absent" }],
    flags: [],
    examples: ["tomoe init chest-ct && cd chest-ct"],
    load: async () => (await import("./init/run.ts")).init,
    schema: async () => (await import("../documents.ts")).documentSchema("init"),
  },
  {
    name: "setup",
    summary: "Make the Python side ready: only what is missing is installed.",
    arguments: [],
    flags: [],
    examples: ["tomoe setup"],
    load: async () => (await import("./setup/run.ts")).setup,
    schema: async () => (await import("../documents.ts")).documentSchema("setup"),
  },
  {
    name: "doctor",
    summary:
      "Check Node, Python, torch and its device, versions, disk, memory and sockets; name the command that mends each.",
    arguments: [
      {
        name: "RECIPE.ts",
        isRequired: false,
        doc: "experiment whose memory is estimated and compared; the embedded one when absent",
      },
    ],
    flags: [
      {
        name: "quick",
        kind: "switch",
        doc: "Do not import torch (saves seconds; its device is then not tried).",
      },
      runs,
    ],
    examples: ["tomoe doctor", "tomoe doctor chest-ct.ts", "tomoe doctor --quick --json"],
    load: async () => (await import("./doctor/run.ts")).doctor,
    schema: async () => (await import("../documents.ts")).documentSchema("doctor"),
  },
  {
    name: "inspect",
    summary: "Read a CT and print its geometry, its HU verdict and every decision taken.",
    arguments: [scan],
    flags: [series],
    examples: ["tomoe inspect scan.nii.gz", "tomoe inspect dicom-folder --json"],
    load: async () => (await import("./inspect/run.ts")).inspect,
    schema: async () => (await import("../documents.ts")).documentSchema("inspect"),
  },
  {
    name: "preprocess",
    summary: "Write a CT as .npy: HU on its own grid, or windowed and resized.",
    arguments: [scan],
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
        doc: "HU that become 0 and 1 (ct-hu).",
      },
      {
        name: "orientation",
        kind: "choice",
        choices: ["ras", "radiological"],
        doc: "Axes of the result; ras when absent (ct-hu).",
      },
      {
        name: "policy",
        kind: "text",
        argument: "tilt=resample,spacing=resample",
        doc: "Resample a tilted or irregular series instead of refusing it.",
      },
      series,
    ],
    examples: [
      "tomoe preprocess scan.nii.gz --preset hu --out scan.npy",
      "tomoe preprocess dicom-folder --preset ct-hu --size 32,256,256 --window -1000,1000 --out scan.npy",
    ],
    load: async () => (await import("./preprocess/run.ts")).preprocess,
    schema: async () => (await import("../documents.ts")).documentSchema("preprocess"),
  },
  {
    name: "run",
    summary: "Run an experiment from the first step to the scorecard, or go on with one.",
    arguments: [{ name: "RECIPE.ts", isRequired: false, doc: "TypeScript file that exports an experiment" }],
    flags: [
      {
        name: "resume",
        kind: "text",
        argument: "RUN",
        doc: "Go on with this run from its last checkpoint, in place of a recipe.",
      },
      {
        name: "set",
        kind: "text",
        argument: "path=value",
        isMany: true,
        doc: "Change one value of the experiment, e.g. stages.0.steps=10.",
      },
      { name: "seed", kind: "integer", argument: "N", doc: "In place of the experiment's seed." },
      device,
      runs,
      {
        name: "dry-run",
        kind: "switch",
        doc: "Resolve and check everything, print the plan, train nothing.",
      },
    ],
    examples: [
      "tomoe run chest-ct.ts",
      "tomoe run chest-ct.ts --set stages.0.steps=10 --seed 11",
      "tomoe run --resume 20261124-153012-chest-ct-k3f9",
    ],
    load: async () => (await import("./run/run.ts")).run,
    schema: async () => (await import("../documents.ts")).documentSchema("run"),
  },
  {
    name: "predict",
    summary: "Write a report of a scan and answer questions about it, with the model of a run.",
    arguments: [{ name: "SCAN", isRequired: true, doc: "a CT file, or a folder of one DICOM series" }],
    flags: [
      {
        name: "run",
        kind: "text",
        argument: "RUN|latest",
        isRequired: true,
        doc: "Run id, the beginning of one, or latest: the newest finished run that has a checkpoint.",
      },
      {
        name: "checkpoint",
        kind: "text",
        argument: "NAME",
        doc: "An older checkpoint of the run to answer with; its newest when absent.",
      },
      { name: "report", kind: "switch", doc: "Write a report." },
      {
        name: "question",
        kind: "text",
        argument: "Q",
        isMany: true,
        doc: "A question; each is routed by its own text and choices.",
      },
      {
        name: "choices",
        kind: "text",
        argument: "A|B|C|D",
        isMany: true,
        doc: "Options of the question before it.",
      },
      device,
      runs,
    ],
    examples: [
      "tomoe predict scan.nii.gz --run latest --report",
      'tomoe predict scan.nii.gz --run latest --question "Which plane is shown?" --choices "axial|coronal|sagittal|oblique" --json',
    ],
    load: async () => (await import("./predict/run.ts")).predict,
    schema: async () => (await import("../documents.ts")).documentSchema("predict"),
  },
  {
    name: "score",
    summary: "Score a file of predictions: metrics per task with confidence intervals.",
    arguments: [
      {
        name: "PREDICTIONS.jsonl",
        isRequired: true,
        doc: "one JSON object a line: id, case, task, target, prediction; choices for closed-vqa; type and subject where known",
      },
    ],
    flags: [
      {
        name: "profile",
        kind: "choice",
        choices: ["strict", "m3d-compat"],
        isRequired: true,
        doc: "strict: our parser; m3d-compat: the rules of M3D's own scripts.",
      },
    ],
    examples: ["tomoe score runs/20261124-153012-chest-ct-k3f9/predictions.jsonl --profile strict"],
    load: async () => (await import("./score/run.ts")).score,
    schema: async () => (await import("../documents.ts")).documentSchema("score"),
  },
  {
    name: "runs ls",
    summary: "List the runs, oldest first, broken ones with the reason.",
    arguments: [],
    flags: [runs],
    examples: ["tomoe runs ls", "tomoe runs ls --runs elsewhere --json"],
    load: async () => (await import("./runs/run.ts")).runsLs,
    schema: async () => (await import("../documents.ts")).documentSchema("runs ls"),
  },
  {
    name: "runs show",
    summary: "Show one run: status, last metrics, checkpoints, scorecard, the command that goes on with it.",
    arguments: [{ name: "RUN", isRequired: true, doc: "run id, the beginning of one, or latest" }],
    flags: [runs],
    examples: ["tomoe runs show latest"],
    load: async () => (await import("./runs/run.ts")).runsShow,
    schema: async () => (await import("../documents.ts")).documentSchema("runs show"),
  },
];
