// A run as the start of another, on scripted workers and real run folders.
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "../../../../../ts/config/index.ts";
import { resolveOpened } from "../../../../../ts/run/base/open.ts";
import { originOf } from "../../../../../ts/run/base/origin.ts";
import {
  findSourceRun,
  modelFrom,
  openSourceRun,
  requireSameModel,
} from "../../../../../ts/run/base/source-run.ts";
import { resumeRun, runExperiment } from "../../../../../ts/run/run-experiment.ts";
import { openRun, readEvents, readMetrics } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers, workerDied } from "../../../../support/scripted-pool.ts";
import { experiment, plainPolicy, resolvedWith } from "../fixtures.ts";
import { type FinishedRun, finishedRun, spoilableRun } from "../predict/finished-run.ts";

const signal = new AbortController().signal;
const shared = "000004-shared-00000006";
const place = ({ runsDir }: FinishedRun) => ({ runsDir, signal });
const onRun = (run: string, checkpoint?: string): readonly string[] => [
  `model.base=${JSON.stringify({ kind: "run", run, ...(checkpoint === undefined ? {} : { checkpoint }) })}`,
  "data.slices=0",
];
const onlySpecific = "stages=[%]".replace(
  "%",
  JSON.stringify(experiment.input.stages.find(({ name }) => name === "specific")),
);

function asked(run: FinishedRun, set: readonly string[], workers = new ScriptedWorkers()) {
  const own: Experiment = { ...experiment, policy: plainPolicy() };
  const silent = (): void => undefined;
  return { experiment: own, set, device: "cpu", workers, onProgress: silent, ...place(run) } as const;
}

describe("a run that is to be started from", () => {
  it("is told by its checkpoint: lifted or not, shared or a task, with the base it began with", async () => {
    const run = await finishedRun();
    const { facts, plan, model } = await openSourceRun({ run: "latest", ...place(run) });
    expect(facts).toMatchObject({
      runId: run.folder.runId,
      checkpoint: "000005-specific-00000002",
      lifted: true,
      routing: "per-task",
      base: resolvedWith().config.model.base,
    });
    expect([plan.groups.length, plan.effectiveFromStep]).toEqual([3, 0]);
    expect(model.facts.length).toBeGreaterThan(0);
    const older = await openSourceRun({ run: run.folder.runId, checkpoint: shared, ...place(run) });
    expect(older.facts).toMatchObject({ checkpoint: shared, routing: "shared" });
    expect(older.facts.weightsDigest).not.toBe(facts.weightsDigest);
  });

  it("is found again by what was pinned, unless it is another by then", async () => {
    const run = await finishedRun();
    const { facts } = await openSourceRun({ run: "latest", ...place(run) });
    expect((await findSourceRun(facts, place(run))).facts).toEqual(facts);
    const changed = await caught(() => findSourceRun({ ...facts, weightsDigest: "0" }, place(run)));
    expect([changed.code, changed.exitCode]).toEqual(["CHECKPOINT_INCOMPATIBLE", 65]);
    const gone = await caught(() => findSourceRun({ ...facts, runId: "20260101-none" }, place(run)));
    expect(gone.code).toBe("RUN_NOT_FOUND");
  });

  it("lends its model to an experiment that has the same, and names every leaf of another", async () => {
    const run = await finishedRun();
    const source = await openSourceRun({ run: "latest", ...place(run) });
    requireSameModel(resolvedWith("name=other", "seed=8", "stages.shared.steps=1"), source);
    const other = resolvedWith(
      "model.ropeBase=50",
      "router.textWidth=16",
      "data.windowHu.low=-500",
      "execution.recompute=blocks",
    );
    const failure = await caught(() => requireSameModel(other, source));
    expect([failure.code, failure.exitCode]).toEqual(["CONFIG_INVALID", 64]);
    expect(failure.details.problems).toEqual([
      { path: "model.ropeBase", here: "50", there: "100" },
      { path: "router.textWidth", here: "16", there: "8" },
      { path: "data.windowHu.low", here: "-500", there: "-1024" },
      { path: "execution.recompute", here: '"blocks"', there: '"none"' },
    ]);
    const elsewhere = { ...source.checkpoint.manifest.facts, preprocessDigest: "another" };
    const manifest = { ...source.checkpoint.manifest, facts: elsewhere };
    const changed = { ...source, checkpoint: { ...source.checkpoint, manifest } };
    expect((await caught(() => requireSameModel(resolvedWith(), changed))).code).toBe(
      "CHECKPOINT_INCOMPATIBLE",
    );
  });

  it("has heads for labels of the data, or refuses them by name", async () => {
    const run = await finishedRun();
    const source = await openSourceRun({ run: "latest", ...place(run) });
    const { model } = source;
    expect(modelFrom(source, { ...model, patchClasses: 0, facts: model.facts.slice(0, 1) })).toBe(model);
    const strange = { ...model, patchClasses: 99, facts: [{ name: "tail", classes: 2 }] };
    const failure = await caught(() => modelFrom(source, strange));
    expect(failure.code).toBe("CHECKPOINT_INCOMPATIBLE");
    expect(failure.what).toContain('no head for fact "tail" of 2 classes, patch labels of 99 classes');
    const digest = { ...model.preprocess, digest: "another" };
    const other = await caught(() => modelFrom(source, { ...model, preprocess: digest, words: ["spleen"] }));
    expect(other.code).toBe("CHECKPOINT_INCOMPATIBLE");
    expect(other.what).toMatch(
      /preprocess\.digest is "another".*\n.*words\.0 is "spleen", there it is nothing/,
    );
  });
});

describe("an experiment that starts from a run", () => {
  it("takes that run's model in place of a new one, does not lift again, and records what it took", async () => {
    const run = await spoilableRun();
    const workers = new ScriptedWorkers();
    const set = [...onRun(run.folder.runId, shared), onlySpecific, "name=next", "execution.maxRestarts=0"];
    const { dir } = await runExperiment(asked(run, set, workers));
    expect(workers.calls.slice(1, 5)).toEqual([
      `1 load ${shared} without optimizer`,
      "1 stage specific",
      "1 save",
      expect.any(String),
    ]);
    const [taken] = await readEvents(join(dir, "events"), "model-taken");
    expect(taken?.data).toMatchObject({ runId: run.folder.runId, checkpoint: shared, lifted: true });
    const losses = (await readMetrics(join(dir, "metrics"))).filter(({ name }) => name === "loss");
    expect(losses.map(({ stage, step }) => `${stage}/${step}`)).toEqual(["specific/0", "specific/1"]);
    expect(JSON.parse(readFileSync(join(dir, "model.json"), "utf8"))).toEqual(
      JSON.parse(readFileSync(run.folder.paths.model, "utf8")),
    );
  });

  it("is the start of a third in turn, with the base of the first", async () => {
    const run = await spoilableRun();
    const source = await openSourceRun({ run: run.folder.runId, ...place(run) });
    const second = await runExperiment(asked(run, [...onRun(run.folder.runId, shared), onlySpecific]));
    expect((await openSourceRun({ run: second.runId, ...place(run) })).facts.base).toEqual(source.facts.base);
    const third = await resolveOpened(asked(run, [...onRun(second.runId), onlySpecific]));
    expect(third.config.model.base).toMatchObject({
      facts: { runId: second.runId, routing: "per-task", base: { kind: "tiny-phi3v" } },
    });
  });

  it("needs that run until it has a checkpoint of its own", async () => {
    const run = await spoilableRun();
    const set = [...onRun(run.folder.runId, shared), onlySpecific, "name=next", "execution.maxRestarts=0"];
    const dying = new ScriptedWorkers({ failSave: () => workerDied() });
    await caught(() => runExperiment(asked(run, set, dying)));
    const runId = readdirSync(run.runsDir).find((name) => name.includes("-next-")) ?? "";
    const job = { resolved: await resolveOpened(asked(run, set)), ...place(run) };
    const origin = await originOf({ ...job, folder: await openRun(run.runsDir, runId) });
    expect(origin.source?.facts.runId).toBe(run.folder.runId);
    expect(origin.roots.map(({ name, writable }) => [name, writable])).toEqual([["source", false]]);
    const away = join(run.runsDir, "..", "away");
    renameSync(run.folder.dir, away);
    const resume = { ...asked(run, set), run: runId, policy: plainPolicy() };
    expect((await caught(() => resumeRun(resume))).code).toBe("RUN_NOT_FOUND");
    renameSync(away, run.folder.dir);
    expect((await resumeRun(resume)).runId).toBe(runId);
    renameSync(run.folder.dir, away);
    const later = await originOf({ ...job, folder: await openRun(run.runsDir, runId) });
    expect(later).toEqual({ roots: [], source: null });
  });
});
