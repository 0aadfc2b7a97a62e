import { TomoeError } from "../../errors.ts";
import { groupMemoryOf, identifyProcess } from "../../process/proc/index.ts";
import type { WorkerExit } from "../pool.ts";

/** What is known here about the process behind a channel; absent when it was started elsewhere. */
export interface WorkerLife {
  /** The process, or the torchrun that started it; never rejects. */
  readonly ended: Promise<WorkerExit>;
  /** Last lines of the log so far. */
  readonly logTail: () => readonly string[];
  readonly pid: number;
  /** Kills by the kernel for memory in this control group before it started. */
  readonly oomKillsBefore: number;
}

const deathNoticeMs = 900;
const pollMs = 25;
const dumpMs = 200;

/**
 * How the process ended, if it did within a moment: a broken connection is seen before the exit is.
 * Under torchrun a rank may be gone while torchrun still ends the others; then only that it is gone is known.
 */
export async function endOf(life: WorkerLife): Promise<WorkerExit | undefined> {
  let exit: WorkerExit | undefined;
  void life.ended.then((known) => {
    exit = known;
  });
  for (let waited = 0; waited <= deathNoticeMs; waited += pollMs) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    if (exit !== undefined) return exit;
    const gone = process.platform === "linux" && identifyProcess(life.pid) === undefined;
    // Our own child is told by its exit event in the next rounds; a grandchild never is.
    if (gone && waited > deathNoticeMs / 3)
      return { exitCode: null, signal: null, forced: false, logTail: life.logTail() };
  }
  return undefined;
}

/**
 * Has the process write the stack of every thread to its log; works also while native code holds the
 * interpreter lock, since the handler is C.
 * Waits a moment for the writing.
 */
export async function dumpStacks(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGUSR1");
    } catch {
      // Gone already: it has no stack.
    }
  }
  await new Promise((resolve) => setTimeout(resolve, dumpMs));
}

/** The error for a worker that ended while it was needed; says how, during what, and what it printed last. */
export function diedError(exit: WorkerExit, during: string, life: WorkerLife): TomoeError {
  // The worker is gone and its group with it, perhaps; it was started in ours.
  const { kills, limitBytes } = groupMemoryOf("self");
  const oomKilled = exit.signal === "SIGKILL" && !exit.forced && kills > life.oomKillsBefore;
  const how = exit.signal ?? (exit.exitCode === null ? "its process is gone" : `exit code ${exit.exitCode}`);
  const limit = limitBytes === undefined ? "" : ` of ${(limitBytes / 2 ** 20).toFixed(0)} MiB`;
  const memory = oomKilled
    ? `, killed by the kernel because the control group's memory limit${limit} was reached`
    : "";
  return new TomoeError("WORKER_DIED", `the worker died (${how}) during ${during}${memory}`, {
    hint: oomKilled
      ? "Pass fewer volumes at once (--set stages.NAME.microBatch=N), smaller ones, or give the job more memory."
      : "The run goes on from its last checkpoint; the worker's log says more.",
    details: {
      exitCode: exit.exitCode,
      signal: exit.signal,
      forced: exit.forced,
      oomKilled,
      limitBytes: limitBytes ?? null,
      during,
      logTail: exit.logTail,
    },
  });
}
