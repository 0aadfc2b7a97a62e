import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process named so that a reused pid is not mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started; `/proc/PID/stat` field 22. */
  readonly startTicks: string;
}

interface ProcessStat extends ProcessIdentity {
  readonly parentPid: number;
  readonly state: string;
}

/**
 * Who `pid` is now, or undefined when it is gone or a zombie (`kill -0` cannot tell a zombie from a living
 * process).
 * Reads `/proc`; where there is none, nothing is ever found.
 */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined || stat.state === "Z" ? undefined : { pid, startTicks: stat.startTicks };
}

/**
 * Where a pid means the same process: this boot of this machine, in this pid namespace; "" where the system
 * does not say.
 * `pid_space` of the worker's server/guard.py gives the same text.
 */
export function pidSpace(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

/** Every living descendant of `pid`, children before grandchildren; `pid` itself is not among them. */
export function descendantsOf(pid: number): ProcessIdentity[] {
  const childrenOf = new Map<number, ProcessStat[]>();
  for (const stat of allStats()) {
    const siblings = childrenOf.get(stat.parentPid);
    if (siblings === undefined) childrenOf.set(stat.parentPid, [stat]);
    else siblings.push(stat);
  }
  const found: ProcessIdentity[] = [];
  const queue = [...(childrenOf.get(pid) ?? [])];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.state !== "Z") found.push({ pid: next.pid, startTicks: next.startTicks });
    queue.push(...(childrenOf.get(next.pid) ?? []));
  }
  return found;
}

/** Sends SIGKILL to each of `processes` that is still the process it was. */
export function killAll(processes: readonly ProcessIdentity[]): void {
  for (const { pid, startTicks } of processes) {
    if (identifyProcess(pid)?.startTicks !== startTicks) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended between the look and the kill.
    }
  }
}

function allStats(): ProcessStat[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => readStat(Number(name)) ?? []);
}

function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The command name, in parentheses, may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parentPid] = fields;
  const startTicks = fields[19];
  if (state === undefined || parentPid === undefined || startTicks === undefined) return undefined;
  return { pid, state, parentPid: Number(parentPid), startTicks };
}
