import { descendantsOf, identifyProcess } from "../../ts/process/proc/index.ts";
import type { StepResult } from "../../ts/schema/index.ts";
import type { FeedSession, StageSession, WorkerPool } from "../../ts/worker/index.ts";
import { digestBatch, digestPlan, KeptWorkers } from "../../ts/worker/index.ts";
import { caught } from "../support/caught.ts";
import { until } from "../support/until.ts";
import { trainDirectly } from "./direct-training.ts";
import { batchOf, makeFolders, prepareModel, sharedPlan, stageSpec, uploaded } from "./worker-fixture.ts";

const folders = makeFolders();
const kept = new KeptWorkers();
let pool: WorkerPool;

beforeAll(async () => {
  pool = await kept.start({ ...folders.launch, ranks: 2, attempt: 0 });
});
afterAll(async () => {
  await pool.kill();
  folders.remove();
});

/** Steps of both ranks side by side: each is fed its half of the global batch. */
async function trainBoth(
  steps: readonly number[],
  sessions: readonly StageSession[],
  feeds: readonly FeedSession[],
): Promise<readonly (readonly StepResult[])[]> {
  const results: (readonly StepResult[])[] = [];
  const planDigests = sessions.map((session) => session.sendPlan(sharedPlan));
  for (const step of steps) {
    results.push(
      await Promise.all(
        sessions.map(async (session, rank) => {
          const batch = batchOf(step, uploaded, [rank], 2);
          await feeds[rank]?.send(batch);
          return await session.step({
            step,
            planDigest: planDigests[rank] ?? "",
            batchDigest: digestBatch(batch),
          });
        }),
      ),
    );
  }
  return results;
}

it("gives two ranks that torchrun started one plan, one load and the losses of one rank", async () => {
  expect(pool.ranks.map(({ facts }) => [facts.rank, facts.worldSize])).toEqual([
    [0, 2],
    [1, 2],
  ]);
  const direct = trainDirectly();
  const digests = await pool.same("tokenizer", async (rank) => {
    await prepareModel(rank);
    return (await rank.health()).state;
  });
  expect(digests).toBe("idle");
  const sessions = await pool.openStage(stageSpec());
  const results = await trainBoth([0, 1, 2], sessions, await pool.all((rank) => rank.openFeed()));
  const alone = (await direct).steps;
  expect(results.length).toBe(alone.length);
  for (const [step, [first, second]] of results.entries()) {
    expect([first?.rank, second?.rank]).toEqual([0, 1]);
    expect(first?.planDigest).toBe(digestPlan(sharedPlan));
    expect(second?.planDigest).toBe(first?.planDigest);
    expect(second?.expertLoad).toEqual(first?.expertLoad);
    // Integer counts are exact over any number of ranks; float sums only differ in their order: 1e-6
    // relative.
    expect(first?.expertLoad.tokensLGE).toEqual(alone[step]?.tokensLGE);
    expect(second?.loss).toBe(first?.loss);
    expect(Math.abs((first?.loss ?? 0) / (alone[step]?.loss ?? Number.NaN) - 1)).toBeLessThan(1e-6);
    expect(Math.abs((first?.gradientNorm ?? 0) / (alone[step]?.gradientNorm ?? Number.NaN) - 1)).toBeLessThan(
      1e-4,
    );
  }
  expect(await Promise.all(sessions.map((session) => session.end()))).toEqual([3, 3]);
});

it("is kept with all its ranks, and gives the same losses to the next run", async () => {
  const train = async (): Promise<readonly (readonly number[])[]> => {
    const sessions = await pool.openStage(stageSpec());
    const results = await trainBoth([0, 1, 2], sessions, await pool.all((rank) => rank.openFeed()));
    await Promise.all(sessions.map((session) => session.end()));
    return results.map((ranks) => ranks.map(({ loss }) => loss));
  };
  await pool.all((rank) => prepareModel(rank));
  const before = await train();
  const processes = descendantsOf(process.pid).map(({ pid }) => pid);
  await pool.release();
  pool = await kept.start({ ...folders.launch, ranks: 2, attempt: 0 });
  expect(pool.isKept).toBe(true);
  expect(descendantsOf(process.pid).map(({ pid }) => pid)).toEqual(processes);
  const bare = await Promise.all(pool.ranks.map((rank) => caught(() => rank.openStage(stageSpec()))));
  expect(bare.map(({ what }) => what)).toEqual(["there is no model", "there is no model"]);
  await pool.all((rank) => prepareModel(rank));
  expect(await train()).toEqual(before);
});

it("names the ranks that disagree", async () => {
  const error = await caught(() => pool.same("its rank", async ({ facts }) => facts.rank));
  expect({ code: error.code, message: error.message }).toEqual({
    code: "WIRE_DIGEST",
    message: "[WIRE_DIGEST] rank 0 and rank 1 disagree on its rank",
  });
});

it("lets no rank go on under a plan the other does not have", async () => {
  const sessions = await pool.openStage(stageSpec());
  const feeds = await pool.all((rank) => rank.openFeed());
  const plans = [sharedPlan, { ...sharedPlan, zLossWeight: 0.5 }];
  const failures = await Promise.all(
    sessions.map(async (session, rank) => {
      const batch = batchOf(0, uploaded, [rank], 2);
      await feeds[rank]?.send(batch);
      const planDigest = session.sendPlan(plans[rank] ?? sharedPlan);
      return await caught(() => session.step({ step: 0, planDigest, batchDigest: digestBatch(batch) }));
    }),
  );
  expect(failures.map(({ code }) => code)).toEqual(["ROUTER_PLAN_STALE", "ROUTER_PLAN_STALE"]);
  expect(failures[0]?.message).toMatch(/^\[ROUTER_PLAN_STALE\] ranks hold different plans at step 0 /);
});

it("is told by every rank when one dies, as something fresh workers may not meet, and leaves no process", async () => {
  const sessions = await pool.openStage(stageSpec({ steps: 5 }));
  const feeds = await pool.all((rank) => rank.openFeed());
  await trainBoth([0, 1, 2], sessions, feeds);
  const processes = descendantsOf(process.pid);
  expect(processes.length).toBeGreaterThanOrEqual(3);
  // Rank 0 computes and waits for rank 1 in a collective; rank 1 waits for a batch that never comes.
  const batch = batchOf(3, uploaded, [0], 2);
  await feeds[0]?.send(batch);
  const hanging = sessions.map((session, rank) =>
    caught(() =>
      session.step({
        step: 3,
        planDigest: digestPlan(sharedPlan),
        batchDigest: rank === 0 ? digestBatch(batch) : "never fed",
      }),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [launcher, , victim] = processes;
  process.kill(victim?.pid ?? -1, "SIGKILL");
  const failures = await Promise.all(hanging);
  // Rank 0 may be told by the collective that broke, or be ended by torchrun first.
  expect(["WORKER_UNAVAILABLE", "WORKER_DIED"]).toContain(failures[0]?.code);
  expect({ code: failures[1]?.code, message: failures[1]?.message }).toEqual({
    code: "WORKER_DIED",
    message: expect.stringMatching(/^\[WORKER_DIED\] the worker died \(.*\) during step 3 of stage shared$/),
  });
  process.kill(launcher?.pid ?? -1, "SIGKILL");
  await until(() => processes.every(({ pid }) => identifyProcess(pid) === undefined));
});
