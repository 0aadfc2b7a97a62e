import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ErrorCode, TomoeError } from "../../ts/errors.ts";
import { errorCodes, isTomoeError } from "../../ts/errors.ts";
import { seededUniform } from "../../ts/eval/index.ts";
import type { FeedSession, StageSession, WorkerClient, WorkerPool } from "../../ts/worker/index.ts";
import { connectWorker, digestBatch, startWorkers } from "../../ts/worker/index.ts";
import { caught } from "../support/caught.ts";
import type { Direction, Fault } from "../support/faulty-link.ts";
import { FaultyLink } from "../support/faulty-link.ts";
import type { StepFacts } from "./direct-training.ts";
import { stepFacts } from "./direct-training.ts";
import {
  batchOf,
  makeFolders,
  prepareModel,
  sharedPlan,
  stageSpec,
  uploaded,
  volumesFile,
} from "./worker-fixture.ts";

// One real worker for the whole file: it outlives every client, and each link brings a client of a later
// attempt.
const folders = makeFolders();
const introduction = { runId: "contract", roots: folders.launch.roots, telemetryEndpoint: "", threads: 1 };
const patience = 120_000;
let pool: WorkerPool;
let first: WorkerClient;
let attempt = 0;
let calm: Conversation;
let bytes: Record<Direction, number>;
const links: FaultyLink[] = [];

/**
 * What a whole conversation came to: upload, stage, three steps under Train and Feed, and the weights that
 * were saved after them.
 */
interface Conversation {
  readonly steps: StepFacts[];
  stepsDone?: number;
  saved?: readonly unknown[];
  error?: TomoeError;
  /**
   * Bytes sent to the worker when a part of the conversation began; what went before was answered by then.
   */
  readonly marks: { upload: number; stage: number; end: number };
  /** Bytes that had come back when the stage began and when it ended. */
  readonly back: { stage: number; end: number };
}

beforeAll(async () => {
  pool = await startWorkers({ ...folders.launch, ranks: 1, attempt });
  const [rank] = pool.ranks;
  if (rank === undefined) throw new Error("no rank");
  first = rank;
  const link = await openLink();
  calm = await converse(link);
  bytes = { ...link.carried };
  expect({
    error: calm.error,
    steps: calm.steps.length,
    stepsDone: calm.stepsDone,
    saved: calm.saved?.length,
  }).toEqual({ error: undefined, steps: 3, stepsDone: 3, saved: expect.any(Number) });
});

afterAll(async () => {
  for (const link of links) link.close();
  await pool.kill();
  folders.remove();
});

async function openLink(fault?: Fault): Promise<FaultyLink> {
  const link = await FaultyLink.open(first.facts.address, fault);
  links.push(link);
  return link;
}

async function dial(link: FaultyLink, timeoutMs: number): Promise<WorkerClient> {
  attempt += 1;
  return await connectWorker({ ...first.access, address: link.address, attempt }, introduction, undefined, {
    timeoutMs,
  });
}

/** Feeds and commands one step; a refused batch is told on the feed alone. */
async function step(
  stage: StageSession,
  feed: FeedSession,
  planDigest: string,
  number: number,
): Promise<StepFacts> {
  const batch = batchOf(number, uploaded);
  await feed.send(batch);
  const [result] = await Promise.all([
    stage.step({ step: number, planDigest, batchDigest: digestBatch(batch) }),
    feed.acknowledged(number),
  ]);
  return stepFacts(result);
}

/**
 * Everything from the hello to a checkpoint over one link; keeps what came back before a failure, and the
 * failure.
 */
async function converse(link: FaultyLink, timeoutMs: number = patience): Promise<Conversation> {
  const outcome: Conversation = {
    steps: [],
    marks: { upload: 0, stage: 0, end: 0 },
    back: { stage: 0, end: 0 },
  };
  let client: WorkerClient | undefined;
  try {
    client = await dial(link, timeoutMs);
    await prepareModel(client, { timeoutMs });
    await client.dropTensor(uploaded, { timeoutMs });
    outcome.marks.upload = link.carried.up;
    await client.putTensor("volumes", volumesFile(0, 4), { timeoutMs });
    outcome.marks.stage = link.carried.up;
    outcome.back.stage = link.carried.down;
    const stage = await client.openStage(stageSpec(), { timeoutMs, minStepDeadlineMs: timeoutMs });
    const feed = await client.openFeed({ timeoutMs });
    const planDigest = stage.sendPlan(sharedPlan);
    for (const number of [0, 1, 2]) outcome.steps.push(await step(stage, feed, planDigest, number));
    outcome.stepsDone = await stage.end();
    outcome.marks.end = link.carried.up;
    outcome.back.end = link.carried.down;
    feed.cancel();
    const path = `attempt-${client.access.attempt}`;
    mkdirSync(join(folders.folder, "checkpoints", path));
    outcome.saved = await client.saveCheckpoint({ root: "checkpoints", path }, { timeoutMs });
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    outcome.error = error;
  } finally {
    client?.close();
    link.close();
  }
  return outcome;
}

const numbers = ({ steps, stepsDone, saved }: Conversation) => ({ steps, stepsDone, saved });

/**
 * Holds a disturbed conversation against the calm one: nothing that came back differs, and nothing came back
 * twice.
 */
function expectNothingWrong(fault: Fault, got: Conversation): void {
  expect({ fault, steps: got.steps }).toEqual({ fault, steps: calm.steps.slice(0, got.steps.length) });
  if (got.error === undefined) expect({ fault, ...numbers(got) }).toEqual({ fault, ...numbers(calm) });
}

/**
 * Runs over a link that fails, then over a fresh one; the second must give what an undisturbed conversation
 * gives.
 */
async function disturbed(fault: Fault, timeoutMs?: number): Promise<Conversation> {
  const link = await openLink(fault);
  const got = await converse(link, timeoutMs);
  expect({ fault, struck: link.struck }).toEqual({ fault, struck: true });
  expectNothingWrong(fault, got);
  const again = await converse(await openLink());
  expect({ fault, error: again.error, ...numbers(again) }).toEqual({
    fault,
    error: undefined,
    ...numbers(calm),
  });
  return got;
}

it.each([
  ["up", 5],
  ["down", 5],
] as const)(
  "cut at any byte %s gives a typed error that says to try again, and over a fresh link the same numbers",
  async (direction, cuts) => {
    const uniform = seededUniform(direction === "up" ? 17 : 18);
    for (let index = 0; index < cuts; index += 1) {
      // One cut in each of equal parts of the conversation; its last bytes may be fewer in another one, as
      // window updates are.
      const at = Math.floor((0.98 * bytes[direction] * (index + uniform())) / cuts);
      const fault: Fault = { kind: uniform() < 0.5 ? "close" : "reset", direction, at };
      const { error } = await disturbed(fault);
      expect({
        fault,
        code: error?.code,
        retry: error === undefined ? undefined : errorCodes[error.code].retry,
      }).toEqual({ fault, code: "WORKER_UNAVAILABLE", retry: "retry" });
      expect(error?.message).toMatch(/^\[WORKER_UNAVAILABLE\] the connection to the worker broke during /);
    }
  },
);

it("keeps the steps that were answered before a cut, and fails the one that was not by its number", async () => {
  const between = await converse(await openLink());
  // Three quarters into the bytes of the stage: after its first answers, before its last.
  const at = Math.floor(between.marks.stage + 0.75 * (between.marks.end - between.marks.stage));
  const { steps, error } = await disturbed({ kind: "close", direction: "up", at });
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.length).toBeLessThan(3);
  expect(error?.message).toBe(
    `[WORKER_UNAVAILABLE] the connection to the worker broke during ${error?.details.during}`,
  );
  expect(error?.details.during).toMatch(
    new RegExp(`^(step ${steps.length} of stage shared|the feed, after the batch of step ${steps.length})$`),
  );
});

it("answers a flipped bit in an upload, a batch, a plan or a command with a typed error, never with other numbers", async () => {
  const uniform = seededUniform(19);
  const { marks } = await converse(await openLink());
  // Bytes of the volumes themselves, well within their one chunk.
  const inVolumes = await disturbed({ kind: "flip", direction: "up", at: marks.upload + 5_000, bit: 3 });
  expect({ code: inVolumes.error?.code, exit: inVolumes.error?.exitCode }).toEqual({
    code: "WIRE_CHECKSUM",
    exit: 69,
  });
  const parts = 5;
  const seen = new Set<ErrorCode | "right">();
  for (let index = 0; index < parts; index += 1) {
    const at = Math.floor(marks.stage + ((marks.end - marks.stage - 32) * (index + uniform())) / parts);
    const { error } = await disturbed(
      { kind: "flip", direction: "up", at, bit: Math.floor(uniform() * 8) },
      3_000,
    );
    seen.add(error?.code ?? "right");
  }
  expect([...seen]).not.toContain("INTERNAL");
  expect([...seen]).toContain("WIRE_DIGEST");
});

it("over a link that stalls is hung after its deadline, is replaced over a fresh one, and finds itself fenced when the link wakes up", async () => {
  // Within the answers of the stage, wherever it stands in the conversation; its upload is done again here.
  const at = Math.floor(calm.back.stage + 0.6 * (calm.back.end - calm.back.stage));
  const link = await openLink({ kind: "stall", direction: "down", at });
  const old = await dial(link, patience);
  await prepareModel(old, { timeoutMs: patience });
  const stage = await old.openStage(stageSpec(), { minStepDeadlineMs: 1_000 });
  const feed = await old.openFeed();
  const planDigest = stage.sendPlan(sharedPlan);
  const steps: StepFacts[] = [];
  const error = await caught(async () => {
    for (const number of [0, 1, 2]) steps.push(await step(stage, feed, planDigest, number));
  });
  expect({ code: error.code, message: error.message }).toEqual({
    code: "WORKER_HUNG",
    message: expect.stringMatching(/^\[WORKER_HUNG\] step \d of stage shared made no progress for \d+ ms$/),
  });
  expect(steps).toEqual(calm.steps.slice(0, steps.length));
  // The old link is still there, half open, and so is its stage.
  expect(numbers(await converse(await openLink()))).toEqual(numbers(calm));
  link.mend();
  const late = await caught(() => old.health());
  expect({ code: late.code, message: late.message }).toEqual({
    code: "WORKER_FENCED",
    message: `[WORKER_FENCED] attempt ${attempt - 1} was replaced by attempt ${attempt}`,
  });
  old.close();
});
