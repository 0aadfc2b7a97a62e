import { join } from "node:path";
import type { Sweep } from "../../../../../ts/config/index.ts";
import { sweep } from "../../../../../ts/run/script/typed-sweep.ts";
import { caught } from "../../../../support/caught.ts";
import { removeScratch, started } from "../sweep/fixtures.ts";

afterAll(removeScratch);

type Rates = Sweep<unknown, { readonly "stages.shared.learningRate": { readonly kind: "float" } }>;

describe("sweep", () => {
  it("carries a sweep out and gives its trials and its best one, typed by the space; goes on with it by its name", async () => {
    const { options, notices } = started({ plan: { budget: { trials: 2 } } });
    const { sweep: of, ...settings } = options;
    const found = await sweep(of as Rates, settings);
    const rates: readonly number[] = found.trials.map(
      ({ assignment }) => assignment["stages.shared.learningRate"],
    );
    expect(rates.length).toBe(2);
    expect(found.dir).toBe(join(options.sweepsDir, found.sweepId));
    expect(found.best).toBe(found.trials.find(({ number }) => number === found.best?.number));
    expect(found.best?.value).toBe(Math.max(...found.trials.map(({ value }) => value ?? 0)));
    expect(notices().length).toBeGreaterThan(4);
    const again = await sweep(of as Rates, { ...settings, resume: found.sweepId });
    expect(again.trials).toEqual(found.trials);
    const other = { ...of, plan: { ...of.plan, seed: 99 } };
    expect((await caught(() => sweep(other, { ...settings, resume: found.sweepId }))).code).toBe(
      "CONFIG_INVALID",
    );
  });

  it("hands itself to the command line that imports the script, instead of carrying it out", async () => {
    const key = Symbol.for("tomoe.recipe-host"),
      scope = globalThis as { [name: symbol]: unknown };
    const trial = {
      number: 0,
      state: "done",
      assignment: {},
      seed: 1,
      value: 1,
      steps: 1,
      runId: "r",
      reason: null,
    };
    const document = {
      ok: true,
      sweepId: "s",
      dir: "/s",
      objective: {},
      best: 0,
      trials: [trial],
      wallSeconds: 1,
    };
    const taken: unknown[] = [];
    scope[key] = {
      sweep: (...given: unknown[]) => {
        taken.push(given);
        return Promise.resolve(document);
      },
    };
    const of = { kind: "sweep" } as unknown as Sweep;
    try {
      const result = await sweep(of, { parallel: 2 });
      expect(taken).toEqual([[of, { parallel: 2 }]]);
      expect(result).toEqual({
        sweepId: "s",
        dir: "/s",
        objective: {},
        best: trial,
        trials: [trial],
        wallSeconds: 1,
      });
    } finally {
      delete scope[key];
    }
  });
});
