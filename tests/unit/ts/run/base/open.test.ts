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
  return { experiment: experiment as Experiment, set, runsDir: "runs", signal, workers };
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
