import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../../defined.ts";
import type { RunDocument } from "../../../run/index.ts";
import { loadRecipe } from "../../recipe.ts";
import { watchRun } from "../../screen/run-watch.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import type { Call, Flags, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { deviceOf, existingRunsDir, runsDirOf } from "../../words/run-flags.ts";

/** `tomoe run`: an experiment from the first step to the scorecard, or the rest of one. */
export async function run({ arguments: [recipe], flags, signal, terminal }: Call): Promise<Outcome> {
  checkModes(recipe, flags);
  const watch = watchRun(terminal);
  const device = deviceOf(flags);
  try {
    const resumed = flags.text("resume");
    if (resumed !== undefined) {
      const runsDir = existingRunsDir(flags);
      const conductor = await import("../../../run/index.ts");
      return finished(
        await conductor.resumeRun({ run: resumed, runsDir, device, signal, onProgress: watch.onProgress }),
      );
    }
    const path = recipe ?? "";
    const experiment = await loadRecipe(path, signal);
    const conductor = await import("../../../run/index.ts");
    const options = {
      experiment,
      source: { file: path, text: readFileSync(path, "utf8") },
      runsDir: runsDirOf(flags),
      device,
      set: flags.all("set"),
      ...defined({ seed: flags.integer("seed") }),
      signal,
      onProgress: watch.onProgress,
    };
    if (flags.has("dry-run")) {
      const { document, text } = await conductor.dryRun(options);
      return { document, text };
    }
    return finished(await conductor.runExperiment(options));
  } finally {
    watch.end();
  }
}

function checkModes(recipe: string | undefined, flags: Flags): void {
  const isResume = flags.has("resume");
  const problems = [
    ...(recipe === undefined && !isResume ? ["RECIPE.ts is missing (or give --resume RUN)"] : []),
    ...(recipe !== undefined && isResume
      ? [`--resume resumes a run as it is; the recipe ${recipe} cannot stand beside it`]
      : []),
    ...(isResume
      ? ["set", "seed", "dry-run"]
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
}

function finished(document: RunDocument): Outcome {
  const { runId, dir, scorecard } = document;
  return {
    document,
    text: `${scorecardTable(scorecard)}\n\nsignatures: ${join(dir, "scorecard.md")}; plots: ${join(dir, "plots")}; research only, not for clinical use\n${runId} ${dir}`,
  };
}
