import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { committedName } from "../checkpoints/list.ts";
import { commitName } from "../checkpoints/verify.ts";
import { checkpointsPath } from "./layout.ts";

/** Bytes of the regular files below a folder, links not followed; what cannot be looked at, or goes meanwhile, counts 0. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const entry of entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    }
  return bytes;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Gone, or not ours to read: it holds nothing that could be told.
    return [];
  }
}

/** What lay in a run's folder at a moment. */
export interface OnDisk {
  readonly bytes: number;
  /** Committed checkpoints. */
  readonly checkpoints: number;
  /** When their folder last changed: as long as it says the same, nothing was added or taken away. */
  readonly changedMs: number;
}

/** Looks at all that lies in the run's folder `dir`. */
export function lookAtDisk(dir: string): OnDisk {
  return { bytes: bytesBelow(dir), checkpoints: countCheckpoints(dir), changedMs: checkpointsChangedMs(dir) };
}

/**
 * What lies in the run's folder now, with as few looks as will do.
 *
 * @param before - as it was when the run ended; undefined for one that has not.
 */
export function currentDisk(dir: string, before: OnDisk | undefined): Pick<OnDisk, "bytes" | "checkpoints"> {
  if (before?.changedMs === checkpointsChangedMs(dir))
    return { bytes: before.bytes, checkpoints: before.checkpoints };
  // A copy has times of its own: the same checkpoints are the same bytes.
  const checkpoints = countCheckpoints(dir);
  return { bytes: before?.checkpoints === checkpoints ? before.bytes : bytesBelow(dir), checkpoints };
}

function checkpointsChangedMs(dir: string): number {
  const found = statSync(checkpointsPath(dir), { throwIfNoEntry: false });
  return found === undefined ? 0 : Math.floor(found.mtimeMs);
}

/** Committed checkpoints of the run in `dir`; 0 where there is no such folder or it cannot be read. */
export function countCheckpoints(dir: string): number {
  const folder = checkpointsPath(dir);
  return entriesOf(folder).filter(
    ({ name }) => committedName.test(name) && existsSync(join(folder, name, commitName)),
  ).length;
}
