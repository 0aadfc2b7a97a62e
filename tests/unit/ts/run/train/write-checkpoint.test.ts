import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { balanceByBias } from "../../../../../ts/router/index.ts";
import type { Attempt } from "../../../../../ts/run/job.ts";
import { firstPlan } from "../../../../../ts/run/train/first-plan.ts";
import { writeCheckpoint } from "../../../../../ts/run/train/write-checkpoint.ts";
import type { RoutingPlan } from "../../../../../ts/schema/router.ts";
import { listCheckpoints } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";
import { type JobOptions, newJob, plainPolicy, stageOf, type TestJob } from "../fixtures.ts";

const full = (): TomoeError => new TomoeError("DISK_FULL", "the worker has no room", { hint: "Free some." });

interface Writing {
  readonly test: TestJob;
  readonly attempt: Attempt;
  readonly plan: RoutingPlan;
  /** Writes the checkpoint of a stage after so many steps. */
  readonly write: (stage: string, nextStep: number, plans?: readonly RoutingPlan[]) => Promise<void>;
  /** Everything in the checkpoints' folder. */
  readonly names: () => readonly string[];
}

async function writing(script: Script = {}, options: JobOptions = {}): Promise<Writing> {
  const test = await newJob({ script, ...options });
  const attempt = await test.attempt();
  const { resolved, owned } = test.job;
  const planFor = (name: string): RoutingPlan =>
    firstPlan({
      resolved,
      policy: plainPolicy(),
      stage: stageOf(resolved, name).stage,
      lifted: name !== "flat",
      previous: null,
    });
  return {
    test,
    attempt,
    plan: planFor("shared"),
    write: async (name, nextStep, plans = [planFor(name)]) =>
      await writeCheckpoint({
        ...attempt,
        ...stageOf(resolved, name),
        nextStep,
        book: { plans },
        tokenizerDigest: "t".repeat(64),
        lifted: name !== "flat",
      }),
    names: () => readdirSync(owned.paths.checkpoints).sort(),
  };
}

describe("writeCheckpoint", () => {
  it("keeps the worker's files, the parts that lie in TypeScript, and what must match to resume", async () => {
    const { test, write, plan } = await writing();
    const later = balanceByBias(plan, { step: 3, tokensLGE: [[[1, 2]]] }, 0.01, 1);
    await write("shared", 4, [plan, later]);
    const checkpoint = await test.job.owned.latestCheckpoint();
    expect(checkpoint?.manifest).toMatchObject({
      stage: "shared",
      step: 4,
      attempt: 1,
      final: false,
      files: [{ name: "weights.safetensors" }, { name: "state.json" }],
      parts: {
        routingPlan: later,
        routerPolicy: { id: "plain/1", planLag: 1 },
        dataCursor: { stage: "shared", nextStep: 4, volumesPerStep: 4 },
        preprocess: {
          digest: "e".repeat(64),
          graph: "tomoe.preprocess/1",
          typescript: { stack: "acquired" },
          worker: { windows: expect.any(Array) },
        },
        conductor: { stageIndex: 1, lifted: true, plans: [plan, later] },
      },
      facts: {
        configDigest: test.job.resolved.digest,
        corpusFingerprint: "f".repeat(64),
        preprocessDigest: "e".repeat(64),
        tokenizerDigest: "t".repeat(64),
        python: "3.11.7",
        device: "cpu",
        threads: 1,
        worldSize: 1,
      },
    });
  });

  it("keeps the random state of every rank, and how many there were", async () => {
    const { test, write } = await writing({}, { set: ["execution.ranks=2"] });
    await write("shared", 4);
    const checkpoint = await test.job.owned.latestCheckpoint();
    expect(checkpoint?.manifest).toMatchObject({
      files: [{ name: "weights.safetensors" }, { name: "state.json" }, { name: "random-1.safetensors" }],
      facts: { worldSize: 2 },
    });
  });

  it("is final only after the last step of the last stage", async () => {
    const { test, write } = await writing();
    const finals: boolean[] = [];
    for (const [stage, step] of [
      ["flat", 3],
      ["shared", 6],
      ["specific", 1],
      ["specific", 2],
    ] as const) {
      await write(stage, step);
      finals.push((await test.job.owned.latestCheckpoint())?.manifest.final ?? false);
    }
    expect(finals).toEqual([false, false, false, true]);
  });

  it("keeps the newest three", async () => {
    const { test, write } = await writing();
    for (const step of [1, 2, 3, 4, 5]) await write("shared", step);
    const kept = await listCheckpoints(test.job.owned.paths.checkpoints);
    expect(kept.map(({ step }) => step)).toEqual([3, 4, 5]);
  });

  it("waits for space with one line and writes it whole once there is some", async () => {
    const { test, write, names } = await writing({ failSave: (count) => (count < 4 ? full() : undefined) });
    await write("shared", 2);
    expect(test.workers.saves).toBe(4);
    const { checkpoints } = test.job.owned.paths;
    expect(test.notices).toEqual([
      expect.stringMatching(/^the disk is full: paused, needs some bytes at .*; free space within 60 s$/),
      "there is space again: went on to write the checkpoint of shared after 2 steps",
    ]);
    expect(names()).toHaveLength(1);
    expect(existsSync(join(checkpoints, names()[0] ?? "", "COMMIT"))).toBe(true);
  });

  it.each([
    ["the worker dies while it writes", { failSave: () => workerDied() }, "WORKER_DIED"],
    [
      "the disk fails in the middle",
      { failSave: () => new TomoeError("IO_FAILED", "the disk failed", { hint: "Look at it." }) },
      "IO_FAILED",
    ],
  ] as const)("leaves nothing when %s", async (_case, script, code) => {
    const { write, names } = await writing(script);
    const failure = await caught(() => write("shared", 2));
    expect(failure.code).toBe(code);
    expect(names()).toEqual([]);
  });

  it("leaves nothing when what the worker wrote is not what it lists", async () => {
    const { attempt, write, names } = await writing();
    const [rank] = attempt.pool.ranks;
    if (rank !== undefined) {
      const save = rank.saveCheckpoint.bind(rank);
      rank.saveCheckpoint = async (place) =>
        (await save(place)).map((file) => ({ ...file, sha256: "0".repeat(64) }));
    }
    const failure = await caught(() => write("shared", 2));
    expect(failure.code).toBe("CHECKPOINT_INVALID");
    expect(names()).toEqual([]);
  });

  it("does not hide why it failed behind what is left of it", async () => {
    const { test, write } = await writing({ failSave: () => workerDied() });
    const { owned } = test.job;
    const begin = owned.beginCheckpoint.bind(owned);
    owned.beginCheckpoint = async (...place) => ({
      ...(await begin(...place)),
      abort: async () => await Promise.reject(new Error("cannot be removed")),
    });
    expect((await caught(() => write("shared", 2))).code).toBe("WORKER_DIED");
  });

  it("refuses a plan of another shape before the worker writes anything", async () => {
    const { write, names, plan, test } = await writing();
    const shapes: readonly (readonly [RoutingPlan, string])[] = [
      [{ ...plan, groups: ["report"] }, "groups report; sites vision.blocks.1.mlp; 2 experts"],
      [{ ...plan, layers: [] }, "groups shared"],
      [
        { ...plan, layers: plan.layers.map((layer) => ({ ...layer, site: "vision.blocks.0.mlp" })) },
        "groups shared; sites vision.blocks.0.mlp; 2 experts",
      ],
      [
        { ...plan, layers: plan.layers.map(({ site }) => ({ site, biasGE: [[0, 0, 0]] })) },
        "groups shared; sites vision.blocks.1.mlp; 3 experts",
      ],
      [
        { ...plan, layers: plan.layers.map(({ site }) => ({ site, biasGE: [] })) },
        "1 groups, but biases for 0",
      ],
    ];
    for (const [other, shape] of shapes) {
      const failure = await caught(() => write("shared", 2, [plan, other]));
      expect([failure.code, failure.what]).toEqual([
        "ROUTER_SHAPE",
        `a plan has ${shape}, stage "shared" has groups shared; sites vision.blocks.1.mlp; 2 experts`,
      ]);
    }
    expect([names(), test.workers.saves]).toEqual([[], 0]);
  });

  it("takes plans without experts before the lift, and a group a task where tasks have experts of their own", async () => {
    const { test, write } = await writing();
    await write("flat", 3);
    const flat = await test.job.owned.latestCheckpoint();
    expect(flat?.manifest.parts.conductor).toMatchObject({ stageIndex: 0, lifted: false });
    await write("specific", 1);
    const specific = await test.job.owned.latestCheckpoint();
    expect(specific?.manifest.parts.routingPlan).toMatchObject({
      groups: ["report", "closed-vqa", "open-vqa"],
    });
  });

  it("writes nothing for an attempt that a newer one has replaced", async () => {
    const { test, write, names } = await writing();
    await test.job.owned.beginAttempt();
    expect((await caught(() => write("shared", 2))).code).toBe("WORKER_FENCED");
    expect(names()).toEqual([]);
  });
});
