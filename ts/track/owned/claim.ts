import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { JsonValue } from "../../errors.ts";
import type { SpaceWait } from "../../files/index.ts";
import { makeFolders, makeNewFolder, syncFolder, writeFailure, writeWhole } from "../../files/index.ts";
import { readableJson } from "../record/json.ts";
import { creatingPrefix, newRunId, runPaths, runSubfolders } from "../runs/layout.ts";
import { nextOrdinal } from "../runs/listing.ts";
import type { RunFolder } from "../runs/open-run.ts";
import { readState, runFormat } from "../runs/state.ts";
import { acquireLock } from "./lock.ts";
import { OwnedRun } from "./owned-run.ts";
import { writeState } from "./tenure.ts";

export interface NewRun {
  readonly experimentName: string;
  /** The resolved experiment, in full; it lies on disk before any worker starts. */
  readonly resolved: JsonValue;
  readonly seed: number;
  /** Names and values that it is found by. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface OwnOptions {
  /** Gets one line for each thing the user should see: a lock taken over, a torn tail cut, a full disk. */
  readonly notice: (line: string) => void;
  /** How long a write waits for a full disk; five minutes when absent. */
  readonly space?: SpaceWait;
}

/**
 * Makes the folder of a new run, mode 0700, with `resolved.json` and `state.json` in it, and locks it for
 * this process.
 * The folder has its final name only once it is whole.
 *
 * @throws TomoeError `OUTPUT_CREATE`, `PERMISSION`, `DISK_FULL`, `IO_FAILED`; `INTERNAL` for a resolved
 * experiment that JSON cannot hold.
 */
export async function createRun(runsDir: string, run: NewRun, options: OwnOptions): Promise<OwnedRun> {
  const folder = resolve(runsDir);
  await makeFolders(folder, { setBy: "--runs" });
  const ordinal = nextOrdinal(folder);
  const runId = newRunId(run.experimentName, new Date());
  const dir = join(folder, runId);
  const making = join(folder, creatingPrefix + runId);
  await makeNewFolder(making, { setBy: "--runs" });
  try {
    for (const name of runSubfolders) await makeNewFolder(join(making, name));
    const paths = runPaths(making);
    await writeWhole(paths.resolved, readableJson(run.resolved, "the resolved experiment"));
    await writeState(paths.state, {
      format: runFormat,
      runId,
      experimentName: run.experimentName,
      seed: run.seed,
      status: "created",
      ordinal,
      attempt: 0,
      createdAt: new Date().toISOString(),
      ...(run.tags === undefined ? {} : { tags: { ...run.tags } }),
      resume: resumeCommand(folder, runId),
    });
    await rename(making, dir);
  } catch (cause) {
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
    throw writeFailure(cause, { action: "create the run folder", path: dir });
  }
  await syncFolder(folder);
  return claim(dir, options);
}

/**
 * Locks a run for this process, so that it may write in it; what an interrupted attempt left half done is
 * swept away, each with a line.
 *
 * @throws TomoeError `LOCKED` naming the owner; `RECORD_INVALID`, `PERMISSION`, `IO_FAILED`.
 */
export async function claimRun(run: RunFolder, options: OwnOptions): Promise<OwnedRun> {
  return claim(run.dir, options);
}

async function claim(dir: string, options: OwnOptions): Promise<OwnedRun> {
  const lock = await acquireLock(dir, options.notice);
  try {
    // Read under the lock: another owner may have written since the run was opened.
    const owned = new OwnedRun({ dir, lock, state: await readState(runPaths(dir).state), ...options });
    await owned.sweep();
    return owned;
  } catch (cause) {
    await lock.release().catch(() => undefined);
    throw cause;
  }
}

/** The command that goes on with a run; it names the runs folder where that is not the default one. */
function resumeCommand(runsDir: string, runId: string): string {
  const elsewhere =
    runsDir === resolve("runs")
      ? ""
      : ` --runs ${/^[\w./-]+$/.test(runsDir) ? runsDir : `'${runsDir.replaceAll("'", `'\\''`)}'`}`;
  return `tomoe run --resume ${runId}${elsewhere}`;
}
