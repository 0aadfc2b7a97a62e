import { type Dimension, type PlainDimension, type SweepPlan, samplerName } from "../schema/sweep/plan.ts";
import { mostPoints } from "./grid.ts";

/** One thing wrong with a plan: where, and what. */
export interface PlanProblem {
  readonly path: string;
  readonly message: string;
}

/** A grid that nobody waits for is a mistake in its ranges. */
const mostGridPoints = 100_000;

/** Options that a sweep decides itself. */
const ours: Readonly<Record<string, string>> = {
  seed: "each run of a trial has a seed of its own: say how many with `seeds`",
  name: "trials carry the name of their experiment",
  "evaluation.split": "trials are judged on the validation split alone",
};

function rangeProblem(dimension: PlainDimension, isGrid: boolean): string | undefined {
  if (dimension.kind === "choice") {
    const texts = dimension.of.map((value) => JSON.stringify(value));
    if (texts.length === 0) return "it offers nothing to choose from";
    const twice = texts.find((text, at) => texts.indexOf(text) < at);
    return twice === undefined ? undefined : `it offers ${twice} twice`;
  }
  const { low, high } = dimension;
  if (!(Number.isFinite(low) && Number.isFinite(high))) return `its ends are ${low} and ${high}`;
  if (low >= high) return `it ends at ${high}, which is not above its beginning ${low}`;
  if (dimension.kind === "int") {
    const { step = 1 } = dimension;
    if (![low, high, step].every(Number.isSafeInteger)) return "ends and step are whole numbers";
    return step < 1 || step > high - low
      ? `a step of ${step} finds nothing between ${low} and ${high}`
      : undefined;
  }
  const { log, points } = dimension;
  if (log && low <= 0) return `a logarithmic range begins above 0, found ${low}`;
  if (points !== undefined && !(Number.isSafeInteger(points) && points >= 2))
    return `points is a whole number of at least 2, found ${points}`;
  return isGrid && points === undefined
    ? "a grid needs to know how many values it takes of it: { points: 5 }"
    : undefined;
}

function conditionProblem({ space }: SweepPlan, dimension: Dimension): string | undefined {
  if (dimension.kind !== "when") return undefined;
  const { option, is } = dimension;
  const decides = Object.hasOwn(space, option) ? space[option] : undefined;
  if (decides === undefined) return `it depends on ${option}, which is not in the space`;
  if (decides.kind === "when") return `it depends on ${option}, which is conditional itself`;
  const offered =
    decides.kind === "choice" && decides.of.some((one) => JSON.stringify(one) === JSON.stringify(is));
  const inside =
    decides.kind === "int" &&
    typeof is === "number" &&
    (is - decides.low) % (decides.step ?? 1) === 0 &&
    is >= decides.low &&
    is <= decides.high;
  return offered || inside ? undefined : `${option} never becomes ${JSON.stringify(is)}`;
}

function numberProblems({ seed, seeds, retries, budget, sampler }: SweepPlan): readonly PlanProblem[] {
  const whole = (path: string, value: number | undefined, least: number): readonly PlanProblem[] =>
    value === undefined || (Number.isSafeInteger(value) && value >= least)
      ? []
      : [{ path, message: `a whole number of at least ${least}, found ${value}` }];
  const hours = budget.hours ?? 1;
  return [
    ...whole("seed", seed, 0),
    ...whole("seeds", seeds, 1),
    ...whole("retries", retries, 0),
    ...whole("budget.trials", budget.trials, 1),
    ...whole("budget.steps", budget.steps, 1),
    ...(typeof sampler === "string" ? [] : whole("sampler.startup", sampler.startup, 0)),
    ...(Number.isFinite(hours) && hours > 0
      ? []
      : [{ path: "budget.hours", message: `a number above 0, found ${hours}` }]),
  ];
}

function prunerProblems({ pruner }: SweepPlan): readonly PlanProblem[] {
  if (pruner === undefined) return [];
  const numbers: readonly (readonly [string, number, number])[] =
    pruner.kind === "asha"
      ? [
          ["minSteps", pruner.minSteps, 1],
          ["reduction", pruner.reduction, 2],
        ]
      : [
          ["every", pruner.every, 1],
          ["minSteps", pruner.minSteps, 1],
          ["trials", pruner.trials, 1],
        ];
  return numbers.flatMap(([name, value, least]) =>
    Number.isSafeInteger(value) && value >= least
      ? []
      : [{ path: `pruner.${name}`, message: `a whole number of at least ${least}, found ${value}` }],
  );
}

function budgetProblems({ budget, sampler }: SweepPlan): readonly PlanProblem[] {
  const isBound = Object.values(budget).some((value) => value !== undefined);
  return isBound || sampler === "grid"
    ? []
    : [
        {
          path: "budget",
          message: `a sweep by "${samplerName({ sampler })}" needs an end: trials, steps or hours`,
        },
      ];
}

/** What is wrong with a plan by itself, whatever its experiment; nothing where it can be carried out. */
export function checkPlan(plan: SweepPlan): readonly PlanProblem[] {
  const { space, name, sampler } = plan;
  const isGrid = sampler === "grid";
  const problems: PlanProblem[] = [];
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    problems.push({
      path: "name",
      message: "a name is lower case with dashes: it becomes part of the sweep's id",
    });
  if (Object.keys(space).length === 0)
    problems.push({ path: "space", message: "it is empty: there is nothing to try" });
  for (const [path, dimension] of Object.entries(space)) {
    const own = Object.hasOwn(ours, path) ? ours[path] : undefined;
    const plain = dimension.kind === "when" ? dimension.draws : dimension;
    for (const message of [own, rangeProblem(plain, isGrid), conditionProblem(plan, dimension)])
      if (message !== undefined) problems.push({ path: `space.${path}`, message });
  }
  problems.push(...numberProblems(plan), ...budgetProblems(plan), ...prunerProblems(plan));
  if (isGrid && problems.length === 0 && mostPoints(space) > mostGridPoints)
    problems.push({
      path: "space",
      message: `a grid of ${mostPoints(space)} points; at most ${mostGridPoints} are laid out`,
    });
  return problems;
}
