import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TomoeError } from "../../errors.ts";
import { makeFolders, namesIn, syncFolder, writeFailure } from "../../files/index.ts";
import { acquireLock } from "../owned/lock.ts";
import { bytesBelow } from "../runs/disk.ts";
import { findRunName, runNames } from "../runs/find-run.ts";
import { trashName } from "../runs/layout.ts";
import { lockName } from "../runs/lock-holder.ts";

/** A run in the trash of its folder of runs. */
export interface Discarded {
  readonly runId: string;
  /** Where it lies now. */
  readonly dir: string;
  readonly bytes: number;
}

const trashOf = (runsDir: string): string => join(resolve(runsDir), trashName);

/** What lies in the trash of a folder of runs, by name; nothing where there is none. Errors as `runNames`. */
export function listTrash(runsDir: string): readonly Discarded[] {
  const trash = trashOf(runsDir);
  return runNames(trash).map((runId) => {
    const dir = join(trash, runId);
    return { runId, dir, bytes: bytesBelow(dir) };
  });
}

/**
 * Moves a run into the trash inside its folder of runs: nothing of it is lost until the trash is emptied.
 *
 * @param runId - its whole name, also that of a broken one.
 * @throws TomoeError `LOCKED` naming the process that works on it; `OUTPUT_EXISTS` where one of its name lies there;
 * `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
 */
export async function discardRun(runsDir: string, runId: string): Promise<Discarded> {
  const from = join(resolve(runsDir), runId);
  const to = join(trashOf(runsDir), runId);
  refuseTaken(runNames(trashOf(runsDir)), runId, to);
  const lock = await acquireLock(from, () => undefined);
  try {
    await makeFolders(trashOf(runsDir));
    await rename(from, to);
  } catch (cause) {
    await lock.release().catch(() => undefined);
    throw writeFailure(cause, { action: "move the run into the trash", path: to });
  }
  // It goes with the run, whose folder nobody can find any more.
  await rm(join(to, lockName), { force: true }).catch(() => undefined);
  await syncFolder(trashOf(runsDir));
  await syncFolder(resolve(runsDir));
  return { runId, dir: to, bytes: bytesBelow(to) };
}

/**
 * Moves a run back out of the trash.
 *
 * @param reference - its id, the beginning of one, or the four letters at its end.
 * @throws TomoeError `RUN_NOT_FOUND` with "did you mean"; `OUTPUT_EXISTS` where a run of its name is there again;
 * `PERMISSION`, `IO_FAILED`.
 */
export async function restoreRun(runsDir: string, reference: string): Promise<Discarded> {
  const runId = findRunName(trashOf(runsDir), reference);
  const from = join(trashOf(runsDir), runId);
  const to = join(resolve(runsDir), runId);
  refuseTaken(runNames(resolve(runsDir)), runId, to);
  try {
    await rename(from, to);
  } catch (cause) {
    throw writeFailure(cause, { action: "move the run out of the trash", path: to });
  }
  await syncFolder(resolve(runsDir));
  return { runId, dir: to, bytes: bytesBelow(to) };
}

/** Name of a run while it is deleted: half a run can be restored by nobody. */
const deletingPrefix = ".deleting-";

/**
 * Deletes what lies in the trash, for good, and what a killed process left of that.
 *
 * @returns what was deleted, with the bytes that it held.
 * @throws TomoeError `PERMISSION`, `IO_FAILED`; what was deleted until then is gone.
 */
export async function emptyTrash(runsDir: string): Promise<readonly Discarded[]> {
  const trash = trashOf(runsDir);
  const found = listTrash(runsDir);
  try {
    for (const { dir, runId } of found) await rename(dir, join(trash, deletingPrefix + runId));
    for (const name of await namesIn(trash))
      if (name.startsWith(deletingPrefix)) await rm(join(trash, name), { recursive: true, force: true });
  } catch (cause) {
    throw writeFailure(cause, { action: "empty the trash", path: trash });
  }
  return found;
}

function refuseTaken(names: readonly string[], runId: string, path: string): void {
  if (!names.includes(runId)) return;
  throw new TomoeError("OUTPUT_EXISTS", `there is a run ${runId} at ${path} already`, {
    hint: 'One of the two is a copy: move one elsewhere, or empty the trash with "tomoe runs gc --yes".',
    details: { runId, path },
  });
}
