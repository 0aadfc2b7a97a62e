import type { Experiment } from "../../../../../ts/config/index.ts";
import { arrangeScorecard, run } from "../../../../../ts/run/script/typed-run.ts";

const entry = (task: "report" | "closed-vqa", metric: string, value: number) => ({
  task,
  metric,
  value,
  ciLow: 0,
  ciHigh: 1,
  n: 10,
  clusters: 5,
  chance: null,
  signature: "s",
});

describe("arrangeScorecard", () => {
  it("puts accuracy's aggregates and types under one name and every other metric under its own", () => {
    const arranged = arrangeScorecard([
      entry("closed-vqa", "accuracy.micro", 0.7),
      entry("closed-vqa", "accuracy.macro", 0.6),
      entry("closed-vqa", "type.plane", 0.9),
      entry("report", "rouge1", 0.4),
    ]);
    expect(arranged).toMatchObject({
      "closed-vqa": {
        accuracy: {
          micro: { value: 0.7, n: 10, clusters: 5 },
          macro: { value: 0.6 },
          types: { plane: { value: 0.9 } },
        },
      },
      report: { rouge1: { value: 0.4 } },
    });
  });
});

describe("run", () => {
  it("hands the experiment to the command line that imports the script, instead of running it", async () => {
    const key = Symbol.for("tomoe.recipe-host"),
      scope = globalThis as { [name: symbol]: unknown };
    const experiment = { kind: "experiment", input: {} } as unknown as Experiment;
    const taken: unknown[] = [];
    const document = { ok: true, runId: "r", dir: "/r", scorecard: [entry("report", "rouge1", 0.4)] };
    scope[key] = {
      run: (...given: unknown[]) => {
        taken.push(given);
        return Promise.resolve(document);
      },
    };
    try {
      const result = await run(experiment, { seed: 3 });
      expect(taken).toEqual([[experiment, { seed: 3 }]]);
      expect(result).toMatchObject({
        runId: "r",
        dir: "/r",
        scorecard: { report: { rouge1: { value: 0.4 } } },
      });
    } finally {
      delete scope[key];
    }
  });
});
