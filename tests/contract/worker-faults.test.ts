import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../../ts/process/index.ts";
import { descendantsOf, identifyProcess } from "../../ts/process/proc/index.ts";
import type { StageSession, WorkerClient, WorkerLaunch, WorkerPool } from "../../ts/worker/index.ts";
import { createRuntimeDir, digestBatch, removeRuntimeDir, startWorkers } from "../../ts/worker/index.ts";
import { caught } from "../support/caught.ts";
import { misbehaving } from "../support/misbehaving/stand-in.ts";
import { until } from "../support/until.ts";
import {
  batchOf,
  makeFolders,
  packageRoot,
  prepareModel,
  sharedPlan,
  stageSpec,
  uploaded,
} from "./worker-fixture.ts";

let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.reverse()) await each();
  undo = [];
});

interface Started {
  readonly pool: WorkerPool;
  readonly rank: WorkerClient;
  readonly pid: number;
  readonly folder: string;
  readonly launch: WorkerLaunch;
}

async function start(wish: string, change: Partial<WorkerLaunch> = {}): Promise<Started> {
  const folders = makeFolders();
  undo.push(async () => folders.remove());
  const before = new Set(descendantsOf(process.pid).map(({ pid }) => pid));
  const launch: WorkerLaunch = { ...folders.launch, ranks: 1, attempt: 0, env: misbehaving(wish), ...change };
  const pool = await startWorkers(launch);
  undo.push(() => pool.kill());
  const [worker] = descendantsOf(process.pid).filter(({ pid }) => !before.has(pid));
  const [rank] = pool.ranks;
  if (rank === undefined || worker === undefined) throw new Error("no rank");
  await prepareModel(rank);
  return { pool, rank, pid: worker.pid, folder: folders.folder, launch };
}

/** Opens the stage, feeds steps 0..2 and commands them all; the worker misbehaves at one of them. */
async function beginSteps(
  rank: WorkerClient,
  minStepDeadlineMs: number,
): Promise<{ stage: StageSession; steps: Promise<unknown>[] }> {
  const stage = await rank.openStage(stageSpec(), { minStepDeadlineMs });
  const feed = await rank.openFeed();
  const planDigest = stage.sendPlan(sharedPlan);
  for (let step = 0; step < 3; step += 1) await feed.send(batchOf(step, uploaded));
  const steps = [0, 1, 2].map((step) =>
    stage.step({ step, planDigest, batchDigest: digestBatch(batchOf(step, uploaded)) }),
  );
  for (const step of steps) step.catch(() => undefined);
  return { stage, steps };
}

const gone = (pid: number): Promise<void> => until(() => identifyProcess(pid) === undefined);

it("tells by its end that a worker was killed during a step, and which step; health answered until then", async () => {
  const { pool, rank, pid } = await start("late,hang@1", { transport: "tcp", readyVia: "tcp" });
  expect(rank.facts.address).toMatch(/^127\.0\.0\.1:\d+$/);
  const { stage, steps } = await beginSteps(rank, 60_000);
  await steps[0];
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await rank.health()).toMatchObject({ state: "training", progress: 1 });
  process.kill(pid, "SIGKILL");
  const error = await caught(() => steps[1]);
  expect({ code: error.code, message: error.message, exit: error.exitCode }).toEqual({
    code: "WORKER_DIED",
    message: "[WORKER_DIED] the worker died (SIGKILL) during step 1 of stage shared",
    exit: 69,
  });
  expect(error.details).toMatchObject({ signal: "SIGKILL", exitCode: null, oomKilled: false });
  expect(error.details.logTail).toContain("misbehaving: hang at step 1");
  expect((await caught(() => steps[2])).code).toBe("WORKER_DIED");
  expect((await caught(() => stage.step({ step: 3, planDigest: "p", batchDigest: "b" }))).code).toBe(
    "WORKER_DIED",
  );
  expect((await caught(() => rank.health())).code).toBe("WORKER_DIED");
  expect(await pool.ended).toMatchObject({ signal: "SIGKILL", forced: false });
});

it("calls a worker hung that holds the interpreter lock, shows where, and ends it though it is deaf to SIGTERM", async () => {
  const { pool, rank, pid } = await start("gil@1,deaf", { graceMs: 500 });
  const { steps } = await beginSteps(rank, 6_000);
  await steps[0];
  const error = await caught(() => steps[1]);
  expect({ code: error.code, exit: error.exitCode }).toEqual({ code: "WORKER_HUNG", exit: 69 });
  expect(error.message).toMatch(/^\[WORKER_HUNG\] step 1 of stage shared made no progress for \d+ ms$/);
  expect(JSON.stringify(error.details.logTail)).toMatch(/in misbehave/);
  expect(await pool.stop()).toMatchObject({ signal: "SIGKILL", forced: true });
  await gone(pid);
});

it("tells the exit code of a worker that gives up in a step, and of every step behind it", async () => {
  const { rank } = await start("crash@1");
  const { steps } = await beginSteps(rank, 60_000);
  await steps[0];
  expect((await caught(() => steps[1])).message).toBe(
    "[WORKER_DIED] the worker died (exit code 7) during step 1 of stage shared",
  );
  expect((await caught(() => steps[2])).code).toBe("WORKER_DIED");
});

it("names the signal of a segfault and keeps its Python trace", async () => {
  const { rank } = await start("segfault@0");
  const { steps } = await beginSteps(rank, 60_000);
  const error = await caught(() => steps[0]);
  expect({ code: error.code, message: error.message }).toEqual({
    code: "WORKER_DIED",
    message: "[WORKER_DIED] the worker died (SIGSEGV) during step 0 of stage shared",
  });
  expect(JSON.stringify(error.details.logTail)).toMatch(/in misbehave/);
});

it("keeps a stopped worker that was replaced from writing anything when it wakes up", async () => {
  const { rank: oldRank, pid, folder, launch } = await start("");
  process.kill(pid, "SIGSTOP");
  // The signal arrives when the machine comes to it; a call before that is answered.
  const silent = await caught(async () => {
    for (;;) await oldRank.health({ timeoutMs: 300 });
  });
  expect(silent.code).toBe("WORKER_HUNG");
  const next = await startWorkers({ ...launch, attempt: 1 });
  undo.push(() => next.kill());
  process.kill(pid, "SIGCONT");
  mkdirSync(join(folder, "checkpoints", "late"));
  const error = await caught(() => oldRank.saveCheckpoint({ root: "checkpoints", path: "late" }));
  expect({ code: error.code, message: error.message }).toEqual({
    code: "WORKER_FENCED",
    message: "[WORKER_FENCED] attempt 0 was replaced by attempt 1",
  });
  expect(readdirSync(join(folder, "checkpoints", "late"))).toEqual([]);
});

it("leaves no worker after the orchestrator was killed, and sweeps what it left", async () => {
  const folders = makeFolders();
  undo.push(async () => folders.remove());
  const orchestrator = startChild({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", join(packageRoot, "tests", "support", "orchestrator.ts")],
    logFile: join(folders.folder, "orchestrator.log"),
    maxLogBytes: 1 << 20,
    readyChannel: false,
    graceMs: 100,
  });
  undo.push(() => orchestrator.kill());
  let line: string | undefined;
  for (let waited = 0; waited < 1000 && line === undefined; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    line = orchestrator.logTail(5).find((text) => text.startsWith("{"));
  }
  const said = JSON.parse(line ?? "{}") as { workers: { pid: number }[]; runtimeDir: string };
  const [worker] = said.workers;
  if (worker === undefined) throw new Error("it started no worker");
  expect(identifyProcess(worker.pid)).toBeDefined();
  process.kill(orchestrator.pid, "SIGKILL");
  await orchestrator.ended;
  await gone(worker.pid);
  // The next start anywhere removes the dead one's sockets.
  removeRuntimeDir(createRuntimeDir());
  expect(() => readdirSync(said.runtimeDir)).toThrow(/ENOENT/);
});
