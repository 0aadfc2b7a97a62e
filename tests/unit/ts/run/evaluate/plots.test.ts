import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { drawPlots } from "../../../../../ts/run/evaluate/plots.ts";
import type { MetricRecord } from "../../../../../ts/track/read/index.ts";
import { freshRun, resolvedWith } from "../fixtures.ts";

const resolved = resolvedWith("stages.specific.steps=150");

/** The plots of a record of these metrics, attempt by attempt. */
async function plotsOf(...attempts: readonly (readonly MetricRecord[])[]) {
  const owned = await freshRun(resolved);
  for (const records of attempts) {
    await owned.beginAttempt();
    await (await owned.metrics()).append(records);
  }
  await drawPlots({ owned, resolved });
  const text = (name: string): string | null => {
    const path = join(owned.dir, "plots", name);
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  };
  return { loss: text("loss.svg") ?? "", load: text("expert-load.svg") };
}

function metric(stage: string, step: number, name: string, value: number, measured = false): MetricRecord {
  return { stage, step, name, value, wallSeconds: step, ...(measured ? { measured } : {}) };
}

describe("drawPlots", () => {
  it("draws the loss of every stage that has one, in the order of the stages, whatever order it was recorded in", async () => {
    const records = [0, 1, 2].flatMap((step) => [
      metric("flat", step, "loss", 3 - step),
      metric("shared", step, "loss", 2 - step / 2),
    ]);
    const { loss } = await plotsOf(records);
    expect(loss).toContain("small: loss");
    expect(loss.indexOf("flat")).toBeGreaterThan(0);
    expect(loss.indexOf("flat")).toBeLessThan(loss.indexOf("shared"));
    expect((await plotsOf(records.toReversed())).loss).toBe(loss);
  });

  it("draws the loss of the validation split beside it, in the stages that were validated", async () => {
    const trained = [0, 1, 2, 3].flatMap((step) => [
      metric("flat", step, "loss", 3),
      metric("shared", step, "loss", 2),
    ]);
    const looks = [1, 3].map((step) => metric("shared", step, "validation.loss", 2.5));
    const { loss } = await plotsOf([...trained, ...looks, metric("shared", 1, "validation.other", 9)]);
    expect(loss).toContain(">validation<");
    expect(loss.match(/class="dot /g)).toHaveLength(2);
    expect((await plotsOf(trained)).loss).not.toContain("validation");
  });

  it("draws the newest attempt's value of a step that was done twice", async () => {
    const first = [0, 1, 2].map((step) => metric("flat", step, "loss", 3, true)),
      second = [1, 2].map((step) => metric("flat", step, "loss", 1, true));
    const merged = [metric("flat", 0, "loss", 3), ...[1, 2].map((step) => metric("flat", step, "loss", 1))];
    expect((await plotsOf(first, second)).loss).toBe((await plotsOf(merged)).loss);
  });

  it("sums the load of each expert over the last hundred steps of the last stage, by task", async () => {
    const load = (step: number, tokens: number) =>
      [0, 1, 2].flatMap((group) => [
        metric("specific", step, `load.0.${group}.0`, tokens),
        metric("specific", step, `load.0.${group}.1`, 1),
      ]);
    const late = Array.from({ length: 100 }, (_, index) => load(50 + index, 3)).flat();
    const early = Array.from({ length: 50 }, (_, index) => load(index, 1000)).flat();
    const { load: drawn } = await plotsOf([...early, ...late]);
    expect(drawn).toContain("stage specific, last 100 steps");
    for (const task of ["report", "closed-vqa", "open-vqa"]) expect(drawn).toContain(task);
    // What came before the last hundred steps changes nothing.
    expect((await plotsOf(late)).load).toBe(drawn);
  });

  it("draws no load where there are no experts, and no plot of another stage's", async () => {
    expect((await plotsOf([metric("flat", 0, "loss", 1)])).load).toBeNull();
    expect((await plotsOf([metric("shared", 0, "load.0.0.0", 5)])).load).toBeNull();
  });
});
