import { isTomoeError } from "../../errors.ts";
import { jsonText } from "../../files/index.ts";
import type { OwnedRun } from "../../track/index.ts";
import type { OnProgress } from "../progress.ts";
import { lookAtGit } from "./git.ts";
import { lookAtHardware } from "./hardware.ts";

/** What a look gives; undefined, with a line, where it failed: a run never ends for what stands beside it. */
async function looked<T>(
  what: string,
  onProgress: OnProgress,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    onProgress({ kind: "notice", text: `${what} is not recorded: ${error.message}` });
    return undefined;
  }
}

/**
 * Records what code a new run is begun with: `source.json`, and `changes.patch` where tracked code was changed.
 *
 * @param folder - in the project, usually where the command was called.
 * @throws TomoeError as `OwnedRun.write`.
 */
export async function recordSource(owned: OwnedRun, onProgress: OnProgress, folder: string): Promise<void> {
  const found = await looked("the state of git", onProgress, () => lookAtGit(folder));
  await owned.write("source.json", jsonText({ format: "tomoe.source/1", git: found?.git ?? null }));
  const { patch = null, git } = found ?? {};
  if (patch !== null) await owned.write("changes.patch", patch);
  const why = git?.patch?.leftOut ?? null;
  if (why !== null)
    onProgress({
      kind: "notice",
      text: `the patch of uncommitted code is not kept with the run (${
        why === "secret" ? "something in it looks like a secret" : "it is over 1 MiB"
      }); its digest is`,
    });
}

/** Records what a start of a run computes on: `hardware.json`. Errors as `OwnedRun.write`. */
export async function recordHardware(owned: OwnedRun, onProgress: OnProgress): Promise<void> {
  const hardware = await looked("the hardware", onProgress, lookAtHardware);
  if (hardware !== undefined)
    await owned.write("hardware.json", jsonText({ format: "tomoe.hardware/1", ...hardware }));
}
