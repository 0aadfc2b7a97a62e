import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { startChild } from "../../../../../ts/process/index.ts";
import { identifyProcess } from "../../../../../ts/process/proc/index.ts";
import type { StageSession, WorkerClient } from "../../../../../ts/worker/index.ts";
import { RankPool } from "../../../../../ts/worker/launch/rank-pool.ts";
import { caught } from "../../../../support/caught.ts";

// Two ranks over the real launcher are in tests/contract/worker-ranks.test.ts; here a real child, and ranks
// that only differ in what a test needs.

const folder = mkdtempSync(join(tmpdir(), "tomoe-pool-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Traits {
  readonly firstStep?: number;
  readonly shutdown?: () => Promise<void>;
  readonly opens?: () => Promise<StageSession>;
}

function makePool(traits: readonly Traits[], keep?: () => Promise<boolean>) {
  const child = startChild({
    command: process.execPath,
    args: ["-e", "process.stdin.on('end', () => process.exit(0)).resume()"],
    logFile: join(folder, "child.log"),
    maxLogBytes: 1000,
    readyChannel: false,
    graceMs: 1000,
  });
  const told: string[] = [];
  const ranks = traits.map(
    ({ firstStep = 0, shutdown, opens }, rank) =>
      ({
        facts: { rank },
        openStage: opens ?? (async () => ({ firstStep, cancel: () => told.push(`cancel ${rank}`) })),
        shutdown:
          shutdown ??
          (async () => {
            told.push(`shutdown ${rank}`);
            throw new Error("already gone");
          }),
        close: () => told.push(`close ${rank}`),
      }) as unknown as WorkerClient,
  );
  return {
    pool: new RankPool({
      ranks,
      child,
      pids: [child.pid],
      attempt: 2,
      clean: () => told.push("clean"),
      ...(keep === undefined ? {} : { keep }),
    }),
    child,
    told,
  };
}

const stage = {
  name: "s",
  steps: 1,
  seed: 0,
  trains: [],
  objectives: [],
  warmupFraction: 0,
  weightDecay: 0,
  clipNorm: 1,
  routing: "shared",
  optimizer: { kind: "adamw", betas: [0.9, 0.98], epsilon: 1e-8, schedule: "cosine", decays: "matrices" },
  microBatch: 0,
  tooLong: "refuse",
  taskCosineEvery: 0,
  sharePrefix: false,
} as const;
const failure = (what: string): TomoeError => new TomoeError("OUT_OF_MEMORY", what, { hint: "none" });

describe("a pool of ranks", () => {
  it("asks all ranks at once and gives their answers in rank order", async () => {
    const { pool } = makePool([{}, {}, {}]);
    const delays = [30, 0, 10];
    expect(
      await pool.all(async ({ facts }) => {
        await new Promise((resolve) => setTimeout(resolve, delays[facts.rank]));
        return facts.rank;
      }),
    ).toEqual([0, 1, 2]);
    expect(pool.attempt).toBe(2);
    await pool.kill();
  });

  it("throws the first failure once every rank has settled", async () => {
    const { pool } = makePool([{}, {}]);
    let settled = false;
    const error = await caught(() =>
      pool.all(async ({ facts }) => {
        if (facts.rank === 0) throw failure("rank 0");
        await new Promise((resolve) => setTimeout(resolve, 30));
        settled = true;
      }),
    );
    expect({ message: error.message, settled }).toEqual({ message: "[OUT_OF_MEMORY] rank 0", settled: true });
    await pool.kill();
  });

  it("takes answers as the same whatever the order of their keys", async () => {
    const { pool } = makePool([{}, {}]);
    expect(
      await pool.same("facts", async ({ facts }) => (facts.rank === 0 ? { a: 1, b: [2] } : { b: [2], a: 1 })),
    ).toEqual({ a: 1, b: [2] });
    const error = await caught(() => pool.same("facts", async ({ facts }) => [facts.rank]));
    expect({ code: error.code, message: error.message, details: error.details }).toEqual({
      code: "WIRE_DIGEST",
      message: "[WIRE_DIGEST] rank 0 and rank 1 disagree on facts",
      details: { what: "facts", ranks: [0, 1] },
    });
    await pool.kill();
  });

  it("has nothing to ask when there is no rank", async () => {
    const { pool } = makePool([]);
    const error = await caught(() => pool.same("facts", async () => 1));
    expect({ code: error.code, what: error.what }).toEqual({
      code: "WORKER_STATE",
      what: "there is no rank to ask for facts",
    });
    expect(await pool.all(async () => 1)).toEqual([]);
    await pool.kill();
  });

  it("opens the stage on every rank when all are at the same step", async () => {
    const { pool, told } = makePool([{ firstStep: 3 }, { firstStep: 3 }]);
    const sessions = await pool.openStage(stage);
    expect(sessions.map(({ firstStep }) => firstStep)).toEqual([3, 3]);
    expect(told).toEqual([]);
    await pool.kill();
  });

  it("opens no stage when the ranks are at different steps, or one cannot open", async () => {
    const apart = makePool([{ firstStep: 3 }, { firstStep: 4 }]);
    expect((await caught(() => apart.pool.openStage(stage))).message).toBe(
      "[WORKER_STATE] the ranks are at different steps of stage s: 3, 4",
    );
    expect(apart.told).toEqual(["cancel 0", "cancel 1"]);
    await apart.pool.kill();
    const failing = makePool([
      {},
      {
        opens: async () => {
          throw failure("no room");
        },
      },
    ]);
    expect((await caught(() => failing.pool.openStage(stage))).message).toBe("[OUT_OF_MEMORY] no room");
    expect(failing.told).toEqual(["cancel 0"]);
    await failing.pool.kill();
  });

  it("stops by asking every rank, then by signal, and cleans up, also when a rank does not answer", async () => {
    const { pool, told } = makePool([{}, {}]);
    expect(await pool.stop()).toMatchObject({ forced: false });
    expect(told.slice().sort()).toEqual(["clean", "close 0", "close 1", "shutdown 0", "shutdown 1"]);
    expect(await pool.ended).toMatchObject({ forced: false });
  });

  it("is stopped on release, but for processes that are kept", async () => {
    const own = makePool([{}]);
    await own.pool.release();
    expect(own.told).toEqual(["shutdown 0", "close 0", "clean"]);
    const refused = makePool([{}], async () => false);
    await refused.pool.release();
    expect(refused.told).toEqual(["shutdown 0", "close 0", "clean"]);
    const kept = makePool([{}], async () => true);
    expect(kept.pool.isKept).toBe(false);
    await kept.pool.release();
    expect(kept.told).toEqual([]);
    expect(identifyProcess(kept.child.pid)).toBeDefined();
    await kept.pool.kill();
  });

  it("kills at once", async () => {
    const { pool, told } = makePool([{}]);
    expect(await pool.kill()).toMatchObject({ signal: "SIGKILL", forced: true });
    expect(told).toEqual(["close 0", "clean"]);
  });
});
