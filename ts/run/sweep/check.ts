import {
  baseToOpen,
  type Experiment,
  measuredOf,
  measures,
  type ResolvedExperiment,
} from "../../config/index.ts";
import { isTomoeError, type JsonValue, TomoeError } from "../../errors.ts";
import { didYouMean } from "../../schema/nearest.ts";
import type { Dimension, SweepPlan } from "../../schema/sweep/plan.ts";
import { checkPlan } from "../../sweep/index.ts";
import { resolveOpened, type ToResolve } from "../base/open.ts";
import { sourceOf } from "../prepare/sources.ts";

/** What every trial of a sweep is judged on. */
export const onValidation = 'evaluation.split="validation"';

interface Problem {
  readonly path: string;
  readonly message: string;
}

function invalid(name: string, problems: readonly Problem[]): TomoeError {
  const lines = problems.map(({ path, message }) => `${path}: ${message}`);
  return new TomoeError(
    "CONFIG_INVALID",
    lines.length === 1
      ? `sweep ${name}: ${lines[0]}`
      : `${lines.length} problems in the sweep ${name}:\n  ${lines.join("\n  ")}`,
    {
      hint: "Correct what is named above; nothing was begun.",
      details: { sweep: name, problems: problems as unknown as JsonValue },
    },
  );
}

/** The values of an option that show whether all of them fit it: the ends of a range, each of a choice. */
function witnesses(dimension: Dimension): readonly JsonValue[] {
  if (dimension.kind === "when") return witnesses(dimension.draws);
  return dimension.kind === "choice" ? dimension.of : [dimension.low, dimension.high];
}

/** The first thing that the schema of options says against the values of an option. */
function schemaProblem(
  experiment: Experiment,
  set: readonly string[],
  [path, dimension]: readonly [string, Dimension],
): Problem | undefined {
  for (const value of witnesses(dimension))
    try {
      baseToOpen(experiment.input, { set: [...set, `${path}=${JSON.stringify(value)}`] });
    } catch (error) {
      if (!isTomoeError(error)) throw error;
      return { path: `space.${path}`, message: `${JSON.stringify(value)} does not fit: ${error.what}` };
    }
  return undefined;
}

function objectiveProblem({ objective }: SweepPlan, { config }: ResolvedExperiment): Problem | undefined {
  if (measures(config, objective.metric)) return undefined;
  const measured = measuredOf(config);
  return {
    path: "objective.metric",
    message: `the recipe does not measure "${objective.metric}"${didYouMean(objective.metric, measured)}; it measures ${measured.join(", ")}`,
  };
}

/**
 * Whether a sweep can be carried out, as far as that is seen before its first trial: the plan by itself, every value
 * of its space by itself, the experiment as it stands, its objective, its validation split.
 *
 * @param job - the experiment and what holds for every trial.
 * @returns the experiment as it stands.
 * @throws TomoeError `CONFIG_INVALID` with every problem at once; of the experiment what `resolveOpened` throws;
 * `DATA_EMPTY` without a validation split.
 */
export async function checkSweep(plan: SweepPlan, job: Omit<ToResolve, "seed">): Promise<ResolvedExperiment> {
  const own = checkPlan(plan);
  if (own.length > 0) throw invalid(plan.name, own);
  const set = [...job.set, onValidation];
  baseToOpen(job.experiment.input, { set });
  const problems = Object.entries(plan.space).flatMap(
    (entry) => schemaProblem(job.experiment, set, entry) ?? [],
  );
  const resolved = await resolveOpened({ ...job, set });
  const all = [...problems, ...[objectiveProblem(plan, resolved)].filter((one) => one !== undefined)];
  if (all.length > 0) throw invalid(plan.name, all);
  const { evaluate } = await sourceOf(resolved.config.data).count(resolved.config);
  if (evaluate === 0)
    throw new TomoeError(
      "DATA_EMPTY",
      `sweep ${plan.name}: the data have no case in the split "validation"`,
      {
        hint: "A sweep judges its trials on the validation split, and leaves the test split alone: give it cases.",
        details: { sweep: plan.name, split: "validation" },
      },
    );
  return resolved;
}
