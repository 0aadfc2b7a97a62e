import type { JsonValue } from "../errors.ts";
import type { Assignment, Dimension, PlainDimension, SweepPlan } from "../schema/sweep/plan.ts";
import { gridOf } from "./grid.ts";
import { drawn, trialSeed } from "./seeds.ts";
import type { SweepState } from "./state.ts";

/** What is proposed for a trial. */
export interface Proposal {
  readonly assignment: Assignment;
  /** The library that proposed it, with its version; absent where it was drawn here. */
  readonly by?: string;
}

/** What a sampler may look at: the trials before, with what came of them. */
export type Before = Pick<SweepState, "trials" | "points">;

/**
 * Proposes assignments. A proposal is a function of the plan, the trial's number and, of a sampler by a model, of what
 * the ledger tells of the trials before: nothing of it is kept between two of them.
 */
export interface Sampler {
  /** Trials after which it has no more to propose; undefined where it never runs out. */
  readonly most: number | undefined;
  propose(trial: number, before: Before): Promise<Proposal>;
  /** Gives free what it holds; safe to call twice. */
  close(): Promise<void>;
}

/** A sampler that looks at no other trial. */
interface BlindSampler {
  readonly most: number | undefined;
  propose(trial: number): Assignment;
}

/** Digits that are drawn of a number: enough to tell trials apart, few enough to be read and typed. */
const digits = 6;

type FloatDimension = Extract<PlainDimension, { kind: "float" }>;

/** A number of a range in digits that can be typed, its ends as they were written. */
export function rounded({ low, high }: FloatDimension, value: number): number {
  return Math.min(high, Math.max(low, Number(value.toPrecision(digits))));
}

function between(dimension: FloatDimension, share: number): number {
  const { low, high, log } = dimension;
  const value = log
    ? Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low)))
    : low + share * (high - low);
  return rounded(dimension, value);
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
function random({ space, seed }: SweepPlan): BlindSampler {
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

/** An assignment in the order of its space. */
export function inOrder(entries: readonly (readonly [string, unknown])[], chosen: Assignment): Assignment {
  return Object.fromEntries(
    entries.flatMap(([path]) => (path in chosen ? [[path, chosen[path] ?? null] as const] : [])),
  );
}

function grid(plan: SweepPlan): BlindSampler {
  const points = gridOf(plan.space).map((point) => inOrder(Object.entries(plan.space), point));
  return { most: points.length, propose: (trial) => points[trial] ?? {} };
}

/** The sampler of a plan that goes through a grid, or draws. */
export function blindSampler(plan: SweepPlan): BlindSampler {
  return plan.sampler === "grid" ? grid(plan) : random(plan);
}

/**
 * The sampler of a plan that `checkPlan` found nothing wrong with; undefined where it proposes by a model, for which
 * another process is asked.
 */
export function samplerOf(plan: SweepPlan): Sampler | undefined {
  if (typeof plan.sampler !== "string") return undefined;
  const { most, propose } = blindSampler(plan);
  return {
    most,
    propose: (trial) => Promise.resolve({ assignment: propose(trial) }),
    close: () => Promise.resolve(),
  };
}
