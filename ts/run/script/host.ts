import type { Experiment, Sweep } from "../../config/index.ts";
import { recipeHostKey } from "../../schema/experiment.ts";
import type { RunDocument } from "../evaluate/scorecard.ts";
import type { SweepDocument } from "../sweep/record/document.ts";
import type { RunSettings, SweepSettings } from "./settings.ts";

/**
 * Who carries out what a script asks for while a command line imports it. The flags of the command hold for every
 * run; what the script itself says of one (a seed, a device) is handed along.
 */
export interface ScriptHost {
  /** Runs an experiment to its end, as `run` does. */
  run(experiment: Experiment, settings: RunSettings): Promise<RunDocument>;
  /** Carries out a sweep to its end, as `sweep` does. */
  sweep(sweep: Sweep, settings: SweepSettings): Promise<SweepDocument>;
}

interface HostScope {
  [recipeHostKey]?: ScriptHost;
}

/** The host of this process; undefined for a script that Node runs by itself. */
export function scriptHost(): ScriptHost | undefined {
  return (globalThis as HostScope)[recipeHostKey];
}
