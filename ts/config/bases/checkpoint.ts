import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { Base } from "./base.ts";
import { phi3v } from "./phi3v.ts";

type CheckpointConfig = Extract<ExperimentConfig["model"]["base"], { kind: "checkpoint" }>;

/** A folder of pre-trained weights, which this version names and does not load. */
export function checkpointBase({ path }: CheckpointConfig): Base {
  return {
    components: phi3v.components,
    pixels: phi3v.pixels,
    architecture: undefined,
    pretrain: [],
    problems: [
      {
        path: "model.base.path",
        message: `"${path}": this version trains a tiny Phi-3-V from scratch; loading a checkpoint folder comes with \`tomoe import\``,
      },
    ],
    title: `"${path}"`,
  };
}
