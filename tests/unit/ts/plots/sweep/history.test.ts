import { type PlottedTrial, renderSweepHistory } from "../../../../../ts/plots/sweep/history.ts";

const trial = (
  number: number,
  value: number | null,
  state: PlottedTrial["state"] = "done",
  isBest = false,
) => ({
  number,
  state,
  value,
  isBest,
});
const plot = (trials: readonly PlottedTrial[], direction: "max" | "min" = "max") =>
  renderSweepHistory({ title: "Trials <of> it", unit: "report/rouge1", direction, trials });
const count = (svg: string, part: string): number => svg.split(part).length - 1;

describe("renderSweepHistory", () => {
  const trials = [
    trial(0, 0.4),
    trial(1, 0.6, "done", true),
    trial(2, 0.3, "pruned"),
    trial(3, null, "failed"),
    trial(4, 0.5),
  ];

  it("draws a disc for a trial that is done, a ring for one that ended early, a cross for a failed one, and rings the best", () => {
    const svg = plot(trials);
    expect(count(svg, 'stroke-width="5"')).toBe(3);
    expect(count(svg, 'stroke-width="1.5"')).toBe(1);
    expect(count(svg, "\u00d7</text>")).toBe(1);
    expect(count(svg, 'r="9"')).toBe(1);
    expect(svg).toContain("Trials &lt;of&gt; it");
  });

  it("draws the best so far as steps that never fall, of trials that are done alone", () => {
    const heights = (svg: string): readonly number[] =>
      [...(/<path d="([^"]+)" class="line s2"/.exec(svg)?.[1] ?? "").matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(
        ([, y]) => Number(y),
      );
    const up = heights(plot(trials));
    expect(up.length).toBeGreaterThan(5);
    expect(up.every((y, at) => at === 0 || y <= (up[at - 1] ?? 0))).toBe(true);
    const down = heights(plot(trials, "min"));
    expect(new Set(down).size).toBe(1);
  });

  it("stays a picture of no trial, of one, of values that are all alike, and of failures alone", () => {
    for (const some of [[], [trial(0, 0.5)], [trial(0, 1), trial(1, 1)], [trial(0, null, "failed")]]) {
      const svg = plot(some);
      expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it("follows the reader's colour scheme by itself", () => {
    expect(plot(trials)).toContain("prefers-color-scheme:dark");
  });
});
