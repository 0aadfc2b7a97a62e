import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { runBounded } from "../../ts/process/index.ts";
import type { Query, StepResult } from "../../ts/schema/index.ts";
import type { TelemetryItem, TelemetryReceiver } from "../../ts/telemetry/index.ts";
import { openTelemetry } from "../../ts/telemetry/index.ts";
import { crc32, encodeTensors, piecesBytes } from "../../ts/tensor/index.ts";
import type { CheckpointFile, StageSession, WorkerClient, WorkerPool } from "../../ts/worker/index.ts";
import { connectWorker, digestBatch, startWorkers } from "../../ts/worker/index.ts";
import { caught } from "../support/caught.ts";
import type { DirectTraining } from "./direct-training.ts";
import { stepFacts as facts, trainDirectly } from "./direct-training.ts";
import {
  batching,
  batchOf,
  makeFolders,
  packageRoot,
  prepareModel,
  shapeDHW,
  sharedPlan,
  stageSpec,
  tinySpec,
  uploaded,
  vocabLines,
  volumesFile,
} from "./worker-fixture.ts";

// One real worker for the whole file: starting one imports torch.
const folders = makeFolders();
let telemetry: TelemetryReceiver;
let events: TelemetryItem[];
let pool: WorkerPool;
let rank: WorkerClient;

beforeAll(async () => {
  telemetry = await openTelemetry({ runtimeDir: folders.launch.runtimeDir });
  events = [];
  void (async () => {
    for await (const item of telemetry.events()) events.push(item);
  })();
  pool = await startWorkers({
    ...folders.launch,
    ranks: 1,
    attempt: 3,
    telemetryEndpoint: telemetry.endpoint,
  });
  const [first] = pool.ranks;
  if (first === undefined) throw new Error("no rank");
  rank = first;
});

afterAll(async () => {
  const exit = await pool.stop();
  await telemetry.close();
  folders.remove();
  expect(exit).toMatchObject({ exitCode: 0, forced: false });
});

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("the condition never held");
}

/** Runs steps `first`..`last - 1` of the open stage, fed one ahead; returns the results. */
async function trainSteps(stage: StageSession, first: number, last: number): Promise<readonly StepResult[]> {
  const feed = await rank.openFeed();
  const planDigest = stage.sendPlan(sharedPlan);
  const results: StepResult[] = [];
  for (let step = first; step < last; step += 1) {
    const batch = batchOf(step, uploaded);
    await feed.send(batch);
    results.push(await stage.step({ step, planDigest, batchDigest: digestBatch(batch) }));
  }
  return results;
}

describe("a worker", () => {
  it("says who it is and what it computes with", () => {
    expect(rank.facts).toMatchObject({
      protocol: { major: 1, minor: 0 },
      rank: 0,
      worldSize: 1,
      device: "cpu",
    });
    expect(rank.facts.address).toMatch(/^unix:/);
    expect(rank.facts.environment).toMatchObject({
      torch: expect.any(String),
      cpuCapability: expect.any(String),
      threads: 1,
      precision: "float32 tf32:no deterministic:yes",
      hashSeed: "0",
      cublasWorkspace: ":4096:8",
    });
  });

  it("keeps its socket in a folder that is nobody else's", () => {
    const path = rank.facts.address.slice("unix:".length);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(statSync(folders.launch.logFile).mode & 0o777).toBe(0o600);
  });

  it("refuses who does not know the token, and an attempt that was replaced", async () => {
    const introduction = {
      runId: "contract",
      roots: folders.launch.roots,
      telemetryEndpoint: telemetry.endpoint,
      threads: 1,
    };
    const stranger = await caught(() =>
      connectWorker({ ...rank.access, token: "0".repeat(64) }, introduction),
    );
    expect({ code: stranger.code, message: stranger.message, exit: stranger.exitCode }).toEqual({
      code: "WORKER_TOKEN",
      message: "[WORKER_TOKEN] the token is not this worker's",
      exit: 77,
    });
    const late = await caught(() => connectWorker({ ...rank.access, attempt: 2 }, introduction));
    expect({ code: late.code, message: late.message }).toEqual({
      code: "WORKER_FENCED",
      message: "[WORKER_FENCED] attempt 2 was replaced by attempt 3",
    });
    expect(readFileSync(join(folders.folder, "checkpoints", ".tomoe-attempt"), "utf8")).toBe("3\n");
  });

  it("refuses calls out of order with the call that is missing", async () => {
    expect((await caught(() => rank.createModel(tinySpec, 1))).message).toBe(
      "[WORKER_STATE] no tokenizer was fitted",
    );
    expect((await caught(() => rank.openStage(stageSpec()))).message).toBe(
      "[WORKER_STATE] there is no model",
    );
    expect((await caught(() => rank.openFeed())).message).toBe("[WORKER_STATE] no stage is open");
  });

  it("passes on what the model refuses, with hint, details and the traceback as the cause", async () => {
    await rank.fitTokenizer(vocabLines, tinySpec.base.language.vocab);
    const error = await caught(() =>
      rank.createModel(
        { ...tinySpec, base: { ...tinySpec.base, projector: { ...tinySpec.base.projector, mergeSize: 3 } } },
        5,
      ),
    );
    expect({ code: error.code, message: error.message }).toEqual({
      code: "CONFIG_INVALID",
      message:
        "[CONFIG_INVALID] the model cannot be built: projector.mergeSize 3 does not divide the grid of 2 patches",
    });
    expect(error.hint).not.toBe("");
    expect(error.details).toHaveProperty("problems");
    expect(String((error.cause as Error).message)).toContain("Traceback");
  });
});

describe("tensors", () => {
  it("travel inline in chunks, and are gone once dropped", async () => {
    const shape = [4, 512, 512];
    const data = new Int16Array(3 * 4 * 512 * 512).map((_, index) => index % 2000);
    const file = encodeTensors([
      { name: "volume", dtype: "int16", rows: 3, shape, dimNames: ["d", "h", "w"], data },
    ]);
    expect(piecesBytes(file)).toBeGreaterThan(6 << 20);
    expect(await rank.putTensor("large", file)).toEqual([{ name: "volume", dtype: "int16", rows: 3, shape }]);
    const reference = { kind: "uploaded", uploadId: "large" } as const;
    expect(await rank.openTensor(reference)).toEqual([{ name: "volume", dtype: "int16", rows: 3, shape }]);
    expect((await caught(() => rank.putTensor("large", file))).message).toBe(
      '[WIRE_INVALID] upload "large" exists already',
    );
    expect([await rank.dropTensor(reference), await rank.dropTensor(reference)]).toEqual([true, false]);
    expect((await caught(() => rank.openTensor(reference))).code).toBe("WIRE_INVALID");
  });

  it("are mapped from a file below an agreed root, and from nowhere else", async () => {
    const file = Buffer.concat(volumesFile(0, 4));
    writeFileSync(join(folders.folder, "cache", "shard.arrow"), file);
    const region = {
      root: "cache",
      path: "shard.arrow",
      offsetBytes: 0,
      lengthBytes: file.length,
      crc32: crc32([file]),
      generation: 0,
    };
    expect(await rank.openTensor({ kind: "region", region })).toEqual([
      { name: "volume", dtype: "int16", rows: 4, shape: [...shapeDHW] },
    ]);
    const outside = await caught(() =>
      rank.openTensor({ kind: "region", region: { ...region, path: "../worker.log" } }),
    );
    expect({ code: outside.code, exit: outside.exitCode }).toEqual({ code: "WIRE_ROOT", exit: 77 });
    const damaged = await caught(() =>
      rank.openTensor({ kind: "region", region: { ...region, crc32: (region.crc32 ^ 1) >>> 0 } }),
    );
    expect(damaged.code).toBe("DATA_SHARD_CHECKSUM");
  });

  it("give their name back when an upload fails half way", async () => {
    const broken = new Uint8Array(1000);
    expect((await caught(() => rank.putTensor("again", [broken]))).code).toBe("DATA_SHARD_SCHEMA");
    expect(await rank.putTensor("again", volumesFile(0, 1))).toHaveLength(1);
    await rank.dropTensor({ kind: "uploaded", uploadId: "again" });
  });
});

describe("training", () => {
  let direct: Promise<DirectTraining>;
  let files: readonly CheckpointFile[];

  beforeAll(async () => {
    direct = trainDirectly();
    await prepareModel(rank);
  });

  it("gives the very numbers that Python alone gives, through Train and Feed", async () => {
    const stage = await rank.openStage(stageSpec());
    expect(stage.firstStep).toBe(0);
    expect(stage.trainableParameters).toBeGreaterThan(100);
    const results = await trainSteps(stage, 0, 2);
    // A checkpoint in the middle, while the stage is open.
    mkdirSync(join(folders.folder, "checkpoints", "step-2"));
    files = await rank.saveCheckpoint({ root: "checkpoints", path: "step-2" });
    const feed = await rank.openFeed().catch((error: unknown) => error);
    expect(feed).toMatchObject({
      code: "WORKER_STATE",
      message: "[WORKER_STATE] no feed can be opened: another feeder is attached",
    });
    stage.cancel();
    expect(results.map(facts)).toEqual((await direct).steps.slice(0, 2));
    expect(results.map(({ step, rank: from }) => [step, from])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  it("goes on from a checkpoint as if it had never stopped", async () => {
    expect(readdirSync(join(folders.folder, "checkpoints", "step-2")).sort()).toEqual(
      files.map(({ name }) => name),
    );
    const state = await rank.loadCheckpoint({ root: "checkpoints", path: "step-2" }, files, true);
    expect(state).toMatchObject({
      stage: "shared",
      nextStep: 2,
      lifted: true,
      routing: "shared",
      preprocessDigest: tinySpec.preprocess.digest,
    });
    const stage = await rank.openStage(stageSpec());
    expect(stage.firstStep).toBe(2);
    const [third] = await trainSteps(stage, 2, 3);
    expect(third === undefined ? undefined : facts(third)).toEqual((await direct).steps[2]);
    expect(await stage.end()).toBe(1);
    mkdirSync(join(folders.folder, "checkpoints", "step-3"));
    const last = await rank.saveCheckpoint({ root: "checkpoints", path: "step-3" });
    const loaded = await rank.loadCheckpoint({ root: "checkpoints", path: "step-3" }, last, false);
    expect(loaded.weightsDigest).toBe((await direct).weightsDigest);
  });

  it("is fed by another process as well", async () => {
    await prepareModel(rank);
    const stage = await rank.openStage(stageSpec());
    const feeding = runBounded({
      command: process.execPath,
      args: [join(packageRoot, "tests", "support", "feeder.ts"), JSON.stringify(rank.access), "3"],
      timeoutMs: 600_000,
      maxOutputBytes: 1000,
    });
    const planDigest = stage.sendPlan(sharedPlan);
    const results = await Promise.all(
      [0, 1, 2].map((step) =>
        stage.step({ step, planDigest, batchDigest: digestBatch(batchOf(step, uploaded)) }),
      ),
    );
    const { stdout, stderr, exitCode } = await feeding;
    expect({
      exitCode,
      stderr: exitCode === 0 ? "" : stderr,
      digest: Buffer.from(stdout).toString(),
    }).toEqual({ exitCode: 0, stderr: "", digest: digestBatch(batchOf(2, uploaded)) });
    expect(results.map(facts)).toEqual((await direct).steps);
    expect(await stage.end()).toBe(3);
  });

  it("tries steps with one number changed, and trains afterwards as if it had not", async () => {
    const stages = [stageSpec(), stageSpec({ clipNorm: 1e-9 })];
    const first = { plan: 0, firstStep: 0, batches: [0] };
    const tried = await rank.tryStage({
      stages,
      plans: [sharedPlan],
      batches: [batchOf(0, uploaded)],
      trials: [0, 0, 1].map((stage) => ({ ...first, stage, beside: 0 })),
    });
    expect(tried.map(({ losses, diverged }) => [losses, diverged])).toEqual(
      tried.map(() => [tried[0]?.losses, false]),
    );
    expect([tried[1]?.apart, (tried[2]?.apart ?? 0) > 0]).toEqual([0, true]);
    expect(tried[0]).toMatchObject({ stray: [], idle: [] });
    const stage = await rank.openStage(stageSpec());
    const feed = await rank.openFeed();
    await feed.send(batchOf(0, uploaded));
    const planDigest = stage.sendPlan(sharedPlan);
    const { loss } = await stage.step({
      step: 0,
      planDigest,
      batchDigest: digestBatch(batchOf(0, uploaded)),
    });
    expect(loss).toBe(tried[0]?.losses[0]);
    const open = await caught(() => rank.tryStage({ stages, plans: [], batches: [], trials: [] }));
    expect(open.message).toMatch(/^\[WORKER_STATE\] TryStage is not possible while stage 'shared' is open/);
    await stage.end();
  });

  it("refuses a batch that is not the commanded one, and the stage is over", async () => {
    const stage = await rank.openStage(stageSpec());
    const feed = await rank.openFeed();
    await feed.send(batchOf(0, uploaded));
    const planDigest = stage.sendPlan(sharedPlan);
    const error = await caught(() =>
      stage.step({ step: 0, planDigest, batchDigest: digestBatch(batchOf(1, uploaded)) }),
    );
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: "WIRE_DIGEST", exit: 76 });
    expect(error.message).toMatch(
      /^\[WIRE_DIGEST\] step 0 is to use batch [0-9a-f]{12}, rank 0 was fed [0-9a-f]{12}$/,
    );
    expect((await caught(() => stage.step({ step: 0, planDigest, batchDigest: "x" }))).code).toBe(
      "WIRE_DIGEST",
    );
    expect((await caught(() => feed.acknowledged(1))).code).toBe("WORKER_STATE");
    expect((await caught(() => feed.send(batchOf(1, uploaded)))).code).toBe("WORKER_STATE");
  });

  it("refuses a step under a plan that is not in force, and one out of order", async () => {
    const stale = await rank.openStage(stageSpec());
    stale.sendPlan(sharedPlan);
    const error = await caught(() => stale.step({ step: 0, planDigest: "f".repeat(64), batchDigest: "x" }));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: "ROUTER_PLAN_STALE", exit: 76 });
    const stage = await rank.openStage(stageSpec());
    const planDigest = stage.sendPlan(sharedPlan);
    expect((await caught(() => stage.step({ step: 1, planDigest, batchDigest: "x" }))).message).toBe(
      "[WORKER_STATE] step 1 of stage 'shared' was commanded, next is 0",
    );
  });

  it("refuses a plan made for another shape of model", async () => {
    const stage = await rank.openStage(stageSpec());
    const planDigest = stage.sendPlan({
      ...sharedPlan,
      layers: [{ site: "vision.blocks.1.mlp", biasGE: [[0, 0, 0]] }],
    });
    expect((await caught(() => stage.step({ step: 0, planDigest, batchDigest: "x" }))).code).toBe(
      "ROUTER_SHAPE",
    );
  });

  it("holds the feeder back by credits and lets it go on as steps are done", async () => {
    const stage = await rank.openStage(stageSpec({ steps: 8 }));
    const feed = await rank.openFeed();
    let sent = 0;
    const feeding = (async () => {
      for (let step = 0; step < 8; step += 1) {
        await feed.send(batchOf(step, uploaded));
        sent += 1;
      }
    })();
    await feed.acknowledged(3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toBe(4);
    const planDigest = stage.sendPlan(sharedPlan);
    for (let step = 0; step < 8; step += 1)
      await stage.step({ step, planDigest, batchDigest: digestBatch(batchOf(step, uploaded)) });
    await feeding;
    expect(await stage.end()).toBe(8);
    await feed.end();
  });

  it("takes a stage that was cancelled for over, so that the next can begin", async () => {
    const stage = await rank.openStage(stageSpec());
    const feed = await rank.openFeed();
    const planDigest = stage.sendPlan(sharedPlan);
    const waiting = caught(() => stage.step({ step: 0, planDigest, batchDigest: "never fed" }));
    stage.cancel();
    expect((await waiting).message).toBe("[CANCELLED] step 0 of stage shared was cancelled");
    await caught(() => feed.acknowledged(0));
    const next = await rank.openStage(stageSpec());
    expect(next.firstStep).toBe(0);
    expect(await next.end()).toBe(0);
  });

  it("counts a step whose batch never comes as hung", async () => {
    const stage = await rank.openStage(stageSpec(), { minStepDeadlineMs: 300 });
    const feed = await rank.openFeed();
    const planDigest = stage.sendPlan(sharedPlan);
    const error = await caught(() => stage.step({ step: 0, planDigest, batchDigest: "never fed" }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_HUNG",
      message: "[WORKER_HUNG] step 0 of stage shared made no progress for 300 ms",
    });
    expect(JSON.stringify(error.details.logTail)).toContain("most recent call first");
    await caught(() => feed.acknowledged(0));
  });
});

describe("answers", () => {
  const { volumes } = batchOf(0, uploaded);
  const queries: readonly Query[] = [0, 1].map((index) => ({
    queryId: `q${index}`,
    volumeIndex: index,
    prompt: "describe the scan",
    task: "report",
    choices: [],
  }));
  const greedy = { mode: "greedy", batching, seesImage: true, plan: sharedPlan } as const;
  const summed = { mode: "loglik-sum", batching, seesImage: true, plan: sharedPlan } as const;

  it("are generated for every query, and the same each time", async () => {
    const ask = async () =>
      (await Array.fromAsync(rank.generate({ volumes, queries, ...greedy, maxNewTokens: 6 }))).map(
        ({ queryId, text, tokens }) => ({ queryId, text, tokens }),
      );
    const answers = await ask();
    expect(answers.map(({ queryId }) => queryId).sort()).toEqual(["q0", "q1"]);
    expect(answers.every(({ tokens }) => tokens <= 6)).toBe(true);
    expect(await ask()).toEqual(answers);
  });

  const closed = (volumeIndex: number): Query => ({
    queryId: `of ${volumeIndex}`,
    volumeIndex,
    prompt: "is the liver bright or dark",
    task: "closed-vqa",
    choices: ["bright", "dark", "bright bright"],
  });

  it("are scored as finite log-probabilities, one for each choice, with the tokens of each", async () => {
    const scored = await Array.fromAsync(rank.score({ volumes, queries: [closed(1)], ...summed }));
    expect(scored).toHaveLength(1);
    expect(scored[0]?.logProbs).toHaveLength(3);
    expect(scored[0]?.logProbs.every((value) => Number.isFinite(value) && value < 0)).toBe(true);
    const [bright = 0, dark = 0, twice = 0] = scored[0]?.optionTokens ?? [];
    expect([bright >= 2, dark >= 2, twice > bright]).toEqual([true, true, true]);
  });

  it("are refused by their places where they do not fit the positions beside the image", async () => {
    const texts = [
      { prompt: "is the liver bright", answer: "dark", reserve: 0 },
      { prompt: "is the liver bright", answer: "dark, or pale. ".repeat(60), reserve: 0 },
      { prompt: "is the liver bright", answer: "", reserve: 6 },
      { prompt: "is the liver bright", answer: "", reserve: 128 },
    ];
    const flat = await rank.checkLengths(1, texts);
    expect(flat.limit).toBe(128);
    expect(flat.tooLong.map(({ place }) => place)).toEqual([1, 3]);
    expect(flat.tooLong.every(({ needed }) => needed > 128 && needed <= flat.longest)).toBe(true);
    // More slices leave less room for words.
    const deep = await rank.checkLengths(shapeDHW[0], texts);
    expect(deep.longest).toBeGreaterThanOrEqual(flat.longest);
    expect(await rank.checkLengths(1, [])).toEqual({ limit: 128, longest: 0, tooLong: [] });
    const empty = await caught(() => rank.checkLengths(1, [{ prompt: " ", answer: "x", reserve: 0 }]));
    expect(empty.message).toMatch(/^\[WIRE_INVALID\] item texts\[0\] has an empty prompt/);
  });

  it("do not depend on the volume where none is shown, and do where one is", async () => {
    const both = async (seesImage: boolean): Promise<readonly (readonly number[])[]> => {
      const queries = [closed(0), closed(1)];
      const scored = await Array.fromAsync(rank.score({ volumes, queries, ...summed, seesImage }));
      return scored.map(({ logProbs }) => logProbs);
    };
    const [first, second] = await both(false);
    expect(first).toEqual(second);
    const [seen, other] = await both(true);
    expect(seen).not.toEqual(other);
    expect(seen).not.toEqual(first);
    const texts = await Array.fromAsync(
      rank.generate({ volumes, queries, ...greedy, maxNewTokens: 6, seesImage: false }),
    );
    expect(new Set(texts.map(({ text }) => text)).size).toBe(1);
  });

  it("stop when nobody wants them any more", async () => {
    for await (const first of rank.generate({
      volumes,
      queries,
      ...greedy,
      maxNewTokens: 6,
    })) {
      expect(first.queryId).toMatch(/^q/);
      break;
    }
    const controller = new AbortController();
    const asking = caught(() =>
      Array.fromAsync(
        rank.generate({ volumes, queries, ...greedy, maxNewTokens: 60 }, { signal: controller.signal }),
      ),
    );
    controller.abort();
    expect((await asking).code).toBe("CANCELLED");
    expect((await rank.health()).residentBytes).toBeGreaterThan(1 << 20);
  });

  it("refuse a query on a volume that was not sent", async () => {
    const error = await caught(() =>
      Array.fromAsync(
        rank.generate({
          volumes,
          queries: [{ queryId: "q", volumeIndex: 2, prompt: "p", task: "report", choices: [] }],
          ...greedy,
          maxNewTokens: 2,
        }),
      ),
    );
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] GenerateRequest.queries[0].volumeIndex is 2, there are 2 volumes",
    });
  });
});

describe("checkpoints", () => {
  it("refuse a byte that changed, a file that is missing, a pickle, and a folder that is not empty", async () => {
    const folder = join(folders.folder, "checkpoints", "bytes");
    mkdirSync(folder);
    const files = await rank.saveCheckpoint({ root: "checkpoints", path: "bytes" });
    expect((await caught(() => rank.saveCheckpoint({ root: "checkpoints", path: "bytes" }))).code).toBe(
      "OUTPUT_EXISTS",
    );
    const weights = join(folder, "weights.safetensors");
    const whole = readFileSync(weights);
    whole[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1;
    writeFileSync(weights, whole);
    const place = { root: "checkpoints", path: "bytes" };
    const damaged = await caught(() => rank.loadCheckpoint(place, files, false));
    expect({ code: damaged.code, exit: damaged.exitCode }).toEqual({ code: "CHECKPOINT_INVALID", exit: 65 });
    expect(damaged.message).toMatch(
      /^\[CHECKPOINT_INVALID\] weights.safetensors has \d+ bytes and SHA-256 [0-9a-f]{12}, saved were /,
    );
    writeFileSync(join(folder, "optimizer.pt"), "x");
    expect((await caught(() => rank.loadCheckpoint(place, files, false))).code).toBe("CHECKPOINT_PICKLE");
  });

  it("are written below writable roots alone", async () => {
    mkdirSync(join(folders.folder, "cache", "c"));
    const error = await caught(() => rank.saveCheckpoint({ root: "cache", path: "c" }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_ROOT",
      message: "[WIRE_ROOT] root 'cache' was not agreed for this",
    });
    expect((await caught(() => rank.saveCheckpoint({ root: "checkpoints", path: "../cache/c" }))).code).toBe(
      "WIRE_ROOT",
    );
  });
});

describe("messages", () => {
  it("are refused before sending when they are too large, naming size and limit", async () => {
    const error = await caught(() =>
      rank.measure("rouge1", [{ prediction: "x".repeat(17 << 20), target: "" }]),
    );
    expect(error.code).toBe("WIRE_TOO_LARGE");
    expect(error.message).toMatch(
      /^\[WIRE_TOO_LARGE\] the message of Measure has 178\d+ bytes, the limit is 16777216$/,
    );
  });

  it("are not sent for a call that was given up before", async () => {
    expect((await caught(() => rank.health({ signal: AbortSignal.abort() }))).code).toBe("CANCELLED");
  });

  it("hit their deadline when it is too short to answer", async () => {
    const error = await caught(() =>
      rank.fitTokenizer(
        Array.from({ length: 20_000 }, (_, index) => `line ${index} of words ${index * 7}`),
        2000,
        { timeoutMs: 5 },
      ),
    );
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: "WORKER_HUNG", exit: 69 });
  });
});

describe("metrics", () => {
  const pairs = [
    { prediction: "the liver is bright", target: "the liver is dark" },
    { prediction: "a", target: "a" },
    { prediction: "", target: "b" },
  ];

  it("are scored by the reference library, one score a pair, with its signature", async () => {
    const { signature, scores } = await rank.measure("meteor", pairs);
    expect(signature).toMatch(/nltk/i);
    expect(scores).toHaveLength(3);
    expect(scores[0]).toBeGreaterThan(0.5);
    expect(scores[2]).toBe(0);
  });

  it("that do not exist are refused by name", async () => {
    const error = await caught(() => rank.measure("bleurt", pairs));
    expect(error.exitCode).toBe(64);
    expect(error.message).toContain("bleurt");
  });
});

it("is not disturbed by somebody who speaks something else on its socket", async () => {
  const answers = await Promise.all(
    [
      "GET / HTTP/1.1\r\n\r\n",
      "\u0000".repeat(5000),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u00ff\u00ff\u00ff\u00ff",
    ].map(
      (junk) =>
        new Promise<string>((resolve) => {
          const socket = connect(rank.facts.address.slice("unix:".length), () =>
            socket.end(Buffer.from(junk, "latin1")),
          );
          let said = "";
          socket.on("data", (chunk) => {
            said += chunk.toString("latin1");
          });
          socket.on("error", () => resolve(said));
          socket.on("close", () => resolve(said));
        }),
    ),
  );
  expect(answers).toHaveLength(3);
  expect((await rank.health()).state).toBe("idle");
});

it("tells its progress by telemetry, without a loss", async () => {
  await until(
    () =>
      events.filter(({ kind }) => kind === "progress").length >= 14 &&
      events.some(({ kind }) => kind === "system"),
  );
  expect(events.find(({ kind }) => kind === "progress")).toMatchObject({
    kind: "progress",
    rank: 0,
    attempt: 3,
    stage: "shared",
    step: 0,
    steps: 3,
  });
  expect(events.find(({ kind }) => kind === "system")).toMatchObject({
    deviceBytes: 0,
    residentBytes: expect.any(Number),
  });
  expect(events.filter(({ kind }) => kind === "gap" || kind === "garbage")).toEqual([]);
  expect(telemetry.losses()).toEqual([]);
});

it("never writes a prompt, a target or an answer to its log", () => {
  const log = readFileSync(folders.launch.logFile, "utf8");
  expect(log).toContain("worker rank 0 of 1 serves on cpu");
  for (const word of ["liver", "spleen", "describe the scan"]) expect(log).not.toContain(word);
});
