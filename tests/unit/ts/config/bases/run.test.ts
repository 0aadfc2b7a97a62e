import { baseOf } from "../../../../../ts/config/bases/index.ts";
import { runBase } from "../../../../../ts/config/bases/run.ts";
import { resolveExperiment } from "../../../../../ts/config/index.ts";
import type { ExperimentConfig } from "../../../../../ts/schema/experiment.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { experiment } from "../experiment.ts";

const { model } = resolveExperiment(experiment().input).config;
const published = { kind: "weights", name: "w", pretrain: [], redraw: [], facts: exampleFacts } as const;
const start = {
  runId: "20261128-000000-x-aaaa",
  checkpoint: "000001-shared-00000004",
  weightsDigest: "d".repeat(64),
  lifted: true,
  routing: "shared",
} as const;
const baseFrom = (base: ExperimentConfig["model"]["base"]) => baseOf({ model: { ...model, base } });

describe("a run as a base", () => {
  it("is asked for by its id, and refused while nobody has opened it", () => {
    const base = runBase({ kind: "run", run: "latest", checkpoint: "c" }, baseFrom);
    expect(base.toOpen).toEqual({ of: "run", run: "latest", checkpoint: "c" });
    expect(base.problems).toEqual([
      { path: "model.base", message: expect.stringContaining('fromRun("latest") was not opened') },
    ]);
    expect([base.architecture, base.start, base.files]).toEqual([undefined, undefined, undefined]);
  });

  it("has what the run's own base has, without its phases in 2D, and leans on the same files", () => {
    const facts = { ...start, base: model.base as typeof published };
    const base = runBase({ kind: "run", run: "r", facts }, baseFrom);
    const own = baseOf({ model });
    expect({ ...base.architecture, spec: 0 }).toEqual({ ...own.architecture, spec: 0 });
    expect([base.components, base.pixels, base.pretrain]).toEqual([own.components, own.pixels, []]);
    expect([base.title, base.start]).toEqual(['fromRun("r")', facts]);
    const leaning = runBase({ kind: "run", run: "r", facts: { ...start, base: published } }, baseFrom);
    expect(leaning.files).toEqual({ from: "weights", name: "w" });
  });
});
