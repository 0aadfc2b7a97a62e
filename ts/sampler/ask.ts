import type { JsonValue } from "../errors.ts";
import type { Assignment, Dimension, PlainDimension, SweepPlan } from "../schema/sweep/plan.ts";
import { type Before, dimensionsOf, inOrder, isActive, rounded, trialSeed } from "../sweep/index.ts";

/** What the sampler is asked: numbers alone, a choice as the place of its value. */
export type Ask = Readonly<Record<string, JsonValue>>;

/** The place of a value among those that a dimension takes; of a range the value itself. */
function placeOf(dimension: PlainDimension, value: JsonValue | undefined): number {
  if (dimension.kind !== "choice") return Number(value);
  return dimension.of.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
}

const plainOf = (dimension: Dimension): PlainDimension =>
  dimension.kind === "when" ? dimension.draws : dimension;

function rangeOf(dimension: PlainDimension): Readonly<Record<string, JsonValue>> {
  if (dimension.kind === "choice")
    return { kind: "choice", low: 0, high: dimension.of.length - 1, log: false, step: 1 };
  const { kind, low, high } = dimension;
  if (kind === "float") return { kind, low, high, log: dimension.log, step: 1 };
  const { step = 1 } = dimension;
  // The last number that the steps come to.
  return { kind, low, high: low + step * Math.floor((high - low) / step), log: false, step };
}

function conditionOf(space: SweepPlan["space"], dimension: Dimension): JsonValue {
  if (dimension.kind !== "when") return null;
  const decides = space[dimension.option];
  return {
    name: dimension.option,
    value: decides === undefined ? -1 : placeOf(plainOf(decides), dimension.is),
  };
}

/**
 * The question for a trial: the space, and every trial before it as the ledger tells it, one that is still at work as
 * open. The seed follows from the trial's number, so that whoever asks gets the same answer.
 */
export function askOf(
  { seed, space, sampler, objective }: Pick<SweepPlan, "seed" | "space" | "sampler" | "objective">,
  trial: number,
  { trials, points }: Before,
): Ask {
  const { kind, startup } = typeof sampler === "string" ? { kind: sampler, startup: 0 } : sampler;
  return {
    kind: "ask",
    sampler: kind,
    startup,
    direction: objective.direction,
    seed: trialSeed(seed, trial),
    dimensions: dimensionsOf(space).map(([name, dimension]) => ({
      name,
      ...rangeOf(plainOf(dimension)),
      when: conditionOf(space, dimension),
    })),
    tried: trials
      .filter(({ number }) => number < trial)
      .map(({ number, assignment, end }) => ({
        state: end?.state ?? "open",
        values: Object.fromEntries(
          Object.entries(assignment).flatMap(([path, value]) => {
            const dimension = space[path];
            return dimension === undefined ? [] : [[path, placeOf(plainOf(dimension), value)] as const];
          }),
        ),
        value: end?.value ?? null,
        points: points.filter((one) => one.trial === number).map(({ steps, value }) => [steps, value]),
      })),
  };
}

function valueAt(dimension: PlainDimension, place: number): JsonValue | undefined {
  if (dimension.kind === "choice") return dimension.of[place];
  const { low, high } = dimension;
  if (!(place >= low && place <= high)) return undefined;
  if (dimension.kind === "float") return rounded(dimension, place);
  return Number.isSafeInteger(place) && (place - low) % (dimension.step ?? 1) === 0 ? place : undefined;
}

/**
 * What was answered, as an assignment of the space.
 *
 * @returns undefined for numbers outside the space, or for an option too many or too few.
 */
export function assignmentOf(
  { space }: Pick<SweepPlan, "space">,
  values: Readonly<Record<string, number>>,
): Assignment | undefined {
  const entries = Object.entries(space);
  const chosen: Record<string, JsonValue> = {};
  for (const [path, dimension] of entries) {
    const place = Object.hasOwn(values, path) ? values[path] : undefined;
    const value = place === undefined ? undefined : valueAt(plainOf(dimension), place);
    if (place !== undefined && value === undefined) return undefined;
    if (value !== undefined) chosen[path] = value;
  }
  const isWhole = entries.every(
    ([path, dimension]) => Object.hasOwn(chosen, path) === isActive(dimension, chosen),
  );
  return isWhole && Object.keys(values).every((path) => Object.hasOwn(chosen, path))
    ? inOrder(entries, chosen)
    : undefined;
}
