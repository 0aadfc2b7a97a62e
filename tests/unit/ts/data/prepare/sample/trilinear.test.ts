import { type Lines, pictureLines } from "../../../../../../ts/data/prepare/sample/lines.ts";
import { Picture } from "../../../../../../ts/data/prepare/sample/picture.ts";
import { stackView } from "../../../../../../ts/data/prepare/sample/stack-view.ts";
import { trilinear } from "../../../../../../ts/data/prepare/sample/trilinear.ts";
import { seeded } from "../../../../../support/body-voxels.ts";

type Triple = readonly [number, number, number];
const levels = { low: 0, high: 255 };

/** One output position of one axis as a share of each input position, by the definition of align_corners=False. */
const share = (from: number, to: number, out: number, at: number): number => {
  const centre = Math.min(from - 1, Math.max(0, ((out + 0.5) * from) / to - 0.5));
  return Math.max(0, 1 - Math.abs(centre - at));
};

describe("trilinear", () => {
  it.each([
    ["shrinking", [3, 2, 4]],
    ["growing", [9, 7, 11]],
    ["both", [2, 9, 5]],
    ["one voxel", [1, 1, 1]],
  ] as const)("weighs the neighbours of each position as the definition does: %s", (_, size) => {
    const shape: Triple = [6, 5, 7];
    const random = seeded(4);
    const voxels = Int16Array.from({ length: 210 }, () => Math.floor(random() * 256));
    const box = { start: [1, 1, 2], size: [4, 3, 5] } as const;
    for (const axis of [0, 1, 2] as const) {
      const view = stackView(shape, axis);
      const inside = {
        start: box.start,
        size: box.size.map((n, k) => Math.min(n, (view.shape[k] ?? 0) - (box.start[k] ?? 0))),
      };
      const [D = 0, H = 0, W = 0] = inside.size;
      const made = new Float32Array(size[0] * size[1] * size[2]);
      const whole = new Int16Array(made.length);
      for (const out of [made, whole])
        trilinear(
          pictureLines(new Picture({ voxels }, levels), view),
          { start: box.start, size: [D, H, W] },
          size,
          out,
        );
      let at = 0;
      for (let d = 0; d < size[0]; d++)
        for (let h = 0; h < size[1]; h++)
          for (let w = 0; w < size[2]; w++) {
            let wanted = 0;
            for (let z = 0; z < D; z++)
              for (let y = 0; y < H; y++)
                for (let x = 0; x < W; x++)
                  wanted +=
                    share(D, size[0], d, z) *
                    share(H, size[1], h, y) *
                    share(W, size[2], w, x) *
                    (voxels[
                      view.start + (z + 1) * view.steps[0] + (y + 1) * view.steps[1] + (x + 2) * view.steps[2]
                    ] ?? 0);
            expect(made[at]).toBeCloseTo(wanted, 4);
            expect(Math.abs((whole[at++] ?? 0) - wanted)).toBeLessThanOrEqual(0.5001);
          }
    }
  });

  it("makes the same of lines that give single columns, and asks them for nothing else", () => {
    const shape: Triple = [3, 4, 9];
    const random = seeded(6);
    const voxels = Int16Array.from({ length: 108 }, () => Math.floor(random() * 256));
    const whole = pictureLines(new Picture({ voxels }, levels), stackView(shape, 0));
    const asked: number[] = [];
    const picked: Lines = {
      shape,
      line: () => {
        throw new Error("a whole line was made");
      },
      columns: (at) => {
        asked.push(...at);
        const line = new Float32Array(9);
        return (d, h, out) => {
          whole.line(d, h, 0, line);
          out.set(Float32Array.from(at, (column) => line[column] ?? Number.NaN));
        };
      },
    };
    const box = { start: [0, 1, 2], size: [3, 3, 6] } as const;
    const [wanted, made] = [new Float32Array(24), new Float32Array(24)];
    trilinear(whole, box, [2, 4, 3], wanted);
    trilinear(picked, box, [2, 4, 3], made);
    expect(made).toEqual(wanted);
    // Two neighbours of each of three places in columns 2 to 7.
    expect(asked).toEqual([2, 3, 4, 5, 6, 7]);
  });
});
