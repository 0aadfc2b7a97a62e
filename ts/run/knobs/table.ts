import { allStages } from "../../config/index.ts";
import { type Attempt, recordEvent } from "../job.ts";
import { type Budget, shareOfRun } from "./budget.ts";
import type { KeptTrials } from "./kept.ts";
import { type KnobLine, linesOf } from "./lines.ts";
import type { Option } from "./options.ts";
import { effects, type Outcome, type StageOutcome } from "./outcome.ts";

/** What a run's `knobs.json` holds. */
interface KnobTable {
  /** The run whose trials these are: this one, or one of the same recipe, code, data and machine; null where none were made. */
  readonly triedBy: string | null;
  /** Steps that trials may cost and do cost, of all the run's. */
  readonly budget: { readonly share: number; readonly steps: number; readonly spent: number };
  /** What the training will take by what the first steps took; null where none were tried. */
  readonly estimate: { readonly seconds: number; readonly stages: readonly StageTime[] } | null;
  readonly gradients: readonly Pick<StageOutcome, "stage" | "unreached" | "still">[];
  readonly knobs: readonly KnobLine[];
}

interface StageTime {
  readonly stage: string;
  readonly steps: number;
  readonly secondsPerStep: number;
}

/** The table of a run. */
export function tableOf(
  { job: { resolved } }: Attempt,
  {
    options,
    budget,
    trials,
    outcomes,
  }: {
    readonly options: readonly Option[];
    readonly budget: Budget;
    readonly trials: KeptTrials | undefined;
    readonly outcomes: readonly Outcome[];
  },
): KnobTable {
  const steps = new Map(allStages(resolved.config).map(({ stage }) => [stage.name, stage.steps]));
  const times = trials?.stages.map(({ stage, secondsPerStep }) => ({
    stage,
    steps: steps.get(stage) ?? 0,
    secondsPerStep,
  }));
  const seconds = times?.reduce((sum, one) => sum + one.steps * one.secondsPerStep, 0);
  return {
    triedBy: trials?.runId ?? null,
    budget: { share: shareOfRun, steps: budget.steps, spent: budget.spent },
    estimate: times === undefined || seconds === undefined ? null : { seconds, stages: times },
    gradients: trials?.stages.map(({ stage, unreached, still }) => ({ stage, unreached, still })) ?? [],
    knobs: linesOf(resolved, options, {
      outcomes,
      dear: budget.left,
    }),
  };
}

const namesShown = 2;

/** Puts the table into the record in few words, and before whoever watches. */
export async function tell({ job }: Attempt, table: KnobTable): Promise<void> {
  const { knobs, triedBy, estimate, gradients, budget } = table;
  const tried = knobs.filter(({ effect }) => (effects as readonly string[]).includes(effect));
  const idle = tried.filter(({ effect }) => effect === "none").map(({ option }) => option);
  const dear = knobs.filter(({ effect }) => effect.startsWith("not tried")).length;
  const still = gradients.flatMap((one) => [...one.unreached, ...one.still]);
  await recordEvent(job, {
    kind: "knobs",
    data: {
      triedBy,
      options: knobs.length,
      tried: tried.length,
      idle,
      dear,
      budget,
      seconds: estimate?.seconds ?? null,
    },
  });
  const notice = (text: string): void => job.onProgress({ kind: "notice", text });
  if (triedBy === null) {
    notice(
      `no option is tried at an extreme: 5 % of this run are ${budget.steps.toFixed(1)} steps, too few; knobs.json has a line for each`,
    );
    return;
  }
  const by = triedBy === job.owned.runId ? "" : ` by run ${triedBy}, of the same recipe and code`;
  const without = idle.length === 0 ? "" : `, ${idle.length} without an effect here`;
  const left = dear === 0 ? "" : `, ${dear} left out, beyond 5 % of the steps`;
  notice(`${tried.length} options were tried at an extreme${by}${without}${left}: knobs.json`);
  if (still.length > 0) {
    const named = still.slice(0, namesShown).join(", ") + (still.length > namesShown ? ", ..." : "");
    notice(`no gradient in the first steps for ${still.length} of the trained tensors: ${named}`);
  }
  if (estimate !== null) notice(`training will take about ${inWords(estimate.seconds)}, by its first steps`);
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
