import fc from "fast-check";
import { textMetrics } from "../../../../../ts/eval/metrics/index.ts";

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
});
