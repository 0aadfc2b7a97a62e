import { memoryOfAll } from "../../../../../ts/run/memory-need.ts";
import { memoryNotice, sharedMemory } from "../../../../../ts/run/sweep/memory.ts";
import { runSweep } from "../../../../../ts/run/sweep/sweep.ts";
import { resolvedWith } from "../fixtures.ts";
import { removeScratch, started } from "./fixtures.ts";

afterAll(removeScratch);

const resolved = resolvedWith();
const each = memoryOfAll(resolved.config);
const words = (count: number): string => `${((count * each) / 1e9).toFixed(1)} GB`;

describe("what is said of the memory of trials at once", () => {
  it("is nothing where all of them fit, and of one at a time", () => {
    expect(memoryNotice(resolved, { parallel: 4, free: 4 * each })).toBeUndefined();
    expect(memoryNotice(resolved, { parallel: 1, free: each / 2 })).toBeUndefined();
  });

  it("is what they need and have, what becomes of too much, and how many fit", () => {
    expect(memoryNotice(resolved, { parallel: 4, free: 3.5 * each })).toBe(
      `4 trials at once need about ${words(4)} of memory, ${words(3.5)} are free: a trial that needs more than its part fails with OUT_OF_MEMORY; --parallel 3 fits`,
    );
  });

  it("counts every rank of a trial", () => {
    const pairs = resolvedWith(
      "execution.ranks=2",
      "stages.shared.volumesPerStep=2",
      "stages.specific.volumesPerStep=2",
      "model.base.pretrain.flat.volumesPerStep=2",
    );
    const one = memoryOfAll(pairs.config);
    expect(memoryNotice(pairs, { parallel: 2, free: 2 * one })).toBeUndefined();
    expect(memoryNotice(pairs, { parallel: 2, free: 1.9 * one })).toContain("one at a time has all of it");
    expect(one).toBeGreaterThan(1.5 * each);
  });
});

describe("memory that trials share", () => {
  it("is what the processors of this machine have free, and unknown on a GPU", async () => {
    const free = await sharedMemory("cpu");
    expect(free).toBeGreaterThan(0);
    expect(await sharedMemory("cuda")).toBeUndefined();
  });
});

describe("a sweep of several trials at once", () => {
  it("says before its first trial that their memory will not do, and goes on", async () => {
    const { options, notices } = started({ parallel: 2, plan: { budget: { trials: 2 } } });
    const { trials } = await runSweep({ ...options, memoryBytes: 1.5 * each });
    expect(trials.map(({ state }) => state)).toEqual(["done", "done"]);
    const said = notices();
    const at = said.findIndex((text) => text.startsWith("2 trials at once need about "));
    expect(at).toBeGreaterThanOrEqual(0);
    expect(at).toBeLessThan(said.findIndex((text) => /^trial \d/.test(text)));
  });

  it("says nothing of memory where there is enough, or one at a time", async () => {
    for (const change of [
      { parallel: 2, memoryBytes: 3 * each },
      { parallel: 1, memoryBytes: 1 },
    ]) {
      const { options, notices } = started({ ...change, plan: { budget: { trials: 1 } } });
      await runSweep({ ...options, memoryBytes: change.memoryBytes });
      expect(notices().filter((text) => text.includes("of memory"))).toEqual([]);
    }
  });
});
