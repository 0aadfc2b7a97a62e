import { scorePredictions } from "../../eval/index.ts";
import { type Beside, metricBeside } from "../../schema/answers/control.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import { isTaskId, predicts } from "../../schema/task.ts";
import { predictionsBeside, readRows } from "../../track/read/index.ts";
import type { Attempt, RunJob } from "../job.ts";
import { type Asking, answerMissing } from "./answers.ts";
import { evaluatedCases, heldOutSlices, withChoices } from "./cases.ts";
import { controlVolumes } from "./controls.ts";

/**
 * Asks the held-out slices, in 2D, what has options; nothing where none are held out.
 *
 * @throws TomoeError as `answerMissing`.
 */
export async function askSlices(
  { job, pool }: Attempt,
  plan: RoutingPlan,
  when: "slices-before" | "slices-after",
): Promise<void> {
  const cases = heldOutSlices(job);
  if (cases.length === 0) return;
  const log = await job.owned.predictions(when);
  await answerMissing({ job, pool, cases, plan, log, phase: when });
}

/**
 * Asks and scores what stands beside the held-out volumes: the controls, and what is kept of 2D. The entries
 * have the metrics of the volumes, with what they are of behind the name.
 *
 * @throws TomoeError as `answerMissing` and `scorePredictions`.
 */
export async function scoreBeside(attempt: Attempt, plan: RoutingPlan): Promise<readonly ScorecardEntry[]> {
  const { job } = attempt;
  const entries: ScorecardEntry[] = [];
  for (const control of job.resolved.config.evaluation.controls) {
    const log = await job.owned.predictions(control);
    const asking: Asking = {
      ...attempt,
      cases: withChoices(evaluatedCases(job)),
      plan,
      log,
      phase: control,
      volumesOf: (part, at) =>
        controlVolumes(
          {
            resolved: job.resolved,
            cacheDir: job.corpus.cacheDir,
            rowsDir: job.corpus.rowsDir,
            space: job.owned.space,
          },
          control,
          {
            part,
            at,
          },
        ),
    };
    await answerMissing(asking);
    entries.push(...(await scored(job, control)));
  }
  await askSlices(attempt, plan, "slices-after");
  if (heldOutSlices(job).length > 0)
    entries.push(...(await scored(job, "slices-before")), ...(await scored(job, "slices-after")));
  return entries;
}

/** What every number of a run says of its data, beside what scoring says: their certificate, and that their split leaks. */
export function provenanceOf({
  leak,
  certificate,
}: Pick<RunJob["corpus"], "leak" | "certificate">): readonly string[] | undefined {
  const said = [certificate, leak?.signature].filter((part) => part !== null && part !== undefined);
  return said.length === 0 ? undefined : said;
}

async function scored(job: RunJob, beside: Beside): Promise<readonly ScorecardEntry[]> {
  const { tasks, evaluation } = job.resolved.config;
  const rows = await readRows(predictionsBeside(job.owned.paths, beside));
  // A run that began with a lifted model was never asked in 2D.
  if (rows.length === 0) return [];
  const asked = new Set(rows.map(({ task }) => task));
  const entries = scorePredictions(rows, {
    profile: "strict",
    tasks: Object.fromEntries(
      Object.entries(tasks).filter(([task]) => isTaskId(task) && predicts(task, "choice") && asked.has(task)),
    ),
    answered: evaluation,
    provenance: provenanceOf(job.corpus),
  });
  return entries.map((entry) => ({
    ...entry,
    metric: metricBeside(entry.metric, beside),
    signature: `${entry.signature}|beside:${beside}`,
  }));
}
