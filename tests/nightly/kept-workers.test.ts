// How a worker without a run ends: after a while, by a signal, and with the process that keeps it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../../ts/process/index.ts";
import { KeptWorkers } from "../../ts/worker/index.ts";
import { lend } from "../contract/kept-run.ts";
import { makeFolders } from "../contract/worker-fixture.ts";
import { workerPids } from "../support/run-numbers.ts";
import { until } from "../support/until.ts";

const folders = makeFolders();
afterAll(() => folders.remove());
const workers = (): readonly number[] => workerPids(folders.folder);

it("ends when it was without a run for a while", async () => {
  const brief = new KeptWorkers(200);
  await (await lend(brief, folders, "brief")).release();
  await until(() => workers().length === 0);
});

it("is not lent again when something killed it meanwhile", async () => {
  const kept = new KeptWorkers();
  await (await lend(kept, folders, "killed")).release();
  const [pid = 0] = workers();
  process.kill(pid, "SIGKILL");
  const next = await lend(kept, folders, "next");
  expect([next.isKept, workers().includes(pid)]).toEqual([false, false]);
  await next.release();
  await kept.end();
  expect(workers()).toEqual([]);
});

it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("ends with a process that %s ends", async (signal) => {
  const folder = join(folders.folder, signal);
  mkdirSync(folder);
  const here = (file: string): string => JSON.stringify(join(import.meta.dirname, file));
  const child = startChild({
    command: process.execPath,
    args: [
      "--input-type=module",
      "--conditions=tomoe-source",
      "-e",
      `
import { createRuntimeDir, KeptWorkers } from ${here("../../ts/worker/index.ts")};
import { lend } from ${here("../contract/kept-run.ts")};
const launch = { ...${JSON.stringify(folders.launch)}, runtimeDir: createRuntimeDir() };
await (await lend(new KeptWorkers(), { launch, folder: ${JSON.stringify(folder)} }, "idle")).release();
console.log("kept");
setInterval(() => undefined, 1000);`,
    ],
    logFile: join(folder, "script.log"),
    maxLogBytes: 1 << 16,
    readyChannel: false,
    graceMs: 1000,
  });
  await until(() => child.logTail(5).includes("kept"));
  expect(workerPids(folder)).toHaveLength(1);
  child.signal(signal);
  expect((await child.ended).signal).toBe(signal);
  await until(() => workerPids(folder).length === 0);
});
