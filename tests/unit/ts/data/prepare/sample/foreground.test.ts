import fc from "fast-check";
import { foreground } from "../../../../../../ts/data/prepare/sample/foreground.ts";
import { pictureLines } from "../../../../../../ts/data/prepare/sample/lines.ts";
import { Picture } from "../../../../../../ts/data/prepare/sample/picture.ts";
import { stackView } from "../../../../../../ts/data/prepare/sample/stack-view.ts";

const levels = { low: 0, high: 255 };

/** By a look at every voxel of the turned stack. */
function slow(
  voxels: Int16Array,
  shapeDHW: readonly [number, number, number],
  axis: 0 | 1 | 2,
  darkest: number,
) {
  const { shape, start, steps } = stackView(shapeDHW, axis);
  const low = [...shape];
  const high = [-1, -1, -1];
  for (let d = 0; d < shape[0]; d++)
    for (let h = 0; h < shape[1]; h++)
      for (let w = 0; w < shape[2]; w++) {
        if ((voxels[start + d * steps[0] + h * steps[1] + w * steps[2]] ?? 0) <= darkest) continue;
        [d, h, w].forEach((at, k) => {
          low[k] = Math.min(low[k] ?? 0, at);
          high[k] = Math.max(high[k] ?? 0, at);
        });
      }
  if ((high[0] ?? -1) < 0) return { start: [0, 0, 0], size: [...shape] };
  return { start: low, size: high.map((last, k) => last - (low[k] ?? 0) + 1) };
}

describe("foreground", () => {
  it("is the box that a look at every voxel finds, of few bright voxels and of many, in every view", () => {
    const length = fc.integer({ min: 1, max: 6 });
    const case_ = fc.record({
      shape: fc.tuple(length, length, length),
      bright: fc.array(fc.nat(), { maxLength: 5 }),
      axis: fc.constantFrom(0, 1, 2),
      darkest: fc.constantFrom(0, 3),
    });
    fc.assert(
      fc.property(case_, ({ shape, bright, axis, darkest }) => {
        const voxels = new Int16Array(shape[0] * shape[1] * shape[2]).fill(darkest);
        for (const at of bright) voxels[at % voxels.length] = darkest + 1 + (at % 7);
        const view = stackView(shape, axis as 0 | 1 | 2);
        expect(foreground(pictureLines(new Picture({ voxels }, levels), view), darkest)).toEqual(
          slow(voxels, shape, axis as 0 | 1 | 2, darkest),
        );
      }),
      { numRuns: 40, seed: 6 },
    );
  });

  it("is the whole array where nothing is brighter", () => {
    const picture = new Picture({ voxels: new Int16Array(24).fill(9) }, levels);
    expect(foreground(pictureLines(picture, stackView([2, 3, 4], 0)), 9)).toEqual({
      start: [0, 0, 0],
      size: [2, 3, 4],
    });
  });
});
