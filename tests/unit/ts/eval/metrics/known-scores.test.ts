import { textMetrics } from "../../../../../ts/eval/metrics/index.ts";
import { knownScores } from "../../../../support/known-scores.ts";

const names = Object.keys(knownScores[0]?.scores ?? {}) as readonly (keyof typeof textMetrics)[];

describe("what the reference libraries give for sentences of reports", () => {
  it("is known for many pairs, and differs between them", () => {
    expect(knownScores.length).toBeGreaterThanOrEqual(60);
    expect(names.length).toBe(10);
    for (const name of names)
      expect(new Set(knownScores.map(({ scores }) => scores[name])).size).toBeGreaterThan(15);
  });

  it.each(names)("%s gives too, within 1e-12", (name) => {
    const apart = knownScores.filter(
      ({ prediction, target, scores }) =>
        Math.abs(textMetrics[name].score(prediction, target) - (scores[name] ?? Number.NaN)) > 1e-12,
    );
    expect(apart).toEqual([]);
  });
});
