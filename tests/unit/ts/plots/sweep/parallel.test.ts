import { type ParallelPlot, renderParallel } from "../../../../../ts/plots/sweep/parallel.ts";

const plot: ParallelPlot = {
  title: "Options",
  axes: [
    { name: "rate", isLog: true, values: [1e-4, 1e-2, 1e-3, 1e-3] },
    { name: "way", isLog: false, values: ["bias", "loss", "bias", "loss"] },
    { name: "weight", isLog: false, values: [null, 0.5, null, 0.1] },
    { name: "report/rouge1", isLog: false, values: [0.1, 0.9, 0.2, null] },
  ],
  trials: [
    { number: 0, state: "done", value: 0.1, isBest: false },
    { number: 1, state: "done", value: 0.9, isBest: true },
    { number: 2, state: "pruned", value: 0.2, isBest: false },
    { number: 3, state: "failed", value: null, isBest: false },
  ],
  quality: [0, 1, 0.1, 0],
};

/** The heights of each line, in the order they are drawn. */
const linesOf = (svg: string): readonly (readonly number[])[] =>
  [...svg.matchAll(/<path d="([^"]+)"/g)].map(([, d = ""]) =>
    [...d.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y)),
  );

describe("renderParallel", () => {
  const svg = renderParallel(plot);

  it("draws a line through every axis for each trial with a value, the best last and in its own colour", () => {
    const lines = linesOf(svg);
    expect(lines.map((line) => line.length)).toEqual([4, 4, 4]);
    expect([...svg.matchAll(/class="line (s\d)"/g)].map(([, look]) => look)).toEqual(["s0", "s0", "s1"]);
    expect(svg.split("stroke-dasharray").length - 1).toBeGreaterThanOrEqual(1);
  });

  it("places numbers by their size, in the logarithm where the range is one, and choices apart", () => {
    const [low = [], middle = [], best = []] = linesOf(svg);
    expect(best[0]).toBeLessThan(low[0] ?? 0);
    // A tenth of the lower end and of the upper one are as far from each other.
    expect((low[0] ?? 0) - (middle[0] ?? 0)).toBeCloseTo((middle[0] ?? 0) - (best[0] ?? 0), 1);
    expect(low[1]).toBe(middle[1]);
    expect(best[1]).not.toBe(low[1]);
    expect(best[3]).toBeLessThan(low[3] ?? 0);
  });

  it("passes below an axis where a trial has no value of it", () => {
    const [low = [], , best = []] = linesOf(svg);
    expect(low[2]).toBeGreaterThan(best[2] ?? 0);
    expect(low[2]).toBeGreaterThan(336);
  });

  it("names every axis on the card, and draws the better the stronger", () => {
    for (const { name } of plot.axes) expect(svg).toContain(`>${name}</text>`);
    const opacities = [...svg.matchAll(/stroke-opacity="([\d.]+)"/g)].map(([, value]) => Number(value));
    expect(opacities).toEqual([0.35, 0.4, 1]);
  });

  it("stays a picture of one axis, of no trial, and of values that are alike", () => {
    const alike = { ...plot, axes: plot.axes.map((axis) => ({ ...axis, values: [1, 1, 1, 1] })) };
    for (const other of [
      alike,
      { ...plot, axes: plot.axes.slice(0, 1) },
      { ...plot, axes: [], trials: [], quality: [] },
    ])
      expect(renderParallel(other)).not.toMatch(/NaN|Infinity|undefined/);
  });
});
