import type { StageLoop } from "../../ts/run/train/stage-loop.ts";
import { runStage } from "../../ts/run/train/stage-loop.ts";
import type { Batch, RouterPolicy } from "../../ts/schema/index.ts";
import type { WorkerPool } from "../../ts/worker/index.ts";
import { startWorkers } from "../../ts/worker/index.ts";
import { caught } from "../support/caught.ts";
import { batchOf, makeFolders, prepareModel, sharedPlan, stageSpec, uploaded } from "./worker-fixture.ts";

const folders = makeFolders();
/** Keeps the plan it began with. */
const steady: RouterPolicy = {
  id: "steady/1",
  route: () => ({ task: "report", confidence: 1, fallback: false }),
  firstPlan: () => sharedPlan,
  nextPlan: (plan) => plan,
  toState: () => null,
};
let pool: WorkerPool;

beforeAll(async () => {
  pool = await startWorkers({ ...folders.launch, ranks: 1, attempt: 0 });
});

afterAll(async () => {
  await pool.kill();
  folders.remove();
});

/** A stage of three steps whose deadline for a step is far away; `change` alters the batch of step 1. */
function loop(change: (batch: Batch) => Batch, done: number[]): StageLoop {
  return {
    pool,
    spec: stageSpec(),
    policy: steady,
    book: { plans: [sharedPlan] },
    minStepDeadlineMs: 600_000,
    batchOf: (step) => (step === 1 ? change(batchOf(step, uploaded)) : batchOf(step, uploaded)),
    checkpointDue: () => false,
    onBegin: () => undefined,
    onStep: ({ step }) => {
      done.push(step);
    },
    onPlan: () => undefined,
    checkpoint: () => Promise.resolve(),
    stop: new AbortController().signal,
  };
}

it("ends a stage at once with the reason why the worker refused a batch, and not by the deadline of the step that waits for it", async () => {
  await Promise.all(
    pool.ranks.map(async (rank) => {
      await prepareModel(rank);
    }),
  );
  const done: number[] = [];
  const error = await caught(() =>
    runStage(
      loop((batch) => ({ ...batch, volumes: batch.volumes.map((volume) => ({ ...volume, row: 99 })) }), done),
    ),
  );
  expect({ code: error.code, message: error.message }).toEqual({
    code: "TENSOR_INVALID",
    message: '[TENSOR_INVALID] volume volume-0: row 99 of column "volume", which has 4',
  });
  expect(done).toEqual([0]);
  // The worker is as good as before.
  await Promise.all(
    pool.ranks.map(async (rank) => {
      await prepareModel(rank);
    }),
  );
  const again: number[] = [];
  expect(await runStage(loop((batch) => batch, again))).toMatchObject({
    nextStep: 3,
    stopped: false,
  });
  expect(again).toEqual([0, 1, 2]);
});
