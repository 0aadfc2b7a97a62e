import { spawn } from "node:child_process";
import { once } from "node:events";
import { groupMemoryOf } from "../../../../../ts/process/proc/index.ts";
import type { WorkerLife } from "../../../../../ts/worker/calls/life.ts";
import { diedError, dumpStacks, endOf } from "../../../../../ts/worker/calls/life.ts";
import type { WorkerExit } from "../../../../../ts/worker/index.ts";

const exit: WorkerExit = { exitCode: null, signal: "SIGKILL", forced: false, logTail: ["last words"] };
const life = (change: Partial<WorkerLife> = {}): WorkerLife => ({
  ended: new Promise(() => undefined),
  logTail: () => ["so far"],
  pid: process.pid,
  oomKillsBefore: Number.MAX_SAFE_INTEGER,
  ...change,
});

describe("the life of a worker", () => {
  it("tells an exit that comes a moment after the connection broke", async () => {
    const ended = new Promise<WorkerExit>((resolve) => setTimeout(resolve, 100, exit));
    expect(await endOf(life({ ended }))).toBe(exit);
  });

  it("does not call a living process dead", async () => {
    expect(await endOf(life())).toBeUndefined();
  });

  it("notices that a rank is gone though the launcher that started it still lives", async () => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    expect(await endOf(life({ pid: child.pid ?? -1 }))).toEqual({
      exitCode: null,
      signal: null,
      forced: false,
      logTail: ["so far"],
    });
  });

  it("says how it died, during what, and keeps its last words", () => {
    const error = diedError(exit, "step 3 of stage shared", life());
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_DIED",
      message: "[WORKER_DIED] the worker died (SIGKILL) during step 3 of stage shared",
    });
    expect(error.details).toEqual({
      exitCode: null,
      signal: "SIGKILL",
      forced: false,
      oomKilled: false,
      limitBytes: groupMemoryOf("self").limitBytes ?? null,
      during: "step 3 of stage shared",
      logTail: ["last words"],
    });
    expect(diedError({ ...exit, signal: null, exitCode: 7 }, "Hello", life()).message).toBe(
      "[WORKER_DIED] the worker died (exit code 7) during Hello",
    );
    expect(diedError({ ...exit, signal: null }, "Hello", life()).message).toBe(
      "[WORKER_DIED] the worker died (its process is gone) during Hello",
    );
  });

  it("blames memory only when the kernel counted a kill for it, and never for our own kill", () => {
    // A count below what the kernel says now stands for a kill since the start.
    const killed = diedError(exit, "step 1", life({ oomKillsBefore: -1 }));
    expect(killed.message).toMatch(
      /^\[WORKER_DIED\] the worker died \(SIGKILL\) during step 1, killed by the kernel because the control group's memory limit( of \d+ MiB)? was reached$/,
    );
    expect(killed.hint).toMatch(/microBatch=N\), smaller ones, or give the job more memory\.$/);
    expect(
      diedError({ ...exit, forced: true }, "step 1", life({ oomKillsBefore: -1 })).details.oomKilled,
    ).toBe(false);
    expect(
      diedError({ ...exit, signal: "SIGSEGV" }, "step 1", life({ oomKillsBefore: -1 })).details.oomKilled,
    ).toBe(false);
  });

  it("does not mind asking a process for its stacks that is gone", async () => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    await expect(dumpStacks([child.pid ?? -1])).resolves.toBeUndefined();
  });
});
