import { defined } from "../../../defined.ts";
import { watchRun } from "../../screen/run-watch.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { deviceOf, runsDirOf } from "../../words/run-flags.ts";
import { sweepsDirOf } from "./run.ts";
import { sweepTable } from "./table.ts";

/** `tomoe sweep replay`: one trial again, by the ledger. */
export async function sweepReplay({
  arguments: [reference = ""],
  flags,
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const trial = flags.integer("trial") ?? 0;
  if (trial < 0) throw usage({ name: "sweep replay" }, ["--trial must not be negative"]);
  const conductor = await import("../../../run/index.ts");
  const watch = watchRun(terminal);
  try {
    const document = await conductor.replayTrial({
      sweepsDir: sweepsDirOf(flags),
      reference,
      trial,
      runsDir: runsDirOf(flags),
      ...defined({ device: flags.has("device") ? deviceOf(flags) : undefined }),
      dryRun: flags.has("dry-run"),
      signal,
      onProgress: watch.onProgress,
    });
    const { runs, equal } = document.replay;
    const said = runs.map(
      ({ seed, configDigest, runId, value, recorded }) =>
        `seed ${seed}, configuration ${configDigest.slice(0, 12)}, recorded ${recorded}${runId === null ? "" : `, ${runId} gives ${value}`}`,
    );
    const verdict = equal === null ? [] : [equal ? "every value is the recorded one" : "the values differ"];
    return { document, text: [sweepTable(document), ...said, ...verdict].join("\n") };
  } finally {
    watch.end();
  }
}
