import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { bug } from "../../errors.ts";
import type { SpaceWaiter } from "../../files/index.ts";
import { makeFolders, syncFolder, writeWhole } from "../../files/index.ts";

/** What has writers of its own: no artifact lies there. */
const kept = ["", "metrics", "events", "checkpoints", "state.json", "lock"];
const unfinished = /^\..+\.tmp(\.lock)?$/;

/**
 * Where an artifact of the run in `dir` lies, e.g. `scorecard.md`, `plots/loss.svg`.
 *
 * @param path - relative to the run folder, one folder deep at most.
 * @throws TomoeError `INTERNAL` for a path outside, deeper, or of what has a writer of its own.
 */
export function artifactPath(dir: string, path: string): string {
  const target = join(dir, path);
  const parts = relative(dir, target).split(sep);
  if (parts.length > 2 || parts[0] === ".." || kept.includes(parts[0] ?? ""))
    throw bug(`${path} is not a place for an artifact of a run`);
  return target;
}

/** Writes an artifact whole or not at all; errors as `writeWhole`. */
export async function writeArtifact(
  target: string,
  content: Uint8Array | string,
  space: SpaceWaiter,
): Promise<void> {
  await makeFolders(dirname(target), { space });
  await writeWhole(target, content, { space });
}

/** Removes the files that a killed attempt left half written in these folders, each with a line. */
export async function sweepUnfinished(
  folders: readonly string[],
  notice: (line: string) => void,
): Promise<void> {
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => unfinished.test(name));
    for (const name of names) {
      await unlink(join(folder, name)).catch(() => undefined);
      notice(`removed the unfinished file ${basename(folder)}/${name}`);
    }
    if (names.length > 0) await syncFolder(folder);
  }
}
