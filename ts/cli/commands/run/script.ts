import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import type { RunDocument, RunSettings, ScriptHost, SweepDocument } from "../../../run/index.ts";
import { experimentOf, runScript } from "../../recipe.ts";
import { watchRun } from "../../screen/run-watch.ts";
import type { Call } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { cacheOf, deviceOf, runsDirOf } from "../../words/run-flags.ts";
import { sweepHost } from "../sweep/host.ts";
import { overridesOf, tagsOf } from "./overrides.ts";

/** What a file made: every run and sweep of it that came to its end, in that order. */
export interface ScriptRuns {
  readonly runs: readonly RunDocument[];
  readonly sweeps: readonly SweepDocument[];
}

/** Both at once: the command line's signal, and one that the script gave the run. */
function eitherSignal(signal: AbortSignal, own: AbortSignal | undefined): AbortSignal {
  return own === undefined ? signal : AbortSignal.any([signal, own]);
}

/**
 * The options of one run: flags that were given hold before what the script says of the run; a seed that both
 * name is refused, since one of the two would be lost.
 */
async function optionsOf(path: string, { flags, signal, terminal }: Call, settings: RunSettings) {
  if (flags.has("seed") && settings.seed !== undefined)
    throw usage({ name: "run" }, [`--seed cannot stand beside a script that gives seed ${settings.seed}`]);
  const watch = watchRun(terminal);
  const options = {
    source: { file: path, text: readFileSync(path, "utf8") },
    runsDir: flags.has("runs") ? runsDirOf(flags) : resolve(settings.runsDir ?? "runs"),
    device: flags.has("device") ? deviceOf(flags) : (settings.device ?? "auto"),
    set: [...(settings.set ?? []), ...(await overridesOf(flags))],
    ...defined({ seed: flags.integer("seed") ?? settings.seed, workers: settings.workers }),
    ...defined({
      tags: tagsIn(flags, settings),
      cache: cacheOf(flags) === undefined ? settings.cache : null,
    }),
    signal: eitherSignal(signal, settings.signal),
    onProgress: settings.onProgress ?? watch.onProgress,
  };
  return { options, watch };
}

function tagsIn(flags: Call["flags"], settings: RunSettings): RunSettings["tags"] {
  const given = tagsOf(flags);
  return given === undefined && settings.tags === undefined ? undefined : { ...settings.tags, ...given };
}

/** Flags that are of one run have nothing to say of a sweep's. */
function refuseOnSweep({ flags }: Call): void {
  const given = ["seed", "tag"].filter((name) => flags.has(name));
  if (given.length === 0) return;
  throw usage({ name: "run" }, [
    `--${given[0]} cannot stand beside a script that sweeps: its trials have their own`,
  ]);
}

/**
 * Runs what a file asks for with `run()` and `sweep()`, as often as it does; the experiment that it exports where it
 * asks for none.
 *
 * @throws TomoeError as `runScript`, `runExperiment` and `runSweep`.
 */
export async function runFile(path: string, call: Call): Promise<ScriptRuns> {
  const conductor = await import("../../../run/index.ts");
  const { flags } = call;
  const carryOut = await sweepHost(call, {
    set: await overridesOf(flags),
    runsDir: flags.has("runs") ? runsDirOf(flags) : undefined,
    sweepsDir: undefined,
    device: flags.has("device") ? deviceOf(flags) : undefined,
    cache: cacheOf(flags),
  });
  const runs: RunDocument[] = [];
  const sweeps: SweepDocument[] = [];
  let asked = 0;
  let failure: unknown;
  const counted = async <T>(into: T[], work: () => Promise<T>): Promise<T> => {
    call.signal.throwIfAborted();
    asked += 1;
    try {
      const document = await work();
      into.push(document);
      return document;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const host: ScriptHost = {
    run: (experiment, settings) =>
      counted(runs, async () => {
        const { options, watch } = await optionsOf(path, call, settings);
        return await conductor.runExperiment({ ...options, experiment }).finally(() => watch.end());
      }),
    sweep: (of, settings) => {
      refuseOnSweep(call);
      return counted(sweeps, () => carryOut(of, settings));
    },
  };
  const module = await runScript(path, call.signal, host);
  if (asked === 0) await host.run(experimentOf(module, path), {});
  // A script may catch the failure of one run and go on; of nothing but failures the last one is told.
  else if (runs.length + sweeps.length === 0) throw failure;
  return { runs, sweeps };
}
