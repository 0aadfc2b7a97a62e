import { type ForestRow, renderForest } from "../../../../../ts/plots/eval/forest.ts";

const row = (more: Partial<ForestRow> = {}): ForestRow => ({
  label: "closed-vqa accuracy.micro, over blank",
  note: "60 items of 12 patients",
  difference: 0.2,
  low: 0.1,
  high: 0.3,
  verdict: "the system is higher, p 0.002 (Holm)",
  isPrimary: true,
  ...more,
});
const draw = (...rows: readonly ForestRow[]): string =>
  renderForest({ title: "What the image bought", note: "the system minus each adversary", rows });

/** Where the horizontal line of an interval lies, from and to. */
const intervals = (svg: string): readonly (readonly [number, number])[] =>
  [...svg.matchAll(/<line x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)" y2="\3" class="line s0"/g)].map(
    ([, from, to]) => [Number(from), Number(to)],
  );

/** Where the line at 0 stands. */
const zero = (svg: string): number => Number(/<line x1="([\d.]+)" x2="\1"[^>]*class="axis"/.exec(svg)?.[1]);

describe("a forest plot", () => {
  it("names each difference with its interval, its items and what the test says", () => {
    const svg = draw(row());
    for (const told of [
      "What the image bought",
      "the system minus each adversary",
      "closed-vqa accuracy.micro, over blank",
      "60 items of 12 patients",
      "+0.200 [+0.100, +0.300]",
      "the system is higher, p 0.002 (Holm)",
    ])
      expect(svg).toContain(told);
  });

  it("draws an interval on the side of 0 where it lies, and across where it holds it", () => {
    const svg = draw(row(), row({ difference: -0.2, low: -0.3, high: -0.1 }), row({ low: -0.1 }));
    const [above, below, across] = intervals(svg);
    const at = zero(svg);
    expect(above?.[0]).toBeGreaterThan(at);
    expect(below?.[1]).toBeLessThan(at);
    expect(across?.[0]).toBeLessThan(at);
    expect(across?.[1]).toBeGreaterThan(at);
  });

  it("has one scale for all: twice the difference lies twice as far from 0", () => {
    const svg = draw(row({ low: 0.1, high: 0.2 }), row({ low: 0.2, high: 0.4 }));
    const [one, two] = intervals(svg);
    const at = zero(svg);
    expect((two?.[1] ?? 0) - at).toBeCloseTo(2 * ((one?.[1] ?? 0) - at), 0);
  });

  it("writes a minus that is one, and a difference of nothing", () => {
    expect(draw(row({ difference: -0.05, low: -0.1, high: 0 }))).toContain(
      "\u22120.050 [\u22120.100, +0.000]",
    );
    expect(draw(row({ difference: 0, low: -1e-17, high: 0 }))).toContain("+0.000 [+0.000, +0.000]");
  });

  it("draws numbers without a verdict thinner, and escapes names", () => {
    const svg = draw(row({ isPrimary: false, label: "a<b & c" }));
    expect(svg).toContain('stroke-width="1.5"');
    expect(svg).toContain("a&lt;b &amp; c");
    expect(svg).not.toContain("a<b");
  });

  it("grows with its rows", () => {
    const height = (svg: string): number => Number(/height="(\d+)"/.exec(svg)?.[1]);
    expect(height(draw(row(), row(), row())) - height(draw(row()))).toBe(68);
  });
});
