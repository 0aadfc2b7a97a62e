import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { replayTrial } from "../../../../../ts/run/sweep/replay.ts";
import { runSweep } from "../../../../../ts/run/sweep/sweep.ts";
import { listRuns } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { plainPolicy } from "../fixtures.ts";
import { removeScratch, started } from "./fixtures.ts";

afterAll(removeScratch);

const policy = plainPolicy();

describe("replayTrial", () => {
  const { options, folder } = started({ plan: { budget: { trials: 1 }, seeds: 2 } });
  const again = {
    ...options,
    reference: "latest",
    trial: 0,
    dryRun: false,
    policy,
    runsDir: join(folder, "replayed"),
  };

  it("gives assignment, seeds and configuration by the ledger alone, wherever it lies, and trains nothing on a dry run", async () => {
    const { trials, sweepId } = await runSweep(options);
    const runs = listRuns(options.runsDir);
    const digests = runs.map(
      ({ dir }) => JSON.parse(readFileSync(join(dir, "resolved.json"), "utf8")).digest,
    );
    rmSync(options.runsDir, { recursive: true });
    const workers = new ScriptedWorkers();
    const { replay, ...document } = await replayTrial({ ...again, workers, dryRun: true });
    expect(document).toMatchObject({ ok: true, sweepId, trials });
    expect(replay).toMatchObject({ trial: 0, equal: null });
    expect(replay.runs.map(({ configDigest }) => configDigest)).toEqual(digests);
    expect(replay.runs.map(({ seed, runId, value }) => [seed, runId, value])).toEqual(
      runs.map(({ seed }) => [seed, null, null]),
    );
    expect(workers.started).toEqual([]);
    expect(existsSync(again.runsDir)).toBe(false);
  });

  it("trains it again to the same value, as runs of their own that no sweep takes for a trial", async () => {
    const { replay } = await replayTrial(again);
    expect(replay.equal).toBe(true);
    for (const { value, recorded } of replay.runs) expect(value).toBe(recorded);
    const runs = listRuns(again.runsDir);
    expect(runs.map(({ runId }) => runId)).toEqual(replay.runs.map(({ runId }) => runId));
    expect(runs.every(({ tags }) => tags.sweep === undefined && tags.replays !== undefined)).toBe(true);
  });

  it("ends with 79 where a strict run gives another value than the recorded one", async () => {
    const workers = new ScriptedWorkers({ logProbs: ({ choices = [] }) => choices.map((_, at) => -at) });
    const { options: other } = started({ plan: { budget: { trials: 1 } } });
    const { trials } = await runSweep({ ...other, workers });
    const backwards = new ScriptedWorkers({
      logProbs: ({ choices = [] }) => choices.map((_, at) => at - choices.length),
    });
    const given = { ...other, reference: "latest", trial: 0, dryRun: false, policy, workers: backwards };
    const diverged = await caught(() => replayTrial(given));
    expect([diverged.code, diverged.exitCode]).toEqual(["REPLAY_DIVERGED", 79]);
    expect(diverged.details).toMatchObject({ trial: 0, recorded: trials[0]?.value });
  });

  it("refuses a trial that is not there, and says which are", async () => {
    const refused = await caught(() => replayTrial({ ...again, trial: 7 }));
    expect([refused.code, refused.hint]).toEqual(["RUN_NOT_FOUND", "It has trials 0 to 0."]);
    const { policy: _policy, ...without } = again;
    expect((await caught(() => replayTrial(without))).message).toContain("router policy of your own");
  });
});
