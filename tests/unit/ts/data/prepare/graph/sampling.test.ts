import { samplings } from "../../../../../../ts/data/prepare/graph/sampling.ts";
import { type Lines, windowedLines } from "../../../../../../ts/data/prepare/sample/lines.ts";
import type { Volume } from "../../../../../../ts/schema/volume.ts";
import { volumeOf } from "../../../../../support/volume-of.ts";

const window = { low: -1000, high: 1000 };
const values = [0, 2000, -2000, 100, 40, 60];
const volume: Volume = volumeOf(Int16Array.from(values), [1, 1, 6]);
const read = (lines: Lines): number[] => {
  const out = new Float32Array(lines.shape[2]);
  lines.line(0, 0, 0, out);
  return [...out];
};

describe("samplings", () => {
  it("means clamp before they average, points after they are mixed", () => {
    const wanted = [1, 1, 2] as const;
    expect(read(samplings.area.spaced(volume, wanted, window))).toEqual([500, -450, 50]);
    const points = samplings.linear.spaced(volume, [1, 1, 1.5], window);
    // Between 2000 and -2000 lies 0, where clamped ends would give the same and clamped neighbours of 100 would not.
    expect(read(points)).toEqual([0, 0, 100, 50]);
    expect([samplings.area.isWindowedFirst, samplings.linear.isWindowedFirst]).toEqual([true, false]);
  });

  it.each(["area", "linear"] as const)(
    "stretches a box by %s, of a whole array and of a part alike",
    (name) => {
      const lines = windowedLines(volume, window);
      const part = { start: [0, 0, 2], size: [1, 1, 4] } as const;
      const inside = windowedLines(volumeOf(Int16Array.from(values.slice(2)), [1, 1, 4]), window);
      const [ofPart, ofWhole] = [new Float32Array(2), new Float32Array(2)];
      samplings[name].stretch(lines, part, [1, 1, 2], ofPart);
      samplings[name].stretch(inside, { start: [0, 0, 0], size: [1, 1, 4] }, [1, 1, 2], ofWhole);
      expect([...ofPart]).toEqual([...ofWhole]);
      expect([...ofPart]).toEqual([-450, 50]);
      const rounded = new Int16Array(3);
      samplings[name].stretch(lines, part, [1, 1, 3], rounded);
      expect(rounded[2]).toBeGreaterThanOrEqual(50);
    },
  );
});
