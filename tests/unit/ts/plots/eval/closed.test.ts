import {
  type CalibrationPlot,
  renderCalibration,
  renderConfusion,
} from "../../../../../ts/plots/eval/closed.ts";

const bins = (counts: readonly number[]): CalibrationPlot["bins"] =>
  counts.map((n, at) => ({
    from: at / 10,
    to: (at + 1) / 10,
    n,
    confidence: n === 0 ? null : (at + 0.5) / 10,
    accuracy: n === 0 ? null : 0.5,
  }));

describe("confusion of options", () => {
  const confusion = {
    letters: ["A", "B"],
    counts: [
      [7, 1, 0],
      [2, 0, 3],
    ],
  };

  it("shows every count, the letters on both sides, and a column for answers that name none", () => {
    const svg = renderConfusion(confusion);
    const shown = [...svg.matchAll(/text-anchor="middle">(\d+)</g)].map(([, count]) => Number(count));
    expect(shown).toEqual([7, 1, 0, 2, 0, 3]);
    expect(svg.match(/>A</g)).toHaveLength(2);
    expect(svg).toContain(">none<");
  });

  it("is darkest where most answers are, and empty where there are none", () => {
    const strengths = [...renderConfusion(confusion).matchAll(/fill-opacity="([\d.]+)"/g)].map(([, one]) =>
      Number(one),
    );
    expect(Math.max(...strengths)).toBe(strengths[0]);
    expect(strengths[2]).toBe(0);
  });

  it("has room for as many options as there are letters", () => {
    const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at));
    const svg = renderConfusion({ letters, counts: letters.map(() => Array.from({ length: 27 }, () => 1)) });
    const right = Math.max(...[...svg.matchAll(/<rect x="([\d.]+)"/g)].map(([, x]) => Number(x)));
    expect(right).toBeLessThan(470);
  });

  it("of no answer at all is drawn all the same", () => {
    expect(() => renderConfusion({ letters: [], counts: [] })).not.toThrow();
    expect(renderConfusion({ letters: ["A"], counts: [[0, 0]] })).not.toContain("NaN");
  });
});

describe("calibration", () => {
  it("tells its numbers, and has one point for each tenth that has answers", () => {
    const svg = renderCalibration({
      n: 30,
      ece: 0.123,
      brier: 0.456,
      bins: bins([0, 0, 10, 0, 0, 0, 0, 0, 20, 0]),
    });
    expect(svg).toContain("30 answers by likelihood; ECE 0.123, Brier 0.456");
    expect(svg.match(/<circle/g)).toHaveLength(2);
  });

  it("puts a point to the right for more confidence, and higher for more accuracy", () => {
    const point = (confidence: number, accuracy: number): readonly [number, number] => {
      const bin = { from: 0, to: 1, n: 1, confidence, accuracy };
      const svg = renderCalibration({ n: 1, ece: 0, brier: 0, bins: [bin] });
      const [, x, y] = /<circle cx="([\d.]+)" cy="([\d.]+)"/.exec(svg) ?? [];
      return [Number(x), Number(y)];
    };
    expect(point(0.9, 0.5)[0]).toBeGreaterThan(point(0.2, 0.5)[0]);
    expect(point(0.5, 0.9)[1]).toBeLessThan(point(0.5, 0.2)[1]);
    expect(point(0, 0)).toEqual([64, 350]);
    expect(point(1, 1)).toEqual([440, 76]);
  });

  it("draws the diagonal of perfect calibration from corner to corner", () => {
    expect(renderCalibration({ n: 0, ece: 0, brier: 0, bins: [] })).toContain(
      '<line x1="64" x2="440" y1="350" y2="76" class="edge"/>',
    );
  });

  it("of tenths without answers has no number that is none", () => {
    expect(
      renderCalibration({ n: 0, ece: 0, brier: 0, bins: bins(Array.from({ length: 10 }, () => 0)) }),
    ).not.toMatch(/NaN|Infinity|null/);
  });
});
