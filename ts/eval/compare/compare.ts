import { TomoeError } from "../../errors.ts";
import { didYouMean } from "../../schema/nearest.ts";
import type { TaskId } from "../../schema/task.ts";
import { type Clusters, clustersOf } from "../interval/clusters.ts";
import { type MeasureOptions, measured, type TaskNumbers } from "../measure.ts";
import { betterOf } from "../metrics/facts.ts";
import type { ScoredNumber } from "../metrics/metric.ts";
import { rowsUnder } from "../profiles.ts";
import { clusterOf, type PredictionRow } from "../rows/row.ts";
import type { Warning } from "../rows/together.ts";
import { checkMode, clusterUnit, signatureOf } from "../score.ts";
import type { Steps } from "../steps.ts";
import { type Difference, differenceOf } from "./difference.ts";
import { aligned, type System } from "./pairs.ts";
import { alpha, holm } from "./signs.ts";

export interface CompareOptions extends MeasureOptions {
  /** "task/metric" of the numbers that a verdict is given of; one a task when absent. */
  readonly primary?: readonly string[] | undefined;
}

export type Verdict = "second is higher" | "second is lower" | "not separable" | "not tested";

/** One number of two systems on the same items. */
export interface PairedEntry extends Omit<Difference, "rule"> {
  readonly task: TaskId;
  readonly metric: string;
  readonly primary: boolean;
  /** Names of the two systems. */
  readonly a: string;
  readonly b: string;
  /** `p` after Holm's correction over the family; null for a number that is not of it. */
  readonly pHolm: number | null;
  /** From the corrected p alone. */
  readonly verdict: Verdict;
  readonly better: "higher" | "lower" | null;
  readonly signature: string;
}

export interface Comparison {
  readonly entries: readonly PairedEntry[];
  readonly family: { readonly primary: readonly string[]; readonly tests: number };
  readonly warnings: readonly Warning[];
}

const keyOf = (task: TaskId, metric: string): string => `${task}/${metric}`;

function primariesOf(found: readonly TaskNumbers[], asked: readonly string[] | undefined): readonly string[] {
  const all = found.flatMap(({ task, numbers }) => numbers.map(({ metric }) => keyOf(task, metric)));
  const unknown = asked?.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new TomoeError(
      "USAGE_INVALID",
      `there is no number "${unknown}" to compare${didYouMean(unknown, all)}`,
      {
        hint: `There are: ${all.slice(0, 30).join(", ")}.`,
        details: { primary: unknown },
      },
    );
  if (asked !== undefined) return [...new Set(asked)];
  // Each task's first number: accuracy over all questions, the exact answer, the first metric of reports.
  return found.flatMap(({ task, numbers }) => numbers.slice(0, 1).map(({ metric }) => keyOf(task, metric)));
}

/** The verdict of a difference by its corrected p; no verdict where it was not tested. */
export function verdictOf(
  p: number | null,
  { difference, perSeed }: Pick<Difference, "difference" | "perSeed">,
): Verdict {
  if (p === null) return "not tested";
  const agree = perSeed === null || perSeed.every((one) => Math.sign(one) === Math.sign(difference));
  if (p >= alpha || difference === 0 || !agree) return "not separable";
  return difference > 0 ? "second is higher" : "second is lower";
}

interface Pair {
  readonly task: TaskId;
  readonly metric: string;
  readonly a: string;
  readonly b: string;
  readonly found: Difference;
  readonly signature: string;
}

/** Numbers of each seed of a system, task by task. */
type Measured = readonly (readonly TaskNumbers[])[];

const numbersNamed = (all: Measured, task: TaskId, metric: string): readonly ScoredNumber[] =>
  all.flatMap((seed) =>
    seed.flatMap((one) =>
      one.task === task ? one.numbers.filter((number) => number.metric === metric) : [],
    ),
  );

function* pairsOf(
  [a, b]: readonly [System, System],
  [first, second]: readonly [Measured, Measured],
  options: CompareOptions,
): Steps<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const { task, rows, numbers } of first[0] ?? []) {
    const clusters: Clusters = clustersOf(rows.map(clusterOf));
    for (const number of numbers) {
      yield;
      const mine = numbersNamed(first, task, number.metric),
        theirs = numbersNamed(second, task, number.metric);
      const found = differenceOf(mine, theirs, clusters);
      if (found === undefined) continue;
      const parts = ["paired:second-minus-first", clusterUnit(rows), found.rule];
      const signature = signatureOf(number, { task, rows, options }, parts);
      pairs.push({ task, metric: number.metric, a: a.name, b: b.name, found, signature });
    }
  }
  return pairs;
}

function* measuredSeeds(
  { seeds }: System,
  like: readonly PredictionRow[],
  options: CompareOptions,
): Steps<Measured> {
  const all: (readonly TaskNumbers[])[] = [];
  for (const rows of seeds) {
    const kept = rowsUnder(aligned(rows, like), options.profile).rows;
    checkMode(kept, options);
    all.push(yield* measured(kept, options));
  }
  return all;
}

function fewSeeds(systems: readonly System[]): readonly Warning[] {
  const seeds = Math.max(...systems.map((system) => system.seeds.length));
  return seeds === 1 || seeds >= 3
    ? []
    : [
        {
          code: "FEW_SEEDS",
          message: `${seeds} seeds: three are the least that a claim about a method rests on`,
        },
      ];
}

/**
 * Compares systems on the same items: each with the first. The rows of all of them are checked to be of the same items
 * before (`checkSystems`).
 *
 * Of one number a task, declared before, a verdict is given by Holm's p over all pairs; all else is shown with p and
 * no verdict. Means are tested by turning the signs of whole clusters, numbers over a corpus by exchanging them, runs
 * of several seeds by patients and seeds together.
 *
 * @throws TomoeError `USAGE_INVALID` for a primary that there is not; the others as `measured`.
 */
export function* compareSystems(systems: readonly System[], options: CompareOptions): Steps<Comparison> {
  const [base, ...others] = systems;
  const like = base?.seeds[0];
  if (base === undefined || like === undefined)
    return { entries: [], family: { primary: [], tests: 0 }, warnings: [] };
  const first = yield* measuredSeeds(base, like, options);
  const primary = primariesOf(first[0] ?? [], options.primary);
  const pairs: Pair[] = [];
  for (const other of others)
    pairs.push(
      ...(yield* pairsOf([base, other], [first, yield* measuredSeeds(other, like, options)], options)),
    );
  const isPrimary = ({ task, metric }: Pair): boolean => primary.includes(keyOf(task, metric));
  const tested = pairs.filter(isPrimary);
  const corrected = holm(tested.map(({ found }) => found.p));
  const entries = pairs.map((pair): PairedEntry => {
    const { found, signature, ...names } = pair,
      { rule: _rule, ...difference } = found;
    const pHolm = isPrimary(pair) ? (corrected[tested.indexOf(pair)] ?? 1) : null;
    return {
      ...names,
      primary: isPrimary(pair),
      ...difference,
      pHolm,
      verdict: verdictOf(pHolm, found),
      better: betterOf(pair.metric),
      signature,
    };
  });
  const few = entries.some((entry) => entry.primary && entry.clusters <= 5)
    ? [
        {
          code: "FEW_PATIENTS",
          message: "five patients or fewer cannot show a difference at .05: intervals are the whole range",
        },
      ]
    : [];
  return { entries, family: { primary, tests: tested.length }, warnings: [...few, ...fewSeeds(systems)] };
}
