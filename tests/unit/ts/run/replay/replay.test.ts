import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Experiment } from "../../../../../ts/config/index.ts";
import { TomoeError } from "../../../../../ts/errors.ts";
import { knownUses } from "../../../../../ts/run/prepare/cache-use.ts";
import { replayStep, type StepReplay } from "../../../../../ts/run/replay/replay.ts";
import { runExperiment } from "../../../../../ts/run/run-experiment.ts";
import { openRun } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { cleanFolder } from "../../../../support/own-folder.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { withCache } from "../../../../support/with-cache.ts";
import { experiment, freshFolder, plainPolicy } from "../fixtures.ts";

const own: Experiment = { ...experiment, policy: plainPolicy() };
const { signal } = new AbortController();

interface Made {
  readonly runsDir: string;
  readonly runId: string;
}

async function made(script: Script = {}, set: readonly string[] = []): Promise<Made> {
  const runsDir = join(freshFolder(), "runs");
  const started = {
    experiment: own,
    set,
    runsDir,
    device: "cpu" as const,
    signal,
    onProgress: () => undefined,
  };
  await runExperiment({ ...started, workers: new ScriptedWorkers(script) }).catch((error: unknown) => {
    if (script.failStep === undefined) throw error;
  });
  return { runsDir, runId: readdirSync(runsDir)[0] ?? "" };
}

interface Again {
  readonly replay: StepReplay;
  readonly calls: readonly string[];
  readonly notices: readonly string[];
  /** Names of the folders that its worker may open. */
  readonly roots: readonly string[];
}

async function again(
  { runsDir, runId }: Made,
  stage: string,
  step: number,
  script: Script = {},
): Promise<Again> {
  const workers = new ScriptedWorkers(script);
  const notices: string[] = [];
  const replay = await replayStep({
    runsDir,
    target: { run: runId, stage, step },
    device: "cpu",
    signal,
    onProgress: (progress) => {
      if (progress.kind === "notice") notices.push(progress.text);
    },
    policy: plainPolicy(),
    workers,
  });
  const roots = workers.started.flatMap((start) => start.roots.map(({ name }) => name));
  return { replay, calls: workers.calls, notices, roots };
}

/** Names, sizes and times of everything in a folder. */
function contents(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const told = names.map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return createHash("sha256").update(told.join("\n")).digest("hex");
}

/** A run on a folder of scans, which is prepared in a cache or not. */
async function madeOf(folder: string, cache: string | null): Promise<Made> {
  const runsDir = join(freshFolder(), "runs");
  const table = { kind: "layout", layout: "table", path: folder, sizeDHW: [16, 24, 24] };
  const data = { ...table, windowHu: { low: -1000, high: 1000 } };
  const tasks = { report: { metrics: ["rouge1"] }, "closed-vqa": { metrics: ["accuracy"] } };
  const set = [`data=${JSON.stringify(data)}`, "model.base.pretrain=[]", `tasks=${JSON.stringify(tasks)}`];
  await runExperiment({
    ...{ experiment: own, set, runsDir, cache, device: "cpu" as const, signal },
    onProgress: () => undefined,
    workers: new ScriptedWorkers(),
  });
  return { runsDir, runId: readdirSync(runsDir)[0] ?? "" };
}

const leftOvers = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("tomoe-replay-"));

describe("replayStep", () => {
  const whole = made();

  it("does a step again from the nearest checkpoint, to the same numbers", async () => {
    const { replay, calls } = await again(await whole, "shared", 5);
    expect(replay).toMatchObject({
      ok: true,
      runId: (await whole).runId,
      equal: true,
      isStrict: true,
      batch: { stage: "shared", step: 5 },
      from: { steps: 2 },
      differences: [],
      firstDifference: null,
      failure: null,
    });
    expect(replay.from.checkpoint).toMatch(/^\d+-shared-00000004$/);
    expect(replay.batch.volumes).toHaveLength(4);
    expect(replay.batch.items).toHaveLength(new Set(replay.batch.items).size);
    expect(replay.batch.items.length).toBeGreaterThan(4);
    // Nothing is fitted, saved, tried or answered for it.
    expect(calls.map((call) => call.replace(/load \S+/, "load"))).toEqual([
      "require",
      "1 load with optimizer",
      "1 stage shared",
      "1 close",
    ]);
  });

  it("takes prepared volumes from the cache that its run had them from, and from no other", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const cache = join(freshFolder(), "cache");
    const [cached, alone] = [await madeOf(folder, cache), await madeOf(folder, null)];
    const prepared = contents(join(cache, "rows"));
    await withCache(cache, async () => {
      const other = await again(alone, "shared", 1);
      const { replay, roots } = await again(cached, "shared", 1);
      expect([other.roots, roots]).toEqual([
        ["cache", "checkpoints"],
        ["cache", "rows", "checkpoints"],
      ]);
      expect([other.replay.equal, replay.equal]).toEqual([true, true]);
      expect(replay.batch).toEqual(other.replay.batch);
      expect(contents(join(cache, "rows"))).toBe(prepared);
    });
    expect((await knownUses(cache)).map(({ owner }) => owner)).toEqual([undefined, undefined]);
    expect(leftOvers()).toEqual([]);
  });

  it("goes through the stages between, with the lift where it lies on the way", async () => {
    const { runsDir, runId } = await whole;
    const { checkpoints } = (await openRun(runsDir, runId)).paths;
    const others = readdirSync(checkpoints).filter((name) => /^\d/.test(name));
    expect(others.some((name) => name.includes("specific"))).toBe(true);
    const { replay, calls } = await again(await whole, "specific", 1);
    expect(replay).toMatchObject({ equal: true, from: { steps: 2 } });
    expect(calls.filter((call) => / stage | lift/.test(call))).toEqual(["1 stage specific"]);
  });

  it("begins at the beginning where no checkpoint of before is kept", async () => {
    const { replay, calls } = await again(await whole, "shared", 1);
    expect(replay).toMatchObject({ equal: true, from: { checkpoint: null, steps: 5 } });
    expect(calls).toEqual([
      "require",
      "1 fitTokenizer",
      "1 createModel",
      "1 stage flat",
      "1 lift",
      "1 stage shared",
      "1 close",
    ]);
  });

  it("only reads the run, and leaves nothing of its own", async () => {
    const { runsDir } = await whole;
    const before = contents(runsDir);
    const held = leftOvers();
    await again(await whole, "specific", 0);
    expect(contents(runsDir)).toBe(before);
    expect(leftOvers()).toEqual(held);
  });

  it("tells in a strict run with exit code 79 what differs, and since which step", async () => {
    const other: Script = { tokens: ({ step }, expert) => (step < 4 ? 5 : 6) + expert };
    const told: Script = { tokens: (_, expert) => 5 + expert };
    const run = await made(told);
    const error = await caught(() => again(run, "shared", 5, other));
    expect([error.code, error.exitCode]).toEqual(["REPLAY_DIVERGED", 79]);
    expect(error.what).toMatch(
      /^step 5 of stage shared is another one than run \S+ recorded: \S+ \S+ for \S+ and \d+ more, the first from step 4 on$/,
    );
    expect(error.details).toMatchObject({ equal: false, isStrict: true, firstDifference: 4 });
    expect(error.details.differences).toContainEqual({ name: "load.0.0.0", recorded: 5, replayed: 6 });
  });

  it("tells as well, and refuses nothing, where other numbers are to be expected", async () => {
    const run = await made();
    const { checkpoints } = (await openRun(run.runsDir, run.runId)).paths;
    for (const name of readdirSync(checkpoints)) expect(name).toBeTruthy();
    const { replay, notices } = await again(run, "shared", 5, {
      environment: { torch: "2.14.0" },
      tokens: () => 1,
    });
    expect(replay).toMatchObject({ ok: true, equal: false, isStrict: false });
    expect(replay.differences.length).toBeGreaterThan(0);
    expect(notices.some((text) => text.startsWith("resuming, but not bit for bit"))).toBe(true);
  });

  const notFinite = (message = "the loss is nan at step 3") =>
    new TomoeError("TRAIN_DIVERGED", message, {
      hint: "Lower the rate.",
      details: { tensor: "projector.weight", items: ["a"] },
    });
  const failing = (message?: string): Script => ({
    failStep: ({ stage, step }) => (stage === "shared" && step === 3 ? notFinite(message) : undefined),
  });

  it("does the step that failed again, and finds it failing alike", async () => {
    const run = await made(failing());
    const { replay } = await again(run, "shared", 3, failing());
    expect(replay).toMatchObject({
      equal: true,
      differences: [],
      failure: { code: "TRAIN_DIVERGED", message: "the loss is nan at step 3", details: { items: ["a"] } },
    });
    expect(replay.batch.volumes).toHaveLength(4);
  });

  it("tells where it fails otherwise, or not at all", async () => {
    const run = await made(failing());
    const otherwise = await caught(() => again(run, "shared", 3, failing("the gradient norm is inf")));
    expect(otherwise.what).toContain("it fails otherwise (the gradient norm is inf)");
    const sound = await caught(() => again(run, "shared", 3));
    expect(sound.details.differences).toContainEqual(
      expect.objectContaining({ name: "loss", recorded: null }),
    );
  });

  it("fails as training does on the way to the step", async () => {
    const early: Script = { failStep: ({ step }) => (step === 4 ? notFinite("earlier") : undefined) };
    const error = await caught(async () => again(await whole, "shared", 5, early));
    expect([error.code, error.what]).toEqual(["TRAIN_DIVERGED", "earlier"]);
    expect(leftOvers()).toEqual([]);
  });

  it("passes over a checkpoint that is damaged, loudly, as a resumed run does", async () => {
    const run = await made();
    const { checkpoints } = (await openRun(run.runsDir, run.runId)).paths;
    const name = readdirSync(checkpoints).find((one) => one.includes("shared-00000004")) ?? "";
    const file = join(checkpoints, name, "weights.safetensors");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^./, "z"));
    const error = await caught(() => again(run, "shared", 5));
    expect(error.code).toBe("CHECKPOINT_INVALID");
  });

  it("knows no step of a run that is not there, and none that it has not done", async () => {
    const run = await whole;
    expect((await caught(() => again({ ...run, runId: "zzzz" }, "shared", 0))).code).toBe("RUN_NOT_FOUND");
    expect((await caught(() => again(run, "shared", 6))).code).toBe("USAGE_INVALID");
    expect((await caught(() => again(run, "share", 0))).what).toContain('did you mean "shared"?');
  });

  it("shares the batch out over as many ranks as the run had", async () => {
    const run = await made({}, ["execution.ranks=2", "model.base.pretrain.flat.volumesPerStep=2"]);
    const { replay, calls } = await again(run, "specific", 0);
    expect(replay).toMatchObject({ equal: true });
    expect(new Set(replay.batch.volumes).size).toBe(4);
    expect(calls).toContain("1 stage specific");
  });
});
