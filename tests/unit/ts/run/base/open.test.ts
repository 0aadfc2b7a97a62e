import { resolve } from "node:path";
import type { Experiment } from "../../../../../ts/config/index.ts";
import { resolveOpened, type ToResolve } from "../../../../../ts/run/base/open.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { experiment, resolvedWith } from "../fixtures.ts";

const lifted = ["model.poolDepth=4", "data.slices=0"];

function job(
  set: readonly string[],
  workers = new ScriptedWorkers(),
): ToResolve & { workers: ScriptedWorkers } {
  const signal = new AbortController().signal;
  return { experiment: experiment as Experiment, set, runsDir: "runs", device: "cpu", signal, workers };
}

describe("resolveOpened", () => {
  it("opens nothing for a base that the recipe says all of", async () => {
    const asked = job(["seed=9"]);
    expect((await resolveOpened(asked)).digest).toBe(resolvedWith("seed=9").digest);
    expect(asked.workers.calls).toEqual([]);
  });

  it("has the folder opened as the recipe wants to use it, and pins what it is", async () => {
    const wishes: unknown[] = [];
    const workers = new ScriptedWorkers({
      facts: ({ signal: _signal, ...wished }) => {
        wishes.push(wished);
        return exampleFacts;
      },
    });
    const base = '{"kind":"folder","path":"some/base","maxPositions":512}';
    const { config, origins } = await resolveOpened(job([...lifted, `model.base=${base}`], workers));
    expect(wishes).toEqual([{ folder: resolve("some/base"), maxPositions: 512 }]);
    expect(config.model.base).toMatchObject({ kind: "folder", path: "some/base", facts: exampleFacts });
    expect(origins["model.base.facts"]).toBe("base");
  });

  it.each([
    [true, "fast"],
    [false, "strict"],
  ])(
    "asks the device where the precision is left to it, and records the answer: %s",
    async (bfloat16, found) => {
      const workers = new ScriptedWorkers({ bfloat16 });
      const { config, origins, digest } = await resolveOpened(job(["execution.precision=auto"], workers));
      expect(workers.calls).toEqual(["hasBfloat16 cpu"]);
      expect(config.execution.precision).toBe(found);
      expect(origins["execution.precision"]).toBe("device");
      expect(digest).toBe(resolvedWith(`execution.precision=${found}`).digest);
    },
  );

  it("asks no device for a precision that the recipe says", async () => {
    const asked = job(["execution.precision=fast"], new ScriptedWorkers({ bfloat16: false }));
    const { config, origins } = await resolveOpened(asked);
    expect([config.execution.precision, origins["execution.precision"]]).toEqual(["fast", "--set"]);
    expect(asked.workers.calls).toEqual([]);
  });

  it("refuses what needs fast once the device has said strict", async () => {
    const set = ["execution.precision=auto", "execution.compile=blocks"];
    expect(
      (await resolveOpened(job(set, new ScriptedWorkers({ bfloat16: true })))).config.execution,
    ).toMatchObject({
      precision: "fast",
      compile: "blocks",
    });
    const error = await caught(() => resolveOpened(job(set)));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain('execution.compile: "blocks" needs execution.precision "fast"');
  });

  it("names what the recipe has wrong before anything is opened, and what the base has wrong after", async () => {
    const asked = job(["seed=-1", 'model.base={"kind":"folder","path":"x"}']);
    expect((await caught(() => resolveOpened(asked))).code).toBe("CONFIG_INVALID");
    expect(asked.workers.calls).toEqual([]);
    const missing = await caught(() => resolveOpened(job(['model.base={"kind":"folder","path":"x"}'])));
    expect([missing.code, missing.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    const run = await caught(() => resolveOpened(job(['model.base={"kind":"run","run":"none"}'])));
    expect(run.code).toBe("RUN_NOT_FOUND");
  });
});
