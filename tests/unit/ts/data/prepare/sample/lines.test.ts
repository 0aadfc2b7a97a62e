import { type Lines, pictureLines, windowedLines } from "../../../../../../ts/data/prepare/sample/lines.ts";
import { Picture } from "../../../../../../ts/data/prepare/sample/picture.ts";
import { stackView } from "../../../../../../ts/data/prepare/sample/stack-view.ts";
import { laidVolumes } from "../../../../../support/laid-volumes.ts";
import { volumeOf } from "../../../../../support/volume-of.ts";

const shape = [2, 3, 4] as const;
const numbers = Array.from({ length: 24 }, (_, i) => 100 * i - 1200);
const window = { low: -1000, high: 400.5 };
const clamped = numbers.map((hu) => Math.min(window.high, Math.max(window.low, hu)));

/** Every whole line, and one that begins in the middle. */
function read(lines: Lines): { readonly all: number[]; readonly part: number[] } {
  const [depth, rows, columns] = lines.shape;
  const all: number[] = [];
  const line = new Float32Array(columns);
  for (let d = 0; d < depth; d++)
    for (let h = 0; h < rows; h++) {
      lines.line(d, h, 0, line);
      all.push(...line);
    }
  const part = new Float32Array(2);
  lines.line(depth - 1, 1, columns - 3, part);
  return { all, part: [...part] };
}

describe("windowedLines", () => {
  it.each([
    ["int16", Int16Array.from(numbers)],
    ["float32", Float32Array.from(numbers)],
  ])("gives %s clamped to the window, whole lines and parts, and says what they are made of", (_, voxels) => {
    const lines = windowedLines({ voxels, shapeDHW: shape }, window);
    expect(lines.shape).toEqual(shape);
    expect(read(lines)).toEqual({ all: clamped, part: clamped.slice(17, 19) });
    expect(lines.of).toEqual({ voxels, windowHu: window });
  });

  it("has every int16 in its table, ends included", () => {
    const line = new Float32Array(4);
    const voxels = Int16Array.of(-32768, -1, 0, 32767);
    windowedLines({ voxels, shapeDHW: [1, 1, 4] }, { low: -32768, high: 32767 }).line(0, 0, 0, line);
    expect([...line]).toEqual([...voxels]);
  });
});

describe("lines of voxels that lie as they were stored", () => {
  it.each([
    ["int16", Int16Array.from(numbers)],
    ["float32", Float32Array.from(numbers)],
  ])("are those of the turned array, whatever the stored axes, in %s", (_, voxels) => {
    const volume = volumeOf(voxels, shape);
    for (const { laid } of laidVolumes(volume)) {
      const lines = windowedLines(laid, window);
      expect(read(lines)).toEqual(read(windowedLines(volume, window)));
      // Who takes whole arrays is told of none.
      expect(lines.of).toBeUndefined();
      for (const axis of [0, 1, 2] as const) {
        const levels = { low: -1000, high: 1100 };
        const turned = pictureLines(new Picture(volume, levels), stackView(shape, axis));
        const stored = pictureLines(new Picture(laid, levels), stackView(shape, axis, laid.layout));
        expect(read(stored)).toEqual(read(turned));
      }
    }
  });
});

describe("pictureLines", () => {
  it("gives levels in the order of the turned stack", () => {
    const voxels = Int16Array.from({ length: 24 }, (_, i) => i);
    const lines = pictureLines(new Picture({ voxels }, { low: 0, high: 255 }), stackView(shape, 0));
    expect(read(lines).all.slice(0, 12)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(read(lines).part).toEqual([18, 17]);
  });
});
