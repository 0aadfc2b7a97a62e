import { inTheMiddle, placed } from "../../../../../../ts/data/prepare/graph/place.ts";
import { windowedLines } from "../../../../../../ts/data/prepare/sample/lines.ts";

const shape = [2, 3, 4] as const;
const window = { low: -2000, high: 2000 };
const lines = windowedLines(
  { voxels: Float32Array.from({ length: 24 }, (_, i) => i + 0.5), shapeDHW: shape },
  window,
);
const whole = { start: [0, 0, 0], size: shape } as const;

describe("inTheMiddle", () => {
  it("cuts what is longer and pads what is shorter, the odd voxel at the end", () => {
    expect(inTheMiddle({ start: [1, 1, 1], size: [5, 4, 7] }, [3, 7, 2])).toEqual({
      box: { start: [2, 1, 3], size: [3, 4, 2] },
      before: [0, 1, 0],
    });
    expect(inTheMiddle({ start: [0, 0, 0], size: [4, 4, 4] }, [1, 3, 5])).toEqual({
      box: { start: [2, 1, 0], size: [1, 3, 4] },
      before: [0, 0, 0],
    });
  });

  it("moves nothing where the size is the box's own", () => {
    expect(inTheMiddle(whole, shape)).toEqual({ box: whole, before: [0, 0, 0] });
  });
});

describe("placed", () => {
  it("copies a box into the middle of what pads", () => {
    const out = new Float32Array(1 * 3 * 6).fill(-9);
    placed(lines, inTheMiddle({ start: [1, 1, 0], size: [1, 2, 4] }, [1, 3, 6]), [1, 3, 6], out);
    expect([...out]).toEqual([
      ...[-9, 16.5, 17.5, 18.5, 19.5, -9],
      ...[-9, 20.5, 21.5, 22.5, 23.5, -9],
      ...[-9, -9, -9, -9, -9, -9],
    ]);
  });

  it("rounds halves upward in int16", () => {
    const out = new Int16Array(24);
    placed(lines, inTheMiddle(whole, shape), shape, out);
    expect([...out]).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  });
});
