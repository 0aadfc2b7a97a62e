import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runBounded } from "../../ts/process/index.ts";
import { attachFeeder, KeptWorkers } from "../../ts/worker/index.ts";
import { caught } from "../support/caught.ts";
import { workerPids } from "../support/run-numbers.ts";
import { until } from "../support/until.ts";
import { carryOut, lend, type RunKind, type RunNumbers, rankOf } from "./kept-run.ts";
import { makeFolders } from "./worker-fixture.ts";

// Two kinds of run that share nothing but a process: what one leaves behind, the other would show.
const folders = makeFolders();
const kept = new KeptWorkers();
afterAll(async () => {
  await kept.end();
  folders.remove();
});

const workers = (): readonly number[] => workerPids(folders.folder);
const logOf = (name: string): string => readFileSync(join(folders.folder, `${name}.log`), "utf8");

/** A whole run on a kept worker or a new one: its numbers, and what its worker is. */
async function runOn(kind: RunKind, name: string) {
  const pool = await lend(kept, folders, name);
  const numbers = await carryOut(pool, kind);
  const { isKept } = pool;
  const { access } = rankOf(pool);
  const { residentBytes } = await rankOf(pool).health();
  await pool.release();
  return { numbers, isKept, access, residentBytes };
}

/** Runs of the kinds one after the other in a process of their own, which does nothing to end. */
async function inAnotherProcess(order: readonly RunKind[]): Promise<Record<RunKind, RunNumbers>> {
  const folder = join(folders.folder, "other");
  mkdirSync(folder);
  const here = (file: string): string => JSON.stringify(join(import.meta.dirname, file));
  const script = `
import { createRuntimeDir, KeptWorkers } from ${here("../../ts/worker/index.ts")};
import { carryOut, lend } from ${here("kept-run.ts")};
const kept = new KeptWorkers();
const launch = { ...${JSON.stringify(folders.launch)}, runtimeDir: createRuntimeDir() };
const numbers = {};
for (const kind of ${JSON.stringify(order)}) {
  const pool = await lend(kept, { launch, folder: ${JSON.stringify(folder)} }, kind);
  numbers[kind] = await carryOut(pool, kind);
  await pool.release();
}
console.log(JSON.stringify(numbers));`;
  const told = await runBounded({
    command: process.execPath,
    args: ["--input-type=module", "--conditions=tomoe-source", "-e", script],
    timeoutMs: 600_000,
    maxOutputBytes: 1 << 20,
  });
  if (told.exitCode !== 0) throw new Error(told.stderr);
  await until(() => workerPids(folder).length === 0);
  return JSON.parse(Buffer.from(told.stdout).toString("utf8")) as Record<RunKind, RunNumbers>;
}

it("gives each run the numbers of a new process, whichever ran before, and lets its process end", async () => {
  const first = await runOn("a", "first");
  const [pid] = workers();
  const second = await runOn("b", "second");
  const third = await runOn("a", "third");
  expect([first.isKept, second.isKept, third.isKept]).toEqual([false, true, true]);
  expect(workers()).toEqual([pid]);
  // Losses, texts, scores and the bytes of a checkpoint: equal to the last bit, tolerance 0.
  const other = await inAnotherProcess(["b", "a"]);
  expect(first.numbers.losses).toHaveLength(3);
  expect(third.numbers).toEqual(first.numbers);
  expect(other.b).toEqual(second.numbers);
  expect(other.a).toEqual(first.numbers);
  expect(second.numbers.losses).not.toEqual(first.numbers.losses);

  // What the process holds does not grow from run to run: a tenth of it would be a leak.
  expect(third.residentBytes).toBeLessThan(first.residentBytes * 1.1);
  // Each log is its own run's.
  const reset = /^worker rank 0 was reset and holds \d+ MiB$/;
  for (const [name, begin] of [
    ["first", "worker rank 0 of 1 serves on cpu"],
    ["second", "worker rank 0 was kept, and serves on cpu"],
    ["third", "worker rank 0 was kept, and serves on cpu"],
  ] as const) {
    const lines = logOf(name).trimEnd().split("\n");
    expect([lines.at(0), lines.filter((line) => line.startsWith("worker rank"))]).toEqual([
      begin,
      [begin, expect.stringMatching(reset)],
    ]);
    expect(lines.at(-1)).toMatch(reset);
  }
  // Who fed the first run, and lives on, is a stranger to the third.
  const feeder = attachFeeder(first.access);
  const stranger = await caught(() => feeder.openFeed());
  feeder.close();
  expect([stranger.code, stranger.what]).toEqual(["WORKER_TOKEN", "the token is not this worker's"]);
});

it("is lent again behind a stranger, who is refused, but not behind a call of its run that failed", async () => {
  const [pid] = workers();
  const pool = await lend(kept, folders, "failing");
  expect(pool.isKept).toBe(true);
  const failure = await caught(() => rankOf(pool).liftModel(1));
  expect([failure.code, failure.what]).toEqual(["WORKER_STATE", "there is no model"]);
  await pool.release();
  expect(workers()).not.toContain(pid);
  expect(logOf("failing")).not.toContain("was reset");
});

it("makes room for one of other settings, whether that one comes up or not", async () => {
  await (await lend(kept, folders, "last")).release();
  expect(workers()).toHaveLength(1);
  const env = { TOMOE_E2E: folders.folder, TOMOE_PYTHON: join(folders.folder, "no-such-python") };
  const failure = await caught(() => lend(kept, folders, "others", { env }));
  expect(failure.what).toContain("no-such-python");
  expect(workers()).toEqual([]);
});
