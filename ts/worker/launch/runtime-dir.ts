import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { writeFailure } from "../../files/index.ts";
import { identifyProcess } from "../../process/proc/index.ts";

/**
 * Folders of this process that are still there; removed when it exits; one that a signal ended leaves them to
 * the next sweep.
 */
const own = new Set<string>();
const namePattern = /^tomoe-(\d+)-(\d+)-[A-Za-z0-9]{6}$/;

/**
 * Makes a folder of mode 0700 for the sockets and ready files of this process, and removes those that dead
 * processes left behind.
 * It goes with `removeRuntimeDir`, or with this process. Its name holds the owner's pid and start time, so
 * that a reused pid is not mistaken for the owner.
 *
 * @throws TomoeError `PERMISSION`, `OUTPUT_CREATE`, `DISK_FULL`, `IO_FAILED` when it cannot be made.
 */
export function createRuntimeDir(base: string = runtimeBase(process.env)): string {
  sweep(base);
  const startTicks = identifyProcess(process.pid)?.startTicks ?? "0";
  try {
    const path = mkdtempSync(join(base, `tomoe-${process.pid}-${startTicks}-`));
    if (own.size === 0) process.once("exit", removeOwn);
    own.add(path);
    return path;
  } catch (cause) {
    throw writeFailure(cause, { action: "make a runtime folder", path: base, setBy: "TMPDIR" });
  }
}

/** Removes a folder made by `createRuntimeDir`; anything else is left alone. */
export function removeRuntimeDir(path: string): void {
  if (!namePattern.test(basename(path))) return;
  rmSync(path, { recursive: true, force: true });
  own.delete(path);
  if (own.size === 0) process.off("exit", removeOwn);
}

function removeOwn(): void {
  for (const path of own) rmSync(path, { recursive: true, force: true });
}

/** The user's own runtime folder where the system gives one, else the one for temporary files. */
function runtimeBase(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_RUNTIME_DIR;
  try {
    if (given !== undefined && given !== "" && statSync(given).isDirectory()) return given;
  } catch {
    // Named but not there, as in many containers.
  }
  return tmpdir();
}

function sweep(base: string): void {
  // Where processes cannot be told apart, nothing is known to be dead.
  if (identifyProcess(process.pid) === undefined) return;
  let names: string[];
  try {
    names = readdirSync(base);
  } catch {
    return;
  }
  for (const name of names) {
    const [, pid, startTicks] = namePattern.exec(name) ?? [];
    if (pid === undefined || identifyProcess(Number(pid))?.startTicks === startTicks) continue;
    try {
      rmSync(join(base, name), { recursive: true, force: true });
    } catch {
      // Another user's; not ours to remove.
    }
  }
}
