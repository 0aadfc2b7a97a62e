import type { TaskId } from "../../schema/task.ts";
import type { PredictionRow } from "../rows/row.ts";
import type { Warning } from "../rows/together.ts";
import type { Steps } from "../steps.ts";
import { type CompareOptions, compareSystems, type PairedEntry, verdictOf } from "./compare.ts";
import { checkSystems } from "./pairs.ts";
import { holm } from "./signs.ts";

/** What a system is held against: answers to all its items of some tasks, made without the image or with a wrong one. */
export interface Adversary {
  readonly name: string;
  readonly rows: readonly PredictionRow[];
}

/** One number of the system and of an adversary on the same items: `second` is the system's. */
export interface AdversaryEntry extends PairedEntry {
  readonly adversary: string;
}

/** The gaps to all adversaries, and the one family that Holm's correction is over. */
export interface Gaps {
  readonly entries: readonly AdversaryEntry[];
  readonly family: { readonly primary: readonly string[]; readonly tests: number };
  readonly warnings: readonly Warning[];
}

/** Counts beside an accuracy: how an answer was written, and nothing that an image could buy. */
const aside: ReadonlySet<string> = new Set(["unparsed", "hedged", "contradicted"]);

/** How the answers were made is no part of the items here: an adversary's are made otherwise. */
const withoutMode = (rows: readonly PredictionRow[]): readonly PredictionRow[] =>
  rows.map(({ answerMode: _mode, ...row }) => row);

/**
 * The paired gap of a system to each adversary, on the tasks that the adversary answers. All primaries (one a task,
 * unless named) of all adversaries are one family.
 *
 * @throws TomoeError `DATA_PREDICTIONS` for an adversary of other items than the system's; the others as `compareSystems`.
 */
export function* againstAdversaries(
  system: Adversary,
  adversaries: readonly Adversary[],
  options: CompareOptions,
): Steps<Gaps> {
  const found: AdversaryEntry[] = [];
  const warnings = new Map<string, Warning>();
  const primary = new Set<string>();
  for (const { name, rows } of adversaries) {
    const tasks = new Set<TaskId>(rows.map(({ task }) => task));
    const mine = withoutMode(system.rows.filter(({ task }) => tasks.has(task)));
    const systems = [
      { name, seeds: [withoutMode(rows)] },
      { name: system.name, seeds: [mine] },
    ];
    checkSystems(systems);
    const asked =
      options.tasks &&
      Object.fromEntries(Object.entries(options.tasks).filter(([task]) => tasks.has(task as TaskId)));
    const compared = yield* compareSystems(systems, {
      ...options,
      ...(asked && { tasks: asked }),
      provenance: [...(options.provenance ?? []), `against:${name}`],
    });
    for (const one of compared.family.primary) primary.add(one);
    for (const warning of compared.warnings) warnings.set(warning.message, warning);
    found.push(
      ...compared.entries
        .filter(({ metric }) => !aside.has(metric))
        .map((entry) => ({ adversary: name, ...entry })),
    );
  }
  const tested = found.filter((entry) => entry.primary);
  const corrected = holm(tested.map(({ p }) => p));
  const entries = found.map((entry) => {
    const at = tested.indexOf(entry);
    const pHolm = at < 0 ? null : (corrected[at] ?? 1);
    return { ...entry, pHolm, verdict: verdictOf(pHolm, entry) };
  });
  return {
    entries,
    family: { primary: [...primary], tests: tested.length },
    warnings: [...warnings.values()],
  };
}
