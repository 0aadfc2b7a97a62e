import type { JsonValue } from "../errors.ts";
import type { Assignment, Dimension, PlainDimension, SweepPlan } from "../schema/sweep/plan.ts";
import { gridOf } from "./grid.ts";
import { drawn, trialSeed } from "./seeds.ts";

/** Proposes assignments. A proposal is a function of the plan and the trial's number alone. */
export interface Sampler {
  /** Trials after which it has no more to propose; undefined where it never runs out. */
  readonly most: number | undefined;
  propose(trial: number): Assignment;
}

/** Digits that are drawn of a number: enough to tell trials apart, few enough to be read and typed. */
const digits = 6;

function between(dimension: Extract<PlainDimension, { kind: "float" }>, share: number): number {
  const { low, high, log } = dimension;
  const value = log
    ? Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low)))
    : low + share * (high - low);
  return Math.min(high, Math.max(low, Number(value.toPrecision(digits))));
}

function valueAt(dimension: PlainDimension, share: number): JsonValue {
  if (dimension.kind === "float") return between(dimension, share);
  if (dimension.kind === "choice") return dimension.of[Math.floor(share * dimension.of.length)] ?? null;
  const { low, high, step = 1 } = dimension;
  return low + step * Math.floor(share * (Math.floor((high - low) / step) + 1));
}

/** Whether a conditional option is there beside what the others have become. */
export function isActive(dimension: Dimension, chosen: Readonly<Record<string, JsonValue>>): boolean {
  return (
    dimension.kind !== "when" || JSON.stringify(chosen[dimension.option]) === JSON.stringify(dimension.is)
  );
}

/** Draws each option by itself, conditional ones once it is known whether they are there. */
function random({ space, seed }: SweepPlan): Sampler {
  const entries = Object.entries(space);
  const plain = entries.filter(([, { kind }]) => kind !== "when");
  const conditional = entries.filter(([, { kind }]) => kind === "when");
  return {
    most: undefined,
    propose(trial) {
      const chosen: Record<string, JsonValue> = {};
      const own = trialSeed(seed, trial);
      for (const [path, dimension] of [...plain, ...conditional])
        if (isActive(dimension, chosen))
          chosen[path] = valueAt(dimension.kind === "when" ? dimension.draws : dimension, drawn(own, path));
      return inOrder(entries, chosen);
    },
  };
}

function inOrder(entries: readonly (readonly [string, unknown])[], chosen: Assignment): Assignment {
  return Object.fromEntries(
    entries.flatMap(([path]) => (path in chosen ? [[path, chosen[path] ?? null] as const] : [])),
  );
}

function grid(plan: SweepPlan): Sampler {
  const points = gridOf(plan.space).map((point) => inOrder(Object.entries(plan.space), point));
  return { most: points.length, propose: (trial) => points[trial] ?? {} };
}

/** The sampler of a plan that `checkPlan` found nothing wrong with. */
export function samplerOf(plan: SweepPlan): Sampler {
  return plan.sampler === "grid" ? grid(plan) : random(plan);
}
