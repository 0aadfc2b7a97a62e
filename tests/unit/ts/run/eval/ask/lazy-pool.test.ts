import { LazyPool } from "../../../../../../ts/run/eval/ask/lazy-pool.ts";
import { readyRun } from "../../../../../../ts/run/predict/ready-run.ts";
import { caught } from "../../../../../support/caught.ts";
import type { Script } from "../../../../../support/scripted-model.ts";
import { ScriptedWorkers, workerDied } from "../../../../../support/scripted-pool.ts";
import { freshFolder, plainPolicy } from "../../fixtures.ts";
import { finishedRun } from "../../predict/finished-run.ts";

async function lazy(script: Script = {}) {
  const { runsDir } = await finishedRun();
  const { signal } = new AbortController();
  const ready = await readyRun({
    run: "latest",
    runsDir,
    policy: plainPolicy(),
    signal,
  });
  const workers = new ScriptedWorkers(script);
  const pool = new LazyPool({
    ready,
    cacheDir: freshFolder(),
    logDir: freshFolder(),
    device: "cpu",
    workers,
    signal,
  });
  return { pool, workers, ready };
}

describe("a worker that is started when it is asked for", () => {
  it("is not started before, nor ended when it never was", async () => {
    const { pool, workers } = await lazy();
    await pool.stop();
    await pool.kill();
    expect([workers.calls, workers.started, workers.ends]).toEqual([[], [], []]);
  });

  it("is one, with the checkpoint in it once, however often it is asked for", async () => {
    const { pool, workers, ready } = await lazy();
    const first = await pool.model();
    expect(await pool.model()).toBe(first);
    await pool.pool();
    expect(workers.calls).toEqual(["require", `1 load ${ready.checkpoint.ref.name} without optimizer`]);
    expect(workers.started).toHaveLength(1);
  });

  it("is started without a model where none is asked for, as reference libraries need none", async () => {
    const { pool, workers } = await lazy();
    await pool.pool();
    expect(workers.calls).toEqual(["require"]);
    await pool.model();
    expect(workers.calls).toHaveLength(2);
  });

  it("may read cache and checkpoints, and write neither", async () => {
    const { pool, workers } = await lazy();
    await pool.pool();
    const roots = workers.started[0]?.roots ?? [];
    expect(roots.map(({ name, writable }) => [name, writable])).toEqual([
      ["cache", false],
      ["checkpoints", false],
    ]);
    expect(workers.started[0]?.ranks).toBe(1);
  });

  it("is another one after it was killed, of the next attempt and with the model anew", async () => {
    const { pool, workers } = await lazy();
    const first = await pool.model();
    await pool.kill();
    expect(await pool.model()).not.toBe(first);
    expect(workers.started.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(workers.calls.filter((call) => call.includes("load"))).toHaveLength(2);
    await pool.stop();
    expect(workers.ends).toEqual(["kill", "stop"]);
  });

  it("tells why it could not be started, and can be asked for again", async () => {
    const { pool, workers } = await lazy({
      failStart: (attempt) => (attempt === 1 ? workerDied() : undefined),
    });
    expect((await caught(() => pool.model())).code).toBe("WORKER_DIED");
    expect(await pool.model()).toBeDefined();
    expect(workers.started).toHaveLength(2);
  });
});
