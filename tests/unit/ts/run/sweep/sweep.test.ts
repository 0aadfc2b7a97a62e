import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { resumeSweep, runSweep, sweepStatus } from "../../../../../ts/run/sweep/sweep.ts";
import { listRuns } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { cleanFolder } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { removeScratch, started, sweepOf, tiny, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);

describe("runSweep", () => {
  it("carries out as many trials as its budget has, each an ordinary run under its tags, and writes what came of them", async () => {
    const { options, notices } = started();
    const document = await runSweep(options);
    expect(document).toMatchObject({ ok: true, objective: options.sweep.plan.objective });
    expect(document.dir).toBe(join(options.sweepsDir, document.sweepId));
    expect(document.trials.map(({ number, state, steps, reason }) => [number, state, steps, reason])).toEqual(
      [
        [0, "done", 3, null],
        [1, "done", 3, null],
        [2, "done", 3, null],
      ],
    );
    const runs = listRuns(options.runsDir);
    expect(runs.map(({ runId }) => runId)).toEqual(document.trials.map(({ runId }) => runId));
    expect(runs.map(({ tags }) => tags)).toEqual(
      [0, 1, 2].map((trial) => ({
        sweep: document.sweepId,
        trial: String(trial),
        member: "0",
        attempt: "0",
      })),
    );
    for (const { runId, seed, assignment } of document.trials) {
      const { config } = JSON.parse(
        readFileSync(join(options.runsDir, runId ?? "", "resolved.json"), "utf8"),
      );
      expect(config.seed).toBe(seed);
      expect(config.evaluation.split).toBe("validation");
      expect(config.stages[0].learningRate).toBe(assignment["stages.shared.learningRate"]);
    }
    const best = document.trials.find(({ number }) => number === document.best);
    expect(best?.value).toBe(Math.max(...document.trials.map(({ value }) => value ?? 0)));
    expect(JSON.parse(readFileSync(join(document.dir, "best.json"), "utf8"))).toEqual(best?.assignment);
    const lines = trialsOf(document.dir)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(document.trials.map(({ runId: _runId, ...row }) => row));
    expect(readdirSync(document.dir).sort()).toEqual([
      "best.json",
      "ledger",
      "sweep.html",
      "sweep.md",
      "trials.jsonl",
    ]);
    expect(notices()[0]).toBe(`sweep ${document.sweepId} in ${document.dir}`);
    expect(notices().filter((text) => text.startsWith("trial 1"))).toEqual([
      expect.stringMatching(/^trial 1: stages\.shared\.learningRate=0\.\d+$/),
      `trial 1 done: ${document.trials[1]?.value}`,
    ]);
  });

  it("gives the same trials.jsonl again in another folder, whatever the machine does meanwhile", async () => {
    const [one, other] = [started(), started({ parallel: 3 })];
    const [first, second] = [await runSweep(one.options), await runSweep(other.options)];
    expect(trialsOf(second.dir)).toBe(trialsOf(first.dir));
    expect(second.best).toBe(first.best);
  });

  it("averages the seeds of a trial, each a run of its own", async () => {
    const { options } = started({ plan: { seeds: 2, budget: { trials: 1 } } });
    const { trials, dir } = await runSweep(options);
    const runs = listRuns(options.runsDir);
    expect(runs.map(({ tags }) => tags.member)).toEqual(["0", "1"]);
    expect(runs[0]?.seed).toBe(trials[0]?.seed);
    expect(runs[1]?.seed).not.toBe(runs[0]?.seed);
    const values = runs.map(({ dir: of }) => {
      const { scorecard } = JSON.parse(readFileSync(join(of, "scorecard.json"), "utf8"));
      return scorecard.find(({ metric }: { metric: string }) => metric === "accuracy.micro").value as number;
    });
    expect(trials[0]?.value).toBe(((values[0] ?? 0) + (values[1] ?? 0)) / 2);
    expect(trials[0]?.steps).toBe(6);
    expect(trialsOf(dir).trim().split("\n").length).toBe(1);
  });

  it("ends by the first limit that is spent, and a grid by its last point", async () => {
    const bySteps = await runSweep(started({ plan: { budget: { trials: 9, steps: 4 } } }).options);
    expect(bySteps.trials.length).toBe(2);
    const space = { "router.biasRate": { kind: "choice" as const, of: [0.01, 0.02] } };
    const grid = await runSweep(started({ plan: { sampler: "grid", space, budget: {} } }).options);
    expect(grid.trials.map(({ assignment }) => assignment["router.biasRate"])).toEqual([0.01, 0.02]);
    const byHours = await runSweep(started({ plan: { budget: { hours: 1e-9 } } }).options);
    expect([byHours.trials.length, byHours.best]).toEqual([0, null]);
    expect(existsSync(join(byHours.dir, "best.json"))).toBe(false);
  });

  it("begins nothing where something is wrong with it", async () => {
    const { options } = started({ plan: { space: {} } });
    expect((await caught(() => runSweep(options))).code).toBe("CONFIG_INVALID");
    expect(existsSync(options.sweepsDir)).toBe(false);
    expect(existsSync(options.runsDir)).toBe(false);
  });
});

describe("resumeSweep", () => {
  it("tells a sweep whose budget is spent as it is, and begins no run", async () => {
    const { options } = started({ plan: { budget: { trials: 1 } } });
    const { sweepId, trials, best, dir } = await runSweep(options);
    const before = trialsOf(dir);
    const again = await resumeSweep({ ...options, reference: "latest" });
    expect(again).toMatchObject({ sweepId, trials, best });
    expect(trialsOf(dir)).toBe(before);
    expect(listRuns(options.runsDir).length).toBe(1);
  });

  it("goes on with no other sweep than the one it is given, and leaves its ledger alone", async () => {
    const { options } = started({ plan: { budget: { trials: 1 } } });
    const { sweepId, dir } = await runSweep(options);
    const ledger = readFileSync(join(dir, "ledger/000000.jsonl"), "utf8");
    const others = [
      { sweep: sweepOf({ seed: 8, budget: { trials: 1 } }) },
      { set: [...options.set, "stages.shared.steps=3"] },
    ];
    for (const other of others) {
      const refused = await caught(() => resumeSweep({ ...options, ...other, reference: sweepId }));
      expect([refused.code, refused.exitCode]).toEqual(["CONFIG_INVALID", 64]);
      expect(refused.message).toContain(`${sweepId} is another sweep than the one that was given`);
    }
    expect(readFileSync(join(dir, "ledger/000000.jsonl"), "utf8")).toBe(ledger);
  });

  it("needs its script again for a policy of the user's own, and says how", async () => {
    const { options } = started({ plan: { budget: { trials: 1 } } });
    const { sweepId } = await runSweep(options);
    const { sweep: _sweep, set: _set, ...rest } = options;
    const refused = await caught(() => resumeSweep({ ...rest, reference: sweepId }));
    expect(refused.code).toBe("CONFIG_INVALID");
    expect(refused.hint).toContain(`await sweep(mySweep, { resume: "${sweepId}" })`);
  });

  it("refuses a name that no sweep has", async () => {
    const { options } = started();
    expect((await caught(() => resumeSweep({ ...options, reference: "none" }))).code).toBe("RUN_NOT_FOUND");
  });
});

describe("sweepStatus", () => {
  it("tells what the ledger tells, and changes nothing", async () => {
    const { options } = started({ plan: { budget: { trials: 1 } } });
    const document = await runSweep(options);
    const before = readdirSync(document.dir, { recursive: true });
    const { wallSeconds, ...rest } = await sweepStatus(options.sweepsDir, "latest");
    expect(wallSeconds).toBeGreaterThan(0);
    const { wallSeconds: _wall, ...ran } = document;
    expect(rest).toEqual(ran);
    expect(readdirSync(document.dir, { recursive: true })).toEqual(before);
  });
});

describe("the trials of a sweep over scans on the disk", () => {
  const folder = temporaryFolder();
  const onFolder = async () => {
    const path = await cleanFolder(join(folder, "own"));
    const window = { low: -1000, high: 1000 };
    const split = { train: 0.5, validation: 0.25, test: 0.25, by: "patient" };
    const data = { kind: "layout", layout: "table", path, sizeDHW: [16, 24, 24], windowHu: window, split };
    return [...tiny.slice(2), `data=${JSON.stringify(data)}`];
  };
  const rowsIn = (cache: string): readonly (readonly [string, number])[] =>
    readdirSync(join(cache, "rows"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".arrow"))
      .sort()
      .map((name) => [name, statSync(join(cache, "rows", name)).mtimeMs]);

  it("share the volumes that the first one prepared, and come to the values of trials that share none", async () => {
    const set = await onFolder();
    const cache = join(folder, "cache");
    const plan = { budget: { trials: 2 } };
    const apart = started({ plan, set, cache: null });
    const alone = await runSweep(apart.options);
    let first: ReturnType<typeof rowsIn> = [];
    const together = started({
      plan,
      set,
      cache,
      onProgress: (event) => {
        if (event.kind === "notice" && event.text.startsWith("trial 0 done")) first = rowsIn(cache);
      },
    });
    const shared = await runSweep(together.options);
    expect(trialsOf(shared.dir)).toBe(trialsOf(alone.dir));
    expect(first.length).toBeGreaterThan(1);
    // The split is drawn by the experiment's seed, which is another one for each trial: rows are of scans, not of splits.
    const after = new Map(rowsIn(cache));
    expect(first.map(([name]) => after.get(name))).toEqual(first.map(([, written]) => written));
    const resumed = await resumeSweep({ ...together.options, reference: "latest" });
    expect(trialsOf(resumed.dir)).toBe(trialsOf(shared.dir));
  });
});
