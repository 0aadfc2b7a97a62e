import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allStages } from "../../../../../ts/config/index.ts";
import { tryKnobs } from "../../../../../ts/run/knobs/knobs.ts";
import { readEvents } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { freshFolder, type JobOptions, newJob, type TestJob } from "../fixtures.ts";
import { longSet } from "./stages.ts";

interface Line {
  readonly option: string;
  readonly effect: string;
  readonly change: number | null;
}

interface Table {
  readonly triedBy: string | null;
  readonly budget: { readonly share: number; readonly steps: number; readonly spent: number };
  readonly estimate: { readonly seconds: number } | null;
  readonly gradients: readonly { readonly stage: string; readonly still: readonly string[] }[];
  readonly knobs: readonly Line[];
}

const tableOf = ({ job }: TestJob): Table =>
  JSON.parse(readFileSync(join(job.owned.dir, "knobs.json"), "utf8")) as Table;

const start = { lifted: false, previous: null };

async function tried(
  options: JobOptions = {},
  cache: string = freshFolder(),
): Promise<{ readonly test: TestJob; readonly isUsed: boolean; readonly cache: string }> {
  const test = await newJob({ ...options, set: [...longSet, ...(options.set ?? [])] });
  return { test, cache, isUsed: await tryKnobs(await test.attempt(), start, cache) };
}

/** Words of a stage and plan that end alike whatever these options are. */
const deafTo =
  (...names: readonly string[]): NonNullable<Script["tried"]> =>
  (stage, plan) => {
    const told = { ...stage, ...plan, ...Object.fromEntries(names.map((name) => [name, 0])) };
    const text = JSON.stringify(told);
    return { end: [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7) };
  };

describe("tryKnobs", () => {
  it("tries each stage before the first step, lifted where it sees volumes, and says that the model was used", async () => {
    const { test, isUsed } = await tried();
    expect(isUsed).toBe(true);
    expect(test.workers.calls.map((call) => call.replace(/ \d+$/, ""))).toEqual([
      "1 try flat",
      "1 lift",
      "1 try shared",
      "1 try specific",
    ]);
    expect(test.progress.filter(({ kind }) => kind === "phase").at(-1)).toMatchObject({
      phase: "trying options",
      done: 3,
      total: 3,
    });
  });

  it("leaves a table with a line for every option, what was tried, and how long the training will take", async () => {
    const { test } = await tried();
    const { knobs, triedBy, budget, estimate } = tableOf(test);
    expect(knobs.map(({ option }) => option).sort()).toEqual(Object.keys(test.job.resolved.origins).sort());
    expect(triedBy).toBe(test.job.owned.runId);
    expect(budget).toMatchObject({ share: 0.05, steps: 300 });
    expect(budget.spent).toBeLessThanOrEqual(budget.steps);
    // Half a second a step.
    expect(estimate?.seconds).toBe(3000);
    const line = (path: string) => knobs.find(({ option }) => option === path);
    expect(line("stages.0.clipNorm")?.effect).toBe("update");
    expect(line("stages.0.trains.0")?.effect).toBe("gradient");
    expect(line("stages.0.volumesPerStep")?.effect).toBe("batch");
    expect(line("stages.0.microBatch")?.effect).toBe("memory");
    expect(line("model.poolDepth")?.change).toBeNull();
  });

  it("says it in few words, and in the record", async () => {
    const { test } = await tried();
    const { knobs } = tableOf(test);
    const shown = knobs.filter(({ change, effect }) => change !== null || /batch|gradient|none/.test(effect));
    expect(test.notices).toEqual([
      `${shown.length} options were tried at an extreme: knobs.json`,
      "training will take about 50 min, by its first steps",
    ]);
    const events = await readEvents(test.job.owned.paths.events);
    expect(events.find(({ kind }) => kind === "knobs")?.data).toMatchObject({
      options: knobs.length,
      tried: shown.length,
      idle: [],
      dear: 0,
      seconds: 3000,
    });
  });

  it("refuses an option that was asked for and has no effect, with the table beside it", async () => {
    const test = await newJob({
      set: [...longSet, "stages.specific.weightDecay=0.5"],
      script: { tried: deafTo("weightDecay") },
    });
    const attempt = await test.attempt();
    const cache = freshFolder();
    const error = await caught(() => tryKnobs(attempt, start, cache));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.what).toMatch(/^stages\.1\.weightDecay: 0\.5 has no effect/);
    expect(error.details.problems).toHaveLength(1);
    const idle = tableOf(test).knobs.filter(({ effect }) => effect === "none");
    expect(idle.map(({ option }) => option)).toEqual([
      "model.base.pretrain.0.weightDecay",
      "stages.0.weightDecay",
      "stages.1.weightDecay",
    ]);
    expect(existsSync(join(cache, "knobs"))).toBe(false);
  });

  it("lets what nobody asked for stand idle, and says so", async () => {
    const { test } = await tried({ script: { tried: deafTo("weightDecay") } });
    expect(test.notices[0]).toMatch(/, 3 without an effect here: knobs\.json$/);
  });

  it("refuses what is named as trained and no gradient reaches, and tells single tensors", async () => {
    const gradients = { idle: ["tokenRouter"], still: ["a.weight", "b.weight", "c.weight"] };
    const script: Script = {
      tried: (stage, plan) => ({
        ...deafTo()(stage, plan),
        ...(stage.name === "shared" ? { gradients } : {}),
      }),
    };
    const test = await newJob({ set: longSet, script });
    const attempt = await test.attempt();
    const error = await caught(() => tryKnobs(attempt, start, freshFolder()));
    expect(error.what).toBe('stages.0.trains: no gradient reaches "tokenRouter"');
    expect(test.notices).toContain(
      "no gradient in the first steps for 3 of the trained tensors: a.weight, b.weight, ...",
    );
    expect(tableOf(test).gradients[1]).toEqual({
      stage: "shared",
      unreached: [],
      still: ["a.weight", "b.weight", "c.weight"],
    });
  });

  it("tries a recipe once: the next run of it has the same table, whatever its seed", async () => {
    const first = await tried();
    const second = await tried({ set: ["seed=77"] }, first.cache);
    expect(second.isUsed).toBe(false);
    expect(second.test.workers.calls).toEqual([]);
    const { triedBy, knobs, estimate } = tableOf(second.test);
    expect(triedBy).toBe(first.test.job.owned.runId);
    expect(estimate).toEqual(tableOf(first.test).estimate);
    const apart = (line: Line): boolean => line.option !== "seed";
    expect(knobs.filter(apart)).toEqual(tableOf(first.test).knobs.filter(apart));
    expect(second.test.notices[0]).toContain(` by run ${triedBy}, of the same recipe and code`);
  });

  it("tries another recipe anew, and one whose kept trials are damaged", async () => {
    const { cache } = await tried();
    expect((await tried({ set: ["stages.shared.clipNorm=2"] }, cache)).isUsed).toBe(true);
    for (const name of readdirSync(join(cache, "knobs"))) writeFileSync(join(cache, "knobs", name), "{");
    expect((await tried({}, cache)).isUsed).toBe(true);
  });

  it("goes on where trials cannot be kept, and says so", async () => {
    const cache = freshFolder();
    writeFileSync(join(cache, "knobs"), "a file");
    const { test, isUsed } = await tried({}, cache);
    expect(isUsed).toBe(true);
    expect(test.notices.at(-1)).toMatch(/^trials of options are not kept for the next run: /);
  });

  it("says of a run of few steps that nothing is tried, with a line for each option all the same", async () => {
    const test = await newJob();
    const cache = freshFolder();
    expect(await tryKnobs(await test.attempt(), start, cache)).toBe(false);
    expect(test.workers.calls).toEqual([]);
    expect(test.notices).toEqual([
      "no option is tried at an extreme: 5 % of this run are 0.6 steps, too few; knobs.json has a line for each",
    ]);
    const { triedBy, estimate, knobs } = tableOf(test);
    expect([triedBy, estimate]).toEqual([null, null]);
    expect(knobs.map(({ option }) => option).sort()).toEqual(Object.keys(test.job.resolved.origins).sort());
    expect(knobs.find(({ option }) => option === "stages.0.clipNorm")?.effect).toMatch(/^not tried: /);
    expect(readdirSync(cache)).toEqual([]);
  });

  it("does not lift a model that another run has lifted", async () => {
    const test = await newJob({ set: longSet });
    await tryKnobs(await test.attempt(), { lifted: true, previous: null }, freshFolder());
    expect(test.workers.calls).not.toContain("1 lift");
  });

  it("ends between two stages when the run is stopped", async () => {
    const controller: { abort?: () => void } = {};
    const script: Script = {
      tried: (stage, plan) => {
        if (stage.name === "shared") controller.abort?.();
        return deafTo()(stage, plan);
      },
    };
    const test = await newJob({ set: longSet, script });
    controller.abort = () => test.controller.abort();
    const attempt = await test.attempt();
    await expect(tryKnobs(attempt, start, freshFolder())).rejects.toThrow();
    expect(test.workers.calls.some((call) => call.includes("try specific"))).toBe(false);
  });

  it("asks every rank for the same trials", async () => {
    const { test } = await tried({ set: ["execution.ranks=2", "model.base.pretrain.flat.volumesPerStep=2"] });
    expect(tableOf(test).knobs.find(({ option }) => option === "stages.0.clipNorm")?.effect).toBe("update");
    expect(allStages(test.job.resolved.config)).toHaveLength(3);
  });
});
