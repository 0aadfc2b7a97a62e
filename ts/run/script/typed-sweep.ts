import type { AssignmentOf, Sweep } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import type { SweepTrial } from "../../sweep/index.ts";
import type { SweepDocument } from "../sweep/record/document.ts";
import { resumeSweep, runSweep } from "../sweep/sweep.ts";
import { scriptHost } from "./host.ts";
import { progressLine } from "./progress-line.ts";
import type { SweepSettings } from "./settings.ts";

/** A trial, typed by the space of its sweep. */
export type TrialOf<S> = Omit<SweepTrial, "assignment"> & { readonly assignment: AssignmentOf<S> };

/** What a script gets back of a sweep. */
export interface SweepResult<S> extends Omit<SweepDocument, "ok" | "best" | "trials"> {
  /** The best trial; null where none is done. */
  readonly best: TrialOf<S> | null;
  readonly trials: readonly TrialOf<S>[];
}

function resultOf<S>({ ok: _ok, best, trials, ...rest }: SweepDocument): SweepResult<S> {
  const typed = trials as unknown as readonly TrialOf<S>[];
  return { ...rest, best: typed.find(({ number }) => number === best) ?? null, trials: typed };
}

/**
 * Carries out a sweep until its budget is spent; the function behind `tomoe sweep run`. In a script that `tomoe run`
 * was given, the flags of the command line hold for every trial of it.
 *
 * @throws TomoeError `CONFIG_INVALID` and others before the first trial; `STOPPED_RESUMABLE` when `signal` stopped
 * it; the last failure where every trial failed.
 */
export async function sweep<K, S>(of: Sweep<K, S>, settings: SweepSettings = {}): Promise<SweepResult<S>> {
  const host = scriptHost();
  if (host !== undefined) return resultOf(await host.sweep(of, settings));
  const watch = settings.onProgress === undefined ? progressLine(process.stderr) : undefined;
  const { resume, device, set = [] } = settings;
  const common = {
    sweep: of,
    set,
    sweepsDir: settings.sweepsDir ?? "sweeps",
    parallel: settings.parallel ?? 1,
    signal: settings.signal ?? new AbortController().signal,
    onProgress: settings.onProgress ?? watch?.onProgress ?? (() => undefined),
    ...defined({ workers: settings.workers, cache: settings.cache }),
  };
  try {
    const document =
      resume === undefined
        ? await runSweep({ ...common, runsDir: settings.runsDir ?? "runs", device: device ?? "auto" })
        : await resumeSweep({ ...common, reference: resume, ...defined({ device }) });
    return resultOf(document);
  } finally {
    watch?.end();
  }
}
