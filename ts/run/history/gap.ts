import { isTomoeError } from "../../errors.ts";
import {
  checkSystems,
  compareSystems,
  type PairedEntry,
  type Steps,
  type System,
  type Warning,
} from "../../eval/index.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import { everyMetricOf, metricRow, type TaskId } from "../../schema/task.ts";
import type { ScoredRun } from "./scored.ts";

/** Runs tested against the first, on the same items; those of other items are named in a warning. */
export interface Tested {
  readonly entries: readonly PairedEntry[];
  readonly family: { readonly primary: readonly string[]; readonly tests: number };
  readonly warnings: readonly Warning[];
}

/** The metrics of a task that are computed from its texts and stand in a scorecard. */
function metricsOf(task: TaskId, entries: readonly ScorecardEntry[]): readonly string[] {
  const stated = entries.filter((entry) => entry.task === task).map(({ metric }) => metric);
  return everyMetricOf(task).filter(
    (name) =>
      metricRow(name).needs === "text" &&
      stated.some((metric) => metric === name || metric.startsWith(`${name}.`)),
  );
}

const untested = (runId: string, why: string): Warning => ({
  code: "NOT_PAIRED",
  message: `${runId} is not tested item by item: ${why}`,
});

function systemOf({ folder, rows }: ScoredRun): System | undefined {
  return rows === null || rows.length === 0 ? undefined : { name: folder.runId, seeds: [rows] };
}

/** Why a system cannot be paired with the first; undefined where it can. */
function refusalOf(base: System, system: System): string | undefined {
  try {
    checkSystems([base, system]);
    return undefined;
  } catch (cause) {
    if (!isTomoeError(cause) || cause.code !== "DATA_PREDICTIONS") throw cause;
    return cause.what.split("\n")[0] ?? cause.what;
  }
}

/**
 * Tests runs against the first wherever both answered the same items, by the rules of `tomoe compare`: the metrics of
 * the first run's scorecard that are computed from texts, one primary a task, Holm over all pairs.
 *
 * @throws TomoeError as `compareSystems`.
 */
export function* testedRuns(runs: readonly ScoredRun[]): Steps<Tested> {
  const none = { entries: [], family: { primary: [], tests: 0 } };
  const [first, ...others] = runs;
  const base = first && systemOf(first);
  if (first === undefined || base === undefined)
    return {
      ...none,
      warnings: first === undefined ? [] : [untested(first.folder.runId, "it has no predictions")],
    };
  const warnings: Warning[] = [];
  const systems: System[] = [];
  for (const other of others) {
    const system = systemOf(other);
    const why = system === undefined ? "it has no predictions" : refusalOf(base, system);
    if (system === undefined || why !== undefined)
      warnings.push(untested(other.folder.runId, why ?? "it has no predictions"));
    else systems.push(system);
  }
  if (systems.length === 0) return { ...none, warnings };
  const tasks = [...new Set((base.seeds[0] ?? []).map(({ task }) => task))];
  const asked = Object.fromEntries(tasks.map((task) => [task, { metrics: metricsOf(task, first.entries) }]));
  const found = yield* compareSystems([base, ...systems], { profile: "strict", tasks: asked });
  return { ...found, warnings: [...warnings, ...found.warnings] };
}

/** How far two runs lie apart in one number of their scorecards. */
export interface Gap {
  readonly task: TaskId;
  readonly metric: string;
  readonly a: number;
  readonly b: number;
  /** b - a. */
  readonly difference: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** The 95% interval of the difference leaves 0 out. */
  readonly separable: boolean;
  /** Over the same items; where not, the interval is put together from those of the two scorecards. */
  readonly paired: boolean;
}

/** The interval of a difference of two independent numbers from their own (MOVER; Zou and Donner 2008). */
function unpaired(a: ScorecardEntry, b: ScorecardEntry): Pick<Gap, "difference" | "ciLow" | "ciHigh"> {
  const difference = b.value - a.value;
  return {
    difference,
    ciLow: difference - Math.hypot(b.value - b.ciLow, a.ciHigh - a.value),
    ciHigh: difference + Math.hypot(b.ciHigh - b.value, a.value - a.ciLow),
  };
}

/**
 * The gap of two runs in every number that stands in both scorecards: the paired difference where there is one.
 *
 * @param tested - of `[a, b]`.
 */
export function gapsOf(
  a: Pick<ScoredRun, "entries">,
  b: Pick<ScoredRun, "entries">,
  tested: readonly PairedEntry[],
): readonly Gap[] {
  return a.entries.flatMap((mine) => {
    const { task, metric } = mine;
    const isSame = (entry: { readonly task: string; readonly metric: string }): boolean =>
      entry.task === task && entry.metric === metric;
    const theirs = b.entries.find(isSame);
    if (theirs === undefined) return [];
    const found = tested.find(isSame);
    const { difference, ciLow, ciHigh } = found ?? unpaired(mine, theirs);
    const separable = ciLow > 0 || ciHigh < 0;
    return [
      {
        task,
        metric,
        a: mine.value,
        b: theirs.value,
        difference,
        ciLow,
        ciHigh,
        separable,
        paired: found !== undefined,
      },
    ];
  });
}
