import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { existingRunsDir } from "../../words/run-flags.ts";

/** `tomoe export`: a run's model for other tools. */
export async function exportCommand({
  arguments: [run = ""],
  flags,
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const { exportRun } = await import("../../../run/index.ts");
  const document = await exportRun({
    run,
    runsDir,
    out: resolve(flags.text("out") ?? ""),
    merge: flags.has("merge"),
    env: process.env,
    signal,
    say: (line) => terminal.line(terminal.paint("dim", plainText(line))),
    ...defined({ checkpoint: flags.text("checkpoint") }),
  });
  const { out, files, reload } = document;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  terminal.line(
    terminal.paint(
      "dim",
      `${reload.library} ${reload.version} reads it back: ${reload.parts.join(", ")}, largest difference of a logit ${reload.maxAbsDifference}. Research only, not for clinical use.`,
    ),
  );
  return { document, text: `${plainText(out)}  ${files.length} files  ${bytes} bytes` };
}
