import { readdirSync, readFileSync } from "node:fs";

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

/** A zombie (Z) or a dead process (X) still has an entry, and can do nothing any more. */
const deadStates = new Set(["Z", "X"]);

/**
 * Who `pid` is now, or undefined when it is gone or dead (`kill -0` cannot tell a zombie from a living process).
 * Where there is no `/proc`, nothing is ever found.
 *
 * @param root - of the file system that is looked at.
 */
export function identifyProcess(pid: number, root = ""): ProcessIdentity | undefined {
  const stat = readStat(pid, root);
  return stat === undefined || deadStates.has(stat.state) ? undefined : { pid, startTicks: stat.startTicks };
}

/** Every living descendant of `pid`, children before grandchildren; `pid` itself is not among them. */
export function descendantsOf(pid: number, root = ""): ProcessIdentity[] {
  const childrenOf = new Map<number, ProcessStat[]>();
  for (const stat of allStats(root)) {
    const siblings = childrenOf.get(stat.parentPid);
    if (siblings === undefined) childrenOf.set(stat.parentPid, [stat]);
    else siblings.push(stat);
  }
  const found: ProcessIdentity[] = [];
  const queue = [...(childrenOf.get(pid) ?? [])];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (!deadStates.has(next.state)) found.push({ pid: next.pid, startTicks: next.startTicks });
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

/** Clock ticks a second in which the kernel counts for programs, whatever its own are. */
const ticksPerSecond = 100;

/**
 * Time that a process has computed since it began, in ms, its ended threads included; undefined where there is no such
 * process, or no /proc.
 */
export function computedMs(pid: number, root = ""): number | undefined {
  const fields = statFields(pid, root);
  const [user, system] = [Number(fields?.[11]), Number(fields?.[12])];
  return Number.isFinite(user + system) ? ((user + system) * 1000) / ticksPerSecond : undefined;
}

function allStats(root: string): ProcessStat[] {
  let names: string[];
  try {
    names = readdirSync(`${root}/proc`);
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => readStat(Number(name), root) ?? []);
}

/** The fields of `/proc/PID/stat` from the third on. */
function statFields(pid: number, root: string): readonly string[] | undefined {
  try {
    const text = readFileSync(`${root}/proc/${pid}/stat`, "latin1");
    // The command name, in parentheses, may itself hold spaces and parentheses.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function readStat(pid: number, root: string): ProcessStat | undefined {
  const fields = statFields(pid, root);
  const [state, parentPid] = fields ?? [];
  const startTicks = fields?.[19];
  if (state === undefined || parentPid === undefined || startTicks === undefined) return undefined;
  return { pid, state, parentPid: Number(parentPid), startTicks };
}
