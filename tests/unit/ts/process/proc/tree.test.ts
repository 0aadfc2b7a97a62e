import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { computedMs, descendantsOf, identifyProcess, killAll } from "../../../../../ts/process/proc/tree.ts";
import { layOut, recordedSystems } from "../../../../support/recorded-proc.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const chain = (): ChildProcess =>
  spawn("sh", ["-c", "sh -c 'sleep 60 & wait' & echo up; wait"], { stdio: ["ignore", "pipe", "ignore"] });

async function waitFor(condition: () => boolean): Promise<void> {
  // Asked once a round: a condition that held may not hold when it is asked again.
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("the condition never held");
}

describe("the process tree", () => {
  it("finds children and grandchildren, and kills them by pid and start time", async () => {
    const root = chain();
    const pid = root.pid ?? -1;
    await waitFor(() => descendantsOf(pid).length === 2);
    const tree = descendantsOf(pid);
    killAll(tree.map(({ pid: member }) => ({ pid: member, startTicks: "0" })));
    expect(tree.map(({ pid: member }) => identifyProcess(member)?.pid)).toEqual(
      tree.map(({ pid: member }) => member),
    );
    killAll(tree);
    await once(root, "exit");
    await waitFor(() => tree.every(({ pid: member }) => identifyProcess(member) === undefined));
  });

  it("does not take a zombie for a living process", async () => {
    // The shell never waits for its first child, so that stays a zombie until the shell ends.
    const root = spawn("sh", ["-c", "sleep 0 & echo up; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pid = root.pid ?? -1;
    await once(root.stdout, "data");
    expect(identifyProcess(pid)).toBeDefined();
    await waitFor(() => descendantsOf(pid).length === 0);
    root.kill("SIGKILL");
    await once(root, "exit");
    expect(identifyProcess(pid)).toBeUndefined();
  });

  it("counts what a process computed, not what it waited, and nothing for one that is gone", async () => {
    const sleeper = spawn("sh", ["-c", "echo up; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    await once(sleeper.stdout, "data");
    const before = computedMs(process.pid) ?? Number.NaN;
    while ((computedMs(process.pid) ?? 0) < before + 100) Math.hypot(...Array(1000).fill(1));
    expect(computedMs(process.pid)).toBeLessThanOrEqual(
      process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000 + 20,
    );
    expect(computedMs(sleeper.pid ?? -1)).toBeLessThan(100);
    sleeper.kill("SIGKILL");
    await once(sleeper, "exit");
    expect(computedMs(sleeper.pid ?? -1)).toBeUndefined();
    expect(computedMs(process.pid, "/nowhere")).toBeUndefined();
  });

  it("reads its own identity whatever the process is called", () => {
    expect(identifyProcess(process.pid)).toMatchObject({
      pid: process.pid,
      startTicks: expect.stringMatching(/^\d+$/),
    });
  });
});

describe("recorded processes", () => {
  const root = temporaryFolder();

  it.each(
    recordedSystems()
      .filter(({ processes }) => processes !== undefined)
      .map((system, index) => [system.name, system, `${root}/${index}`] as const),
  )("are alive or dead as they were in %s", (_, system, folder) => {
    layOut(system, folder);
    const { processes = {}, descendants = {} } = system;
    const found = Object.keys(processes).map((pid) => [
      pid,
      identifyProcess(Number(pid), folder)?.startTicks ?? null,
    ]);
    expect(Object.fromEntries(found)).toEqual(processes);
    for (const [pid, expected] of Object.entries(descendants))
      expect(descendantsOf(Number(pid), folder).map((one) => one.pid)).toEqual(expected);
  });
});
