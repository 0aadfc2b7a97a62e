import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evalDocument } from "../../ts/cli/commands/eval/document.ts";
import { replayDocument } from "../../ts/cli/commands/replay/document.ts";
import { startTomoe, tomoe } from "../support/cli.ts";
import { misbehavingOnce } from "../support/misbehaving/stand-in.ts";
import { numbersOf, workerPids } from "../support/run-numbers.ts";
import { documentOf, type ToyRun, toyRecipe, toyRun } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

let toy: ToyRun;

beforeAll(async () => {
  toy = await toyRun("interrupted");
});

afterAll(() => {
  toy.remove();
});

describe("a run of the toy recipe", () => {
  it("takes a worker that lives on behind a broken connection for lost, and ends with the same numbers", async () => {
    // The first worker alone: the step comes again after the restart.
    const python = misbehavingOnce(toy.folder, "python-cut", "cut@13");
    const result = await tomoe(["run", toyRecipe, "--json", "--runs", "cut"], {
      cwd: toy.folder,
      env: { TOMOE_E2E: toy.folder, TOMOE_PYTHON: python },
    });
    expect([result.code, result.stderr.slice(-600)]).toEqual([0, expect.anything()]);
    expect(result.stderr).toMatch(
      /\[WORKER_UNAVAILABLE\] the connection to the worker broke during step 13 of stage language-2d; restart 1\/3 from checkpoint /,
    );
    expect(await numbersOf(documentOf(result.stdout).dir)).toEqual(toy.numbers);
  });

  it("starts another worker when one is killed while it starts", async () => {
    const call = startTomoe(["run", toyRecipe, "--json"], toy.options);
    await until(() => workerPids(toy.folder).length > 0);
    for (const pid of workerPids(toy.folder)) process.kill(pid, "SIGKILL");
    await call.line(
      /\[WORKER_DIED\] the worker exited \(SIGKILL\) before it was ready; restart 1\/3 from the beginning/,
    );
    const result = await call.done;
    expect(result.code).toBe(0);
    expect(await numbersOf(documentOf(result.stdout).dir)).toEqual(toy.numbers);
  });

  it("goes on between two stages, when the newest checkpoint is the end of the one before", async () => {
    const call = startTomoe(["run", toyRecipe, "--json"], toy.options);
    for (const firstSteps of [/language-2d\s+\d+%\s+\d\/40/, /specific\s+\d+%\s+1\/4/]) {
      await call.line(firstSteps);
      for (const pid of workerPids(toy.folder)) process.kill(pid, "SIGKILL");
    }
    const result = await call.done;
    expect([result.code, result.stderr.slice(-600)]).toEqual([0, expect.anything()]);
    expect(result.stderr).toMatch(/resuming from checkpoint \d+-vision-2d-00000006/);
    expect(result.stderr).toMatch(/resuming from checkpoint \d+-shared-00000040/);
    expect(await numbersOf(documentOf(result.stdout).dir)).toEqual(toy.numbers);
  });

  it("killed after the last step, has no step left to do and evaluates what is missing", async () => {
    const call = startTomoe(["run", toyRecipe, "--json", "--runs", "evaluating"], toy.options);
    await call.line(/specific\s+100%/);
    call.child.kill("SIGKILL");
    await call.done;
    const [runId] = readdirSync(join(toy.folder, "evaluating"));
    const resumed = await tomoe(
      ["run", "--resume", runId ?? "", "--json", "--runs", "evaluating"],
      toy.options,
    );
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).not.toMatch(/^(vision-2d|shared) /m);
    expect(await numbersOf(documentOf(resumed.stdout).dir)).toEqual(toy.numbers);
  });

  it("ends at a second Ctrl-C though a step cannot end, with no worker left and a run that can be resumed", async () => {
    const call = startTomoe(["run", toyRecipe, "--json", "--runs", "forced"], toy.options);
    await call.line(/shared/);
    // A step that cannot end, so that the first signal's clean stop waits.
    for (const pid of workerPids(toy.folder)) process.kill(pid, "SIGSTOP");
    call.child.kill("SIGINT");
    await call.line(/press Ctrl-C again to stop at once/);
    // Within 400 ms it would count as the same key press.
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
    call.child.kill("SIGINT");
    const { code, stdout } = await call.done;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "CANCELLED" } });
    await until(() => workerPids(toy.folder).length === 0);
    const [runId = ""] = readdirSync(join(toy.folder, "forced"));
    const resumed = await tomoe(["run", "--resume", runId, "--json", "--runs", "forced"], toy.options);
    expect([resumed.code, resumed.stderr.slice(-500)]).toEqual([0, expect.anything()]);
    expect(await numbersOf(documentOf(resumed.stdout).dir)).toEqual(toy.numbers);
  });
});

describe("a step of a run", () => {
  it.each([
    ["specific:3", /^\d+-specific-\d+$/],
    ["language-2d:2", null],
  ])("done again by real workers is the recorded one to the last bit: %s", async (step, from) => {
    const { runId } = toy.document;
    const { code, stdout } = await tomoe(["replay", `${runId}@${step}`, "--json"], toy.options);
    const told = replayDocument.parse(JSON.parse(stdout));
    expect([code, told.equal, told.isStrict, told.differences]).toEqual([0, true, true, []]);
    expect(told.batch.volumes.length).toBeGreaterThan(0);
    expect(told.from.checkpoint ?? "").toMatch(from ?? /^$/);
    expect(await numbersOf(toy.document.dir)).toEqual(toy.numbers);
  });
});

describe("a run that is long enough for its options to be tried", () => {
  const long = ["--set", "model.base.pretrain.language-2d.steps=150", "--set", "stages.shared.steps=250"];
  const env = { TOMOE_E2E: "", XDG_CACHE_HOME: "" };
  const run = async (runs: string, ...more: readonly string[]) => {
    const words = ["run", toyRecipe, "--json", "--runs", runs, ...long, ...more];
    return await tomoe(words, {
      cwd: toy.folder,
      env: { ...env, TOMOE_E2E: toy.folder, XDG_CACHE_HOME: join(toy.folder, "cache") },
    });
  };

  it("comes to the same numbers whether they are tried in it or were before, and once seeds differ they are not again", async () => {
    const first = await run("tried"),
      second = await run("kept");
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.stderr).toMatch(/\d+ options were tried at an extreme, /);
    expect(second.stderr).toMatch(
      /\d+ options were tried at an extreme by run \S+, of the same recipe and code/,
    );
    const numbers = await numbersOf(documentOf(first.stdout).dir);
    expect(await numbersOf(documentOf(second.stdout).dir)).toEqual(numbers);
  });

  it("is refused by the name of an option that was asked for and does nothing", async () => {
    // So long that everything is tried, which nothing is trained for: the moments say nothing in a stage of one step.
    const { code, stdout } = await run(
      "idle",
      "--set",
      "stages.shared.steps=20000",
      "--set",
      "stages.specific.steps=1",
      "--set",
      "stages.specific.optimizer.betas=[0.5,0.9]",
      "--set",
      "router.softSteps=30",
    );
    expect(code).toBe(64);
    expect(stdout).toContain("stages.1.optimizer.betas.0: 0.5 has no effect");
    // Parts of three volumes are none in a trial of two, and are told from one.
    expect(stdout).not.toContain("microBatch");
    const [runId = ""] = readdirSync(join(toy.folder, "idle")).filter((name) => !name.startsWith("."));
    const { knobs } = JSON.parse(readFileSync(join(toy.folder, "idle", runId, "knobs.json"), "utf8"));
    const effectOf = (path: string): string =>
      knobs.find(({ option }: { readonly option: string }) => option === path)?.effect;
    // A lifted model's experts are equal: who gets a token shows in the update.
    const decided = ["topK", "softSteps", "biasRate", "planLag"].map((name) => effectOf(`router.${name}`));
    expect(decided).toEqual(["update", "update", "update", "update"]);
    expect(effectOf("stages.0.microBatch")).toBe("memory");
  });
});

describe("a run of another seed", () => {
  it("comes to other weights", async () => {
    const words = ["run", toyRecipe, "--seed", "6", "--json", "--runs", "other"];
    const { code, stdout } = await tomoe(words, toy.options);
    expect(code).toBe(0);
    expect((await numbersOf(documentOf(stdout).dir)).weights).not.toEqual(toy.numbers.weights);
  });
});

describe("an evaluation", () => {
  it("killed in the middle and called again comes to the numbers of one that nothing disturbed", async () => {
    const evaluated = async (...words: readonly string[]) => {
      const { code, stdout } = await tomoe(["eval", "latest", "--json", ...words], toy.options);
      expect(code).toBe(0);
      const { scorecard, adversaries, closed } = evalDocument.parse(JSON.parse(stdout));
      return { scorecard, adversaries, closed };
    };
    const whole = await evaluated();
    const call = startTomoe(["eval", "latest", "--json", "--evals", "killed-evals"], toy.options);
    await call.line(/generate own-words 100%/);
    call.child.kill("SIGKILL");
    await call.done;
    await until(() => workerPids(toy.folder).length === 0);
    expect(await evaluated("--evals", "killed-evals")).toEqual(whole);
  });
});
