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
/** `--series`, of every command that reads a scan. */
export const seriesFlag: FlagSpec = {
  name: "series",
  kind: "text",
  argument: "UID-HASH",
  doc: "Which series of a folder that holds several, by the hash that the refusal lists.",
};
/** The scan that a command reads. */
export const scanArgument: ArgumentSpec = {
  name: "PATH",
  isRequired: true,
  doc: "a CT file, or a folder of one DICOM series",
};
