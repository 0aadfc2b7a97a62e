import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../../defined.ts";
import { bug } from "../../../errors.ts";
import { loadRecipe } from "../../recipe.ts";
import { watchRun } from "../../screen/run-watch.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import type { Call, Flags, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { cacheOf, deviceOf, existingRunsDir, runsDirOf } from "../../words/run-flags.ts";
import { sweepTable } from "../sweep/table.ts";
import { overridesOf, tagsOf } from "./overrides.ts";
import { runFile, type ScriptRuns } from "./script.ts";

/** `tomoe run`: an experiment from the first step to the scorecard, a script that runs some, or the rest of one. */
export async function run(call: Call): Promise<Outcome> {
  const {
    arguments: [recipe],
    flags,
  } = call;
  checkModes(recipe, flags);
  const resumed = flags.text("resume");
  if (resumed !== undefined) return await resume(resumed, call);
  const path = recipe ?? "";
  return flags.has("dry-run") ? await planOf(path, call) : finished(await runFile(path, call));
}

async function resume(reference: string, { flags, signal, terminal }: Call): Promise<Outcome> {
  const watch = watchRun(terminal);
  try {
    const conductor = await import("../../../run/index.ts");
    const places = {
      run: reference,
      runsDir: existingRunsDir(flags),
      device: deviceOf(flags),
      ...defined({ cache: cacheOf(flags) }),
    };
    const document = await conductor.resumeRun({ ...places, signal, onProgress: watch.onProgress });
    return finished({ runs: [document], sweeps: [] });
  } finally {
    watch.end();
  }
}

/** What the first experiment of a file would do. */
async function planOf(path: string, { flags, signal }: Call): Promise<Outcome> {
  const experiment = await loadRecipe(path, signal);
  const conductor = await import("../../../run/index.ts");
  const { document, text } = await conductor.dryRun({
    experiment,
    source: { file: path, text: readFileSync(path, "utf8") },
    runsDir: runsDirOf(flags),
    device: deviceOf(flags),
    set: await overridesOf(flags),
    ...defined({ seed: flags.integer("seed") }),
    signal,
  });
  return { document, text };
}

function checkModes(recipe: string | undefined, flags: Flags): void {
  const isResume = flags.has("resume");
  const problems = [
    ...(recipe === undefined && !isResume ? ["RECIPE.ts is missing (or give --resume RUN)"] : []),
    ...(recipe !== undefined && isResume
      ? [`--resume resumes a run as it is; the recipe ${recipe} cannot stand beside it`]
      : []),
    ...(isResume
      ? ["set", "set-file", "tag", "seed", "allow-leak", "dry-run"]
          .filter((name) => flags.has(name))
          .map((name) => `--${name} cannot stand beside --resume: a run is resumed with what it began with`)
      : []),
    ...((flags.integer("seed") ?? 0) < 0 ? ["--seed must not be negative"] : []),
    ...flags
      .all("set")
      .filter((assignment) => !/^[^=\s]+=/.test(assignment))
      .map((assignment) => `--set must be path=value, found "${assignment}"`),
  ];
  if (problems.length > 0) throw usage({ name: "run" }, problems);
  tagsOf(flags);
}

/**
 * The last run's document, and those of all where there were several; of sweeps alone that of the last one. A line a
 * run, the last one last.
 */
function finished({ runs, sweeps }: ScriptRuns): Outcome {
  const last = runs.at(-1) ?? sweeps.at(-1);
  if (last === undefined) throw bug("a file was run, and nothing came of it");
  const tables = runs.map(
    ({ scorecard, dir }) =>
      `${scorecardTable(scorecard)}\n\nsignatures: ${join(dir, "scorecard.md")}; plots: ${join(dir, "plots")}; research only, not for clinical use`,
  );
  const lines = runs.map(({ runId, dir }) => `${runId} ${dir}`);
  return {
    document: {
      ...last,
      ...(runs.length === 1 ? {} : { runs }),
      ...(sweeps.length === 0 ? {} : { sweeps }),
    },
    text: [...sweeps.map(sweepTable), ...tables, ...(lines.length === 0 ? [] : [lines.join("\n")])].join(
      "\n\n",
    ),
  };
}
