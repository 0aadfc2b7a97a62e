import { watchRun } from "../../screen/run-watch.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { deviceOf, existingRunsDir } from "../../words/run-flags.ts";
import { textOf } from "./text.ts";

/** `tomoe replay`: one step again, from the nearest checkpoint. */
export async function replay({ arguments: [target = ""], flags, signal, terminal }: Call): Promise<Outcome> {
  const conductor = await import("../../../run/index.ts");
  const watch = watchRun(terminal);
  try {
    const document = await conductor.replayStep({
      runsDir: existingRunsDir(flags),
      target: conductor.stepNamed(target),
      device: deviceOf(flags),
      signal,
      onProgress: watch.onProgress,
    });
    return { document, text: textOf(document) };
  } finally {
    watch.end();
  }
}
