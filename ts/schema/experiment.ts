import type { z } from "zod";
import type { folderOptions, layoutOptions, phantomOptions } from "./options/data.ts";
import { experimentOptions } from "./options/index.ts";
import type { modelOptions } from "./options/model.ts";
import type { routerOptions } from "./options/router.ts";
import type { ValuesOf, WrittenIn } from "./options/row.ts";
import type { stageOptions } from "./options/stage.ts";
import { schemaOf } from "./options/zod.ts";

/**
 * What a user writes, as a schema made of the table of options. Unknown keys are refused; `config/resolve`
 * adds the cross-checks that one key alone cannot see.
 */
export const experimentSchema: z.ZodType<ExperimentConfig, ExperimentInput> = schemaOf(experimentOptions);

/**
 * Under this key of `globalThis` a command line that imports a recipe is the recipe's host: the public `run()` and
 * `sweep()` hand what they were given to it instead of carrying it out by themselves.
 */
export const recipeHostKey = Symbol.for("tomoe.recipe-host");

// Interfaces, so that a compile error calls them by name.

/** What `defineExperiment` takes, before defaults. */
export interface ExperimentInput extends WrittenIn<typeof experimentOptions> {}
/** Defaults filled in and checked key by key; cross-checks and digest are added by `config/resolve`. */
export interface ExperimentConfig extends ValuesOf<typeof experimentOptions> {}
export type EvaluationConfig = ExperimentConfig["evaluation"];
export interface StageInput extends WrittenIn<typeof stageOptions> {}
export interface StageConfig extends ValuesOf<typeof stageOptions> {}
export interface PhantomInput extends WrittenIn<typeof phantomOptions> {}
export interface FolderInput extends WrittenIn<typeof folderOptions> {}
export interface LayoutInput extends WrittenIn<typeof layoutOptions> {}
export interface ModelInput extends WrittenIn<typeof modelOptions> {}
export interface RouterInput extends WrittenIn<typeof routerOptions> {}
