// One setup at a time for one environment: a lock folder with its owner's identity, taken over when the owner
// is dead.

import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const claimLimitMs = 30_000;

/**
 * Fields of /proc/PID/stat from the state on: state, parent, group, ...; undefined when there is no such
 * process.
 */
function statFields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/**
 * Start time of a process in clock ticks since boot, or undefined when it does not run (a zombie counts as
 * dead).
 */
function processStart(pid) {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function bootId() {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}

function readOwner(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "owner.json"), "utf8"));
  } catch {
    return undefined;
  }
}

function tryMake(folder) {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** True while a living process belongs to one of the process groups. */
function anyAlive(groups) {
  if (groups.length === 0) return false;
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const [state, , group] = statFields(name) ?? ["X"];
    return state !== "Z" && state !== "X" && groups.includes(Number(group));
  });
}

/**
 * A folder whose owner file is missing is a lock being made, unless it stays so: then its maker died in
 * between.
 * What a killed owner left running (npm, pip) still writes: its lock stands until that has ended too.
 */
function isStale(folder, owner) {
  if (owner === undefined) return ageMs(folder) > claimLimitMs;
  if (owner.bootId !== bootId()) return true;
  return processStart(owner.pid) !== owner.startTicks && !anyAlive(owner.groups ?? []);
}

/** Removes a dead owner's lock; only the process that holds the claim on that very owner may move it away. */
function takeOver(folder, nonce) {
  const claim = `${folder}.claim-${nonce}`;
  if (!tryMake(claim)) {
    if (ageMs(claim) > claimLimitMs) rmSync(claim, { recursive: true, force: true });
    return false;
  }
  try {
    // The owner may have been replaced between the look and the claim.
    if ((readOwner(folder)?.nonce ?? "unknown") !== nonce) return false;
    const grave = `${folder}.grave-${randomUUID()}`;
    renameSync(folder, grave);
    rmSync(grave, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  } finally {
    rmSync(claim, { recursive: true, force: true });
  }
}

/**
 * Runs `work` while this process alone holds the lock folder; waits for a living owner, takes over a dead
 * one's.
 * `say` receives one line when it waits and one when it takes over; `checkStop` is called while waiting and
 * may throw.
 * `work` receives a function that notes a child's process group beside the owner.
 */
export async function withLock(folder, { say, checkStop }, work) {
  const own = {
    pid: process.pid,
    bootId: bootId(),
    startTicks: processStart(process.pid),
    nonce: randomUUID(),
    groups: [],
  };
  let told = false;
  while (!tryMake(folder)) {
    const owner = readOwner(folder);
    if (isStale(folder, owner)) {
      if (takeOver(folder, owner?.nonce ?? "unknown"))
        say(`took over the lock of a dead setup (process ${owner?.pid ?? "unknown"})`);
    } else if (!told) {
      told = true;
      say(`waiting for the setup of process ${owner?.pid ?? "unknown"}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, told ? 200 : 20);
    });
    checkStop();
  }
  const write = () => {
    const draft = join(folder, "owner.json.tmp");
    writeFileSync(draft, JSON.stringify(own));
    renameSync(draft, join(folder, "owner.json"));
  };
  write();
  try {
    return await work((group) => {
      own.groups.push(group);
      write();
    });
  } finally {
    if (readOwner(folder)?.nonce === own.nonce) rmSync(folder, { recursive: true, force: true });
  }
}
