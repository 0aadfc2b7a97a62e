import { link, readdir, rename, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { TomoeError } from "../../errors.ts";
import { errnoOf, writeFailure, writeNew } from "../../files/index.ts";
import { lockName, readOwner } from "../runs/lock-holder.ts";
import type { Owner } from "../runs/owner.ts";
import { currentOwner, ownerLife, ownerText } from "../runs/owner.ts";

const claimPrefix = "lock.claim-";

/** The right to write in a run folder, held by one process at a time. */
export interface RunLock {
  readonly owner: Owner;
  /** @throws TomoeError `LOCKED` when another process has taken the folder over. */
  assertHeld(): Promise<void>;
  /** Gives the folder free; a second call does nothing. */
  release(): Promise<void>;
}

/**
 * Takes the lock of `folder`, or takes it over from a process that is gone.
 *
 * The lock appears whole by a hard link, so nobody reads half an owner. A stale lock is replaced only by who
 * holds the claim on that very
 * lock (a link named after its token), so two takers can never both win.
 *
 * @param notice - gets one line when a stale lock is taken over.
 * @throws TomoeError `LOCKED` naming the owner; `PERMISSION`, `DISK_FULL`, `OUTPUT_CREATE`, `IO_FAILED`.
 */
export async function acquireLock(folder: string, notice: (line: string) => void): Promise<RunLock> {
  const owner = currentOwner();
  const path = join(folder, lockName);
  const own = join(folder, `.lock.${owner.token}.tmp`);
  try {
    await writeNew(own, `${JSON.stringify(owner)}\n`);
    // Another taker may finish between two looks; each round then sees a newer lock.
    for (;;) {
      if (await linkIfFree(own, path)) break;
      const holder = await readOwner(path);
      if (holder === undefined) continue;
      refuseUnlessDead(holder, folder);
      if (await takeOver({ folder, own, holder })) {
        notice(`took over the lock of ${basename(folder)}: ${ownerText(holder)} is gone`);
        break;
      }
    }
  } catch (cause) {
    throw writeFailure(cause, { action: "lock the run folder", path: folder });
  } finally {
    await unlink(own).catch(() => undefined);
  }
  return heldLock(path, owner);
}

function heldLock(path: string, owner: Owner): RunLock {
  let released = false;
  return {
    owner,
    async assertHeld() {
      const holder = await readOwner(path);
      if (!released && holder?.token === owner.token) return;
      const now = holder === undefined ? "nobody" : ownerText(holder);
      throw new TomoeError("LOCKED", `this process no longer owns ${path}: held by ${now}`, {
        hint: "Another process took the run over; let it work, or resume the run after it.",
        details: { path, ...(holder === undefined ? {} : { pid: holder.pid, host: holder.host }) },
      });
    },
    async release() {
      if (released) return;
      released = true;
      const holder = await readOwner(path);
      if (holder?.token === owner.token) await unlink(path);
    },
  };
}

interface TakeOver {
  readonly folder: string;
  /** Our own owner file, complete. */
  readonly own: string;
  /** The dead owner whose lock is to be replaced. */
  readonly holder: Owner;
}

/** Replaces the dead holder's lock; false when somebody else was faster. */
async function takeOver({ folder, own, holder }: TakeOver): Promise<boolean> {
  const path = join(folder, lockName);
  let token = holder.token;
  let claim = join(folder, claimPrefix + token);
  // A claimant may have died too: then its claim is claimed, and so on along the chain.
  while (!(await linkIfFree(own, claim))) {
    const claimant = await readOwner(claim);
    if (claimant === undefined) return false;
    refuseUnlessDead(claimant, folder);
    token = claimant.token;
    claim = join(folder, claimPrefix + token);
  }
  const now = await readOwner(path);
  if (now?.token !== holder.token) {
    await unlink(claim).catch(() => undefined);
    return false;
  }
  const replacement = `${own}.lock`;
  await link(own, replacement);
  await rename(replacement, path);
  for (const name of await readdir(folder)) {
    if (name.startsWith(claimPrefix)) await unlink(join(folder, name)).catch(() => undefined);
  }
  return true;
}

async function linkIfFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (errnoOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

function refuseUnlessDead(holder: Owner, folder: string): void {
  const life = ownerLife(holder);
  if (life === "dead") return;
  const hint =
    life === "alive"
      ? `Wait for process ${holder.pid}, or end it with "kill ${holder.pid}"; then run the command again.`
      : `Look on ${holder.host} whether process ${holder.pid} still runs; when it does not, delete ${join(folder, lockName)}.`;
  throw new TomoeError("LOCKED", `${folder} is owned by ${ownerText(holder)}`, {
    hint,
    details: { path: folder, pid: holder.pid, host: holder.host, since: holder.since, life },
  });
}
