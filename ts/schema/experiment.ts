import type { z } from "zod";
import { experimentOptions } from "./options/index.ts";
import type { ValuesOf, WrittenIn } from "./options/row.ts";
import type { stageOptions } from "./options/stage.ts";
import { schemaOf } from "./options/zod.ts";

/**
 * What a user writes, as a schema made of the table of options. Unknown keys are refused; `config/resolve`
 * adds the cross-checks that one key alone cannot see.
 */
export const experimentSchema: z.ZodType<ExperimentConfig, ExperimentInput> = schemaOf(experimentOptions);

/** What `defineExperiment` takes, before defaults. */
export type ExperimentInput = WrittenIn<typeof experimentOptions>;
/** Defaults filled in and checked key by key; cross-checks and digest are added by `config/resolve`. */
export type ExperimentConfig = ValuesOf<typeof experimentOptions>;
export type EvaluationConfig = ExperimentConfig["evaluation"];
export type StageInput = WrittenIn<typeof stageOptions>;
export type StageConfig = ValuesOf<typeof stageOptions>;
