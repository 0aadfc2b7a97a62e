import fc from "fast-check";
import { clustersOf } from "../../../../../ts/eval/interval/clusters.ts";
import { corpusMetrics, textMetrics, wholeMetrics } from "../../../../../ts/eval/metrics/index.ts";
import { atOnce } from "../../../../../ts/eval/steps.ts";

describe("every metric", () => {
  const text = fc
    .array(fc.constantFrom("liver", "cyst", "Cyst,", "3.5", "no", "-", "."), { maxLength: 12 })
    .map((parts) => parts.join(" "));

  it.each(Object.entries(textMetrics))(
    "%s lies within 0..1 and is 1 for a text that says something against itself",
    (_name, { score, id }) => {
      expect(id).toMatch(/^tomoe\.[\w-]+\/\d+\(/);
      fc.assert(
        fc.property(text, text, (prediction, target) => {
          expect(score(prediction, target)).toBeGreaterThanOrEqual(0);
          expect(score(prediction, target)).toBeLessThanOrEqual(1);
        }),
        { seed: 6, numRuns: 40 },
      );
      expect(score("A cyst in the liver.", "A cyst in the liver.")).toBeCloseTo(1, 12);
    },
  );

  it.each(Object.entries(corpusMetrics))(
    "%s of a corpus is 1 for texts against themselves, and sums of the rows give it",
    (_name, { id, size, statistics, value }) => {
      expect(id).toMatch(/^tomoe\.[\w.-]+\/\d+\(/);
      const texts = ["A cyst in the liver.", "No effusion is seen today."];
      const sums = Float64Array.from({ length: size }, (_, part) =>
        texts.reduce((sum, one) => sum + (statistics(one, one)[part] ?? 0), 0),
      );
      expect(value(sums)).toBeCloseTo(1, 12);
      expect(statistics("", "liver").length).toBe(size);
    },
  );

  it.each(Object.entries(wholeMetrics))(
    "%s of a corpus is more for rows that are right than for rows that are not",
    (_name, { number }) => {
      const found = [false, true].map((isRight) => {
        const rows = ["a cyst", "no effusion", "large nodule"].map((target, at) => {
          const bits = [0, 1, 2].map((label) => (label === at ? 1 : 0));
          return {
            id: `r${at}`,
            case: `c${at}`,
            task: "report" as const,
            target,
            prediction: isRight ? target : "normal",
            labels: { target: bits, prediction: isRight ? bits : [0, 0, 0], names: ["a", "b", "c"] },
          };
        });
        const made = atOnce(number(rows, clustersOf(rows.map((row) => row.case))));
        expect(made.id).toMatch(/^tomoe\.[\w.-]+\/\d+\(/);
        return made.value(
          Float64Array.from({ length: made.size }, (_, part) =>
            rows.reduce((sum, _row, at) => sum + (made.vectors[at * made.size + part] ?? 0), 0),
          ),
        );
      });
      expect(found[1]).toBeGreaterThan(found[0] ?? Number.NaN);
    },
  );
});
