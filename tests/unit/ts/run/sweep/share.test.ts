import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replayTrial } from "../../../../../ts/run/sweep/replay.ts";
import { shareOf } from "../../../../../ts/run/sweep/share.ts";
import { resumeSweep, runSweep } from "../../../../../ts/run/sweep/sweep.ts";
import { listRuns } from "../../../../../ts/track/read/index.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { plainPolicy, resolvedWith } from "../fixtures.ts";
import { removeScratch, started, sweepOf } from "./fixtures.ts";

afterAll(removeScratch);

describe("the share of a trial", () => {
  const share = (threads: number, ranks: number, parallel: number, processors: number, isSearched = false) =>
    shareOf(resolvedWith(`execution.threads=${threads}`, `execution.ranks=${ranks}`, ...even), {
      parallel,
      processors,
      isSearched,
    });
  // Volumes that divide over any number of ranks here.
  const even = [4, 2].flatMap((count) => [
    `stages.shared.volumesPerStep=${count}`,
    `stages.specific.volumesPerStep=${count}`,
    `model.base.pretrain.flat.volumesPerStep=${count}`,
  ]);

  it.each([
    ["one trial, whatever it asks for", 8, 1, 1, 2],
    ["trials that all fit", 2, 1, 2, 4],
    ["workers of several ranks that all fit", 2, 2, 2, 8],
  ])("is what the recipe says: %s", (_, threads, ranks, parallel, processors) => {
    expect(share(threads, ranks, parallel, processors)).toEqual({ threads: undefined, notice: undefined });
  });

  it.each([
    [4, 1, 2, 4, 2],
    [4, 1, 3, 4, 1],
    [8, 2, 2, 8, 2],
    [8, 1, 2, 1, 1],
  ])(
    "is fewer threads where %d of %d ranks in %d trials do not fit %d processors",
    (threads, ranks, parallel, processors, each) => {
      expect(share(threads, ranks, parallel, processors)).toEqual({
        threads: each,
        notice: `${parallel} trials at once on ${processors} processors: ${each} of ${threads} threads a worker, in every trial`,
      });
    },
  );

  it("is a thread at least, and then the processors are said to be too few", () => {
    expect(share(1, 1, 4, 2)).toEqual({
      threads: undefined,
      notice: "4 trials at once on 2 processors: there are fewer than workers, and each is slower",
    });
  });

  it("is left alone where the sweep seeks it", () => {
    expect(share(8, 1, 2, 2, true)).toEqual({ threads: undefined, notice: undefined });
  });
});

describe("a sweep of several trials at once", () => {
  const threadsOf = (runsDir: string): readonly number[] =>
    listRuns(runsDir).map(({ dir }) => {
      const { config } = JSON.parse(readFileSync(join(dir, "resolved.json"), "utf8")) as {
        readonly config: { readonly execution: { readonly threads: number } };
      };
      return config.execution.threads;
    });
  const wide = (set: readonly string[]) => [...set, "execution.threads=4"];

  it("divides processors and memory between them, the same for every trial, and says so", async () => {
    const { options, workers, notices } = started({ parallel: 2, processors: 4 });
    const { trials } = await runSweep({ ...options, set: wide(options.set) });
    expect(trials.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(notices()).toContain("2 trials at once on 4 processors: 2 of 4 threads a worker, in every trial");
    expect(threadsOf(options.runsDir)).toEqual([2, 2, 2]);
    expect(workers.started.map(({ threads, memoryShare }) => [threads, memoryShare])).toEqual([
      [2, 0.5],
      [2, 0.5],
      [2, 0.5],
    ]);
  });

  it("shares the part of a trial among its ranks", async () => {
    const { options, workers } = started({ parallel: 2, processors: 8, plan: { budget: { trials: 1 } } });
    await runSweep({ ...options, set: [...options.set, "execution.ranks=2"] });
    expect(workers.started.map(({ ranks, memoryShare }) => [ranks, memoryShare])).toEqual([[2, 0.25]]);
  });

  it("leaves one trial at a time the whole machine", async () => {
    const { options, workers } = started({ plan: { budget: { trials: 1 } }, processors: 1 });
    await runSweep({ ...options, set: wide(options.set) });
    expect(workers.started.map(({ threads, memoryShare }) => [threads, memoryShare])).toEqual([
      [4, undefined],
    ]);
  });

  it("keeps its threads when it is gone on with by another number of trials at once, and in a replay", async () => {
    const stop = new AbortController();
    const first = started({ parallel: 2, processors: 4, plan: { budget: { trials: 3 } } });
    const set = wide(first.options.set);
    const onProgress = (event: { readonly kind: string; readonly text?: string }): void => {
      if (event.kind === "notice" && event.text?.includes(" done: ") === true) stop.abort();
    };
    await runSweep({ ...first.options, set, signal: stop.signal, onProgress }).catch(() => undefined);
    const { sweepsDir, runsDir } = first.options;
    const going = {
      sweepsDir,
      reference: "latest",
      parallel: 1,
      sweep: sweepOf({ budget: { trials: 3 } }),
      set,
    };
    const workers = new ScriptedWorkers();
    const signal = new AbortController().signal;
    const { trials } = await resumeSweep({ ...going, signal, workers, onProgress: () => undefined });
    expect(trials.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(new Set(threadsOf(runsDir))).toEqual(new Set([2]));
    expect(workers.started.map(({ memoryShare }) => memoryShare)).not.toContain(0.5);
    const replayed = await replayTrial({
      sweepsDir,
      reference: "latest",
      trial: 0,
      runsDir: join(first.folder, "replayed"),
      dryRun: true,
      policy: plainPolicy(),
      signal,
      onProgress: () => undefined,
      workers: new ScriptedWorkers(),
    });
    expect(JSON.stringify(replayed.replay.runs[0]?.config)).toContain('"threads":2');
  });
});
