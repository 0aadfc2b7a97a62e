import type { Evaluation, Experiment, RecipeSource, ResolvedExperiment } from "../../config/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { checkJson } from "../../files/index.ts";
import { digestJson } from "../../schema/digest.ts";
import { experimentSchema } from "../../schema/experiment.ts";
import { isTaskId, type TaskId } from "../../schema/task.ts";
import { listRuns, openRun } from "../../track/read/index.ts";
import { resolveOpened } from "../base/open.ts";
import { readResolved } from "../read-run.ts";
import type { DeviceChoice, WorkerSource } from "../workers.ts";
import type { EvalRequest } from "./record/folder.ts";

/** A run, one as an evaluation asks it, or the recipe that made one: its newest finished run, asked as the recipe now says. */
export type EvalSource =
  | { readonly run: string }
  | { readonly asked: Evaluation }
  | { readonly experiment: Experiment; readonly recipe: RecipeSource };

export interface RequestWish {
  readonly source: EvalSource;
  readonly runsDir: string;
  readonly device: DeviceChoice;
  readonly signal: AbortSignal;
  readonly workers: WorkerSource;
}

/** What of an experiment makes its model: all but how it is asked and carried out. */
function modelPart({ config }: ResolvedExperiment): string {
  const { evaluation: _evaluation, tasks: _tasks, execution: _execution, ...rest } = config;
  return digestJson(rest, "the experiment");
}

/** The newest finished run with a checkpoint that a recipe has made. */
async function runOfRecipe(resolved: ResolvedExperiment, runsDir: string): Promise<string> {
  const wanted = modelPart(resolved);
  const finished = listRuns(runsDir).filter(
    ({ status, checkpoints, experimentName }) =>
      status === "finished" && checkpoints > 0 && experimentName === resolved.config.name,
  );
  for (const { runId } of finished.toReversed()) {
    const { paths } = await openRun(runsDir, runId);
    if (modelPart(await readResolved(paths.resolved)) === wanted) return runId;
  }
  throw new TomoeError(
    "RUN_NOT_FOUND",
    `no finished run in ${runsDir} was made by this recipe as it stands`,
    {
      hint:
        finished.length === 0
          ? 'Make one with "tomoe run RECIPE.ts".'
          : `Make one with "tomoe run RECIPE.ts", or evaluate one of the same name by its id: ${finished
              .slice(-3)
              .map(({ runId }) => runId)
              .join(", ")}.`,
      details: { runsDir, experiment: resolved.config.name },
    },
  );
}

/** One level of options over another: a group that is named in part keeps the rest. */
const over = (under: object, upper: object): object =>
  Object.fromEntries(
    Object.entries({ ...under, ...upper }).map(([key, value]: readonly [string, unknown]) => {
      const below = (under as Readonly<Record<string, unknown>>)[key];
      const isGroup = [below, value].every((one) => typeof one === "object" && !Array.isArray(one) && one);
      return [key, isGroup ? { ...(below as object), ...(value as object) } : value];
    }),
  );

/** The run of an evaluation, with what it says in place of the run's own recipe. */
async function askedRun(
  { run, tasks, evaluation }: Evaluation,
  runsDir: string,
): Promise<Pick<EvalRequest, "run" | "recipe">> {
  const { runId, paths } = await openRun(runsDir, run);
  const { config } = await readResolved(paths.resolved);
  const foreign = Object.keys(tasks).filter((task) => !Object.hasOwn(config.tasks, task));
  if (foreign.length > 0)
    throw new TomoeError("CONFIG_INVALID", `run ${runId} does not answer ${foreign.join(", ")}`, {
      hint: `It answers ${Object.keys(config.tasks).join(", ")}.`,
      details: { run: runId, tasks: Object.keys(config.tasks) },
    });
  const asked = { ...config, tasks, evaluation: over(config.evaluation, evaluation) };
  const checked = checkJson(
    JSON.parse(JSON.stringify(asked)) as JsonValue,
    "defineEval",
    experimentSchema,
    (path, what) =>
      new TomoeError("CONFIG_INVALID", `${path}: ${what}`, {
        hint: "What an evaluation may say stands in the reference of options, under evaluation and tasks.",
        details: { path },
      }),
  );
  const recipe = { evaluation: checked.evaluation, tasks: checked.tasks };
  return { run: runId, recipe: JSON.parse(JSON.stringify(recipe)) as EvalRequest["recipe"] };
}

/**
 * Which run is meant, and the parts of the recipe that say how it is asked.
 *
 * @throws TomoeError `RUN_NOT_FOUND`; `CONFIG_*` for a recipe that does not resolve.
 */
export async function sourceRun({
  source,
  ...wish
}: RequestWish): Promise<Pick<EvalRequest, "run" | "recipe">> {
  if ("asked" in source) return await askedRun(source.asked, wish.runsDir);
  if ("run" in source) return { run: (await openRun(wish.runsDir, source.run)).runId, recipe: null };
  const resolved = await resolveOpened({
    ...wish,
    experiment: source.experiment,
    source: source.recipe,
    set: [],
  });
  const { evaluation, tasks } = resolved.config;
  return {
    run: await runOfRecipe(resolved, wish.runsDir),
    recipe: JSON.parse(JSON.stringify({ evaluation, tasks })) as { evaluation: JsonValue; tasks: JsonValue },
  };
}

/** The run's experiment, asked as the request says. */
export function resolvedFor(resolved: ResolvedExperiment, { recipe }: EvalRequest): ResolvedExperiment {
  if (recipe === null) return resolved;
  const asked = { ...(JSON.parse(JSON.stringify(resolved.config)) as object), ...recipe } as JsonValue;
  const config = checkJson(
    asked,
    "eval.json",
    experimentSchema,
    (path, what) =>
      new TomoeError("RECORD_INVALID", `${path}: ${what}`, {
        hint: "It was edited, or written by another version of Tomoe; begin the evaluation anew.",
        details: { path },
      }),
  );
  return { ...resolved, config };
}

/**
 * The tasks that are evaluated: those of the run, or some of them.
 *
 * @throws TomoeError `USAGE_INVALID` for one that the run does not score.
 */
export function tasksFor(resolved: ResolvedExperiment, asked: readonly TaskId[]): readonly TaskId[] {
  const scored = Object.keys(resolved.config.tasks).filter(isTaskId);
  const foreign = asked.filter((task) => !scored.includes(task));
  if (foreign.length > 0)
    throw new TomoeError("USAGE_INVALID", `the run does not score ${foreign.join(", ")}`, {
      hint: `It scores ${scored.join(", ")}; another task needs metrics in a recipe.`,
      details: { tasks: scored },
    });
  return asked.length === 0 ? scored : scored.filter((task) => asked.includes(task));
}
