import { mixerOf } from "../../../../../../ts/data/prepare/graph/mixer.ts";

const numbers = [-1000, -1024, 40, 300, 3071, -32768, 32767, 0, 5, -7, 60, 1, 2, 3, 4, 8];

describe("mixerOf", () => {
  it.each([
    ["int16", Int16Array.from(numbers)],
    ["float32", Float32Array.from(numbers, (value) => value + 0.25)],
  ])("mixes %s along H, then along D, to the last bit", (_, voxels) => {
    const corners = [0, 4, 8, 12] as const;
    for (const [z, y] of [
      [0.3, 0.7],
      [0, 0.1],
      [0.9, 0],
      [0, 0],
    ] as const)
      for (const [first, last] of [
        [0, 3],
        [1, 2],
      ] as const) {
        const mixed = new Float64Array(4).fill(99);
        mixerOf(voxels, 1, mixed)(corners, { z, y }, first, last);
        const at = (corner: number, x: number): number => voxels[corner + x] ?? Number.NaN;
        const wanted = [0, 1, 2, 3].map((x) => {
          if (x < first || x > last) return 99;
          const near = at(0, x) + y * (at(4, x) - at(0, x));
          return near + z * (at(8, x) + y * (at(12, x) - at(8, x)) - near);
        });
        expect([...mixed]).toEqual(wanted);
      }
  });

  it("takes every so many voxels of a line that lies across the array", () => {
    const mixed = new Float64Array(3);
    mixerOf(Int16Array.from(numbers), 4, mixed)([0, 0, 1, 1], { z: 0.5, y: 0.5 }, 0, 2);
    expect([...mixed]).toEqual([-1012, (3071 - 32768) / 2, -1]);
    mixerOf(Int16Array.from(numbers), 4, mixed)([3, 2, 1, 0], { z: 0, y: 0 }, 1, 2);
    expect([...mixed]).toEqual([-1012, 0, 1]);
  });
});
