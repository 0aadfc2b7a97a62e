import type { TrainingStageOptions } from "../../gen/options.ts";
import type { StageInput } from "../../schema/experiment.ts";
import type { stageOptions } from "../../schema/options/stage.ts";
import type { ComponentName, ObjectiveName, PartName } from "../../schema/stage.ts";
import type { StageOf } from "./parts.ts";
import type { Written } from "./ranges.ts";

/** Options of a training phase; `C` are the components and parts it trains. */
export type StageOptions<C extends ComponentName | PartName> = TrainingStageOptions<C, ObjectiveName>;

interface StageRows extends Omit<typeof stageOptions, "objectives" | "name" | "data" | "routing"> {
  // A name that is no objective is an unknown option, not a number.
  readonly objectives: {
    readonly kind: "group";
    readonly options: { readonly [objective in ObjectiveName]: (typeof stageOptions)["objectives"]["of"] };
  };
}

type StageKind = "shared" | "specific" | "warm-up" | (string & {});

function phase(name: string, data: "slices" | "volumes", options: object): StageInput {
  return { ...(options as Omit<StageInput, "name" | "data">), name, data };
}

/**
 * A training phase on whole volumes. The phase named `specific` clones the shared experts once per task and
 * routes hard by task;
 * every other one trains one shared group.
 *
 * @param name - lower case with dashes.
 * @param options - what it trains, for how many optimizer steps, at what rates.
 */
export function stage<const C extends ComponentName | PartName, const O extends StageOptions<C>>(
  name: StageKind,
  options: Written<StageOptions<C>, O, StageRows>,
): StageOf<C> {
  return phase(name, "volumes", options) as StageOf<C>;
}

/** A 2D pre-training phase on single slices, before the lift. */
export function pretrain2d<const C extends ComponentName | PartName, const O extends StageOptions<C>>(
  name: string,
  options: Written<StageOptions<C>, O, StageRows>,
): StageOf<C> {
  return phase(name, "slices", options) as StageOf<C>;
}
