import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import { TomoeError } from "../../../errors.ts";
import type { SweepDocument } from "../../../run/index.ts";
import { runScript, sweepOf } from "../../recipe.ts";
import { watchRun } from "../../screen/run-watch.ts";
import type { Call, Flags, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { cacheOf, deviceOf, runsDirOf } from "../../words/run-flags.ts";
import { sweepHost } from "./host.ts";
import { sweepTable } from "./table.ts";

/** The folder of the sweeps: `--sweeps`, or `./sweeps` of the current project. */
export function sweepsDirOf(flags: Flags): string {
  return resolve(flags.text("sweeps") ?? "sweeps");
}

function parallelOf(flags: Flags, name: string): number | undefined {
  const parallel = flags.integer("parallel");
  if (parallel !== undefined && parallel < 1) throw usage({ name }, ["--parallel must be at least 1"]);
  return parallel;
}

/** What a command that tells a sweep gives back. */
export function toldSweep(document: SweepDocument): Outcome {
  return { document, text: sweepTable(document) };
}

/** `tomoe sweep run`: the sweep that a file exports, or the one that it carries out by itself. */
export async function sweepRun(call: Call): Promise<Outcome> {
  const {
    arguments: [path = ""],
    flags,
    signal,
  } = call;
  const set = flags.all("set");
  const wrong = set.filter((assignment) => !/^[^=\s]+=/.test(assignment));
  if (wrong.length > 0) throw usage({ name: "sweep run" }, [`--set must be path=value, found "${wrong[0]}"`]);
  const carryOut = await sweepHost(call, {
    sweepsDir: flags.has("sweeps") ? sweepsDirOf(flags) : undefined,
    ...defined({ parallel: parallelOf(flags, "sweep run") }),
    set,
    runsDir: flags.has("runs") ? runsDirOf(flags) : undefined,
    device: flags.has("device") ? deviceOf(flags) : undefined,
    cache: cacheOf(flags),
  });
  const documents: SweepDocument[] = [];
  const module = await runScript(path, signal, {
    run: () => Promise.reject(runsHere(path)),
    sweep: async (of, settings) => {
      const document = await carryOut(of, settings);
      documents.push(document);
      return document;
    },
  });
  const last = documents.at(-1) ?? (await carryOut(sweepOf(module, path), {}));
  return toldSweep(last);
}

function runsHere(path: string): TomoeError {
  return new TomoeError("CONFIG_INVALID", `${path} runs an experiment by itself, and a sweep was asked for`, {
    hint: "Run it whole with: tomoe run FILE.ts",
  });
}

/** `tomoe sweep status`: a sweep as its ledger tells it. */
export async function sweepStatus({ arguments: [reference = ""], flags }: Call): Promise<Outcome> {
  const conductor = await import("../../../run/index.ts");
  return toldSweep(await conductor.sweepStatus(sweepsDirOf(flags), reference));
}

/** `tomoe sweep resume`: the rest of a sweep. */
export async function sweepResume({
  arguments: [reference = ""],
  flags,
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const parallel = parallelOf(flags, "sweep resume") ?? 1;
  const conductor = await import("../../../run/index.ts");
  const watch = watchRun(terminal);
  try {
    const device = flags.has("device") ? { device: deviceOf(flags) } : {};
    const sweepsDir = sweepsDirOf(flags);
    const places = {
      reference,
      sweepsDir,
      parallel,
      signal,
      onProgress: watch.onProgress,
      ...device,
      ...defined({ cache: cacheOf(flags) }),
    };
    return toldSweep(await conductor.resumeSweep(places));
  } finally {
    watch.end();
  }
}
