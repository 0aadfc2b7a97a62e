import { defineExperiment, type Evaluation, type Experiment } from "../../../../../ts/config/index.ts";
import type { EvalRequest } from "../../../../../ts/run/eval/record/folder.ts";
import { resolvedFor, sourceRun, tasksFor } from "../../../../../ts/run/eval/request.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { experiment, freshFolder, resolvedWith } from "../fixtures.ts";
import { finishedRun } from "../predict/finished-run.ts";

const changed = (change: object): Experiment =>
  defineExperiment({ ...(experiment.input as object), ...change } as never);

async function found(asked: Experiment, runsDir?: string) {
  return await sourceRun({
    source: { experiment: asked, recipe: { file: "recipe.ts", text: "" } },
    runsDir: runsDir ?? (await finishedRun()).runsDir,
    device: "cpu",
    signal: new AbortController().signal,
    workers: new ScriptedWorkers(),
  });
}

describe("the run that is evaluated", () => {
  it("is the one that is named, asked as it was recorded", async () => {
    const { runsDir, folder } = await finishedRun();
    const wish = {
      runsDir,
      device: "cpu",
      signal: new AbortController().signal,
      workers: new ScriptedWorkers(),
    } as const;
    expect(await sourceRun({ ...wish, source: { run: "latest" } })).toEqual({
      run: folder.runId,
      recipe: null,
    });
    const failure = await caught(() => sourceRun({ ...wish, source: { run: "nobody" } }));
    expect(failure.code).toBe("RUN_NOT_FOUND");
  });

  it("is the newest finished one that a recipe made, asked as the recipe now says", async () => {
    const { folder } = await finishedRun();
    const more = changed({ evaluation: { maxNewTokens: 30, maxFailed: 2 } });
    const { run, recipe } = await found(more);
    expect(run).toBe(folder.runId);
    expect(recipe?.evaluation).toMatchObject({ maxNewTokens: 30, maxFailed: 2 });
  });

  it("is none where the recipe makes another model now, or made no run", async () => {
    const other = await caught(() => found(changed({ seed: 6 })));
    expect([other.code, other.exitCode]).toEqual(["RUN_NOT_FOUND", 64]);
    expect(other.hint).toContain((await finishedRun()).folder.runId);
    const none = await caught(() => found(experiment, freshFolder()));
    expect(none.hint).toBe('Make one with "tomoe run RECIPE.ts".');
  });
});

describe("the run of an evaluation", () => {
  const wish = async () =>
    ({
      runsDir: (await finishedRun()).runsDir,
      device: "cpu",
      signal: new AbortController().signal,
      workers: new ScriptedWorkers(),
    }) as const;
  const asked = (more: Partial<Evaluation> = {}): Evaluation => ({
    kind: "evaluation",
    run: "latest",
    tasks: { "closed-vqa": { metrics: ["accuracy"] } },
    evaluation: {},
    gates: [],
    ...more,
  });
  const recipeOf = async (evaluation: Evaluation) =>
    (await sourceRun({ ...(await wish()), source: { asked: evaluation } })).recipe as {
      readonly evaluation: Readonly<Record<string, unknown>>;
      readonly tasks: object;
    };

  it("is the one that it names, with its metrics in place of the run's", async () => {
    const { folder } = await finishedRun();
    const found = await sourceRun({ ...(await wish()), source: { asked: asked() } });
    expect(found.run).toBe(folder.runId);
    expect(found.recipe?.tasks).toEqual({ "closed-vqa": { metrics: ["accuracy"] } });
  });

  it("is asked as the run was, but for what is said; a group in part keeps the rest", async () => {
    const { evaluation } = resolvedWith().config;
    const changed = await recipeOf(asked({ evaluation: { maxFailed: 3, batching: { volumes: 2 } } }));
    expect(changed.evaluation).toEqual({
      ...evaluation,
      maxFailed: 3,
      batching: { ...evaluation.batching, volumes: 2 },
    });
    expect((await recipeOf(asked())).evaluation).toEqual(evaluation);
  });

  it("is refused for a task that the run does not answer, and an option out of its range, by name", async () => {
    const foreign = asked({ tasks: { segmentation: { metrics: ["dice"] } } as Evaluation["tasks"] });
    const failure = await caught(() => recipeOf(foreign));
    expect(failure.code).toBe("CONFIG_INVALID");
    expect(failure.message).toContain("does not answer segmentation");
    const range = await caught(() => recipeOf(asked({ evaluation: { maxFailed: -1 } })));
    expect([range.code, range.exitCode]).toEqual(["CONFIG_INVALID", 64]);
    expect(range.message).toContain("maxFailed");
    const nobody = await caught(() => recipeOf(asked({ run: "nobody" })));
    expect(nobody.code).toBe("RUN_NOT_FOUND");
  });
});

describe("how it is asked", () => {
  const request = (recipe: EvalRequest["recipe"]) => ({ recipe }) as EvalRequest;

  it("is as the run was, or as the recipe says", () => {
    const resolved = resolvedWith();
    expect(resolvedFor(resolved, request(null))).toBe(resolved);
    const { evaluation, tasks } = resolved.config;
    const asked = resolvedFor(
      resolved,
      request(JSON.parse(JSON.stringify({ evaluation: { ...evaluation, maxFailed: 3 }, tasks }))),
    );
    expect(asked.config.evaluation.maxFailed).toBe(3);
    expect(asked.config.stages).toEqual(resolved.config.stages);
  });

  it("is refused where the record of it was spoilt", async () => {
    const failure = await caught(() =>
      resolvedFor(resolvedWith(), request({ evaluation: { maxNewTokens: -1 }, tasks: {} } as never)),
    );
    expect([failure.code, failure.message.includes("evaluation")]).toEqual(["RECORD_INVALID", true]);
  });

  it("is about all tasks that the run scores, or those that are named, in their order", async () => {
    const resolved = resolvedWith();
    expect(tasksFor(resolved, [])).toEqual(["report", "closed-vqa", "open-vqa"]);
    expect(tasksFor(resolved, ["open-vqa", "report"])).toEqual(["report", "open-vqa"]);
    const { report: _report, ...fewer } = resolved.config.tasks;
    const failure = await caught(() =>
      tasksFor({ ...resolved, config: { ...resolved.config, tasks: fewer } }, ["report"]),
    );
    expect([failure.code, failure.message]).toEqual([
      "USAGE_INVALID",
      "[USAGE_INVALID] the run does not score report",
    ]);
  });
});
