import type { ArgumentSpec, FlagSpec } from "./command.ts";

/** `--runs`, of every command that looks for runs. */
export const runsFlag: FlagSpec = {
  name: "runs",
  kind: "text",
  argument: "DIR",
  doc: "Folder of the runs; ./runs when absent.",
};
/** `--device`, of every command that computes. */
export const deviceFlag: FlagSpec = {
  name: "device",
  kind: "choice",
  choices: ["auto", "cpu", "cuda"],
  doc: "Where the worker computes; auto takes CUDA when it is there.",
};
/** `--no-cache`, of every command that prepares the volumes of a data set. */
export const noCacheFlag: FlagSpec = {
  name: "no-cache",
  kind: "switch",
  doc: "Prepare every volume anew: the cache of the project is neither read nor filled.",
};
/** `--series`, of every command that reads a scan. */
export const seriesFlag: FlagSpec = {
  name: "series",
  kind: "text",
  argument: "ID",
  doc: "Which series of a folder, or which part of one (a stack, a phase), by its listed id.",
};
/** `--policy`, of every command that reads a scan. */
export const policyFlag: FlagSpec = {
  name: "policy",
  kind: "text",
  argument: "tilt=resample,spacing=resample",
  doc: "Resample a tilted or irregular series in place of refusing it; a gap stays refused.",
};
/** The scan that a command reads. */
export const scanArgument: ArgumentSpec = {
  name: "PATH",
  isRequired: true,
  doc: "a CT file, or a folder of one DICOM series",
};
