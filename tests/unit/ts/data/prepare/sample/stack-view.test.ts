import { stackView } from "../../../../../../ts/data/prepare/sample/stack-view.ts";
import { turnedShape, turnToModel } from "../../../../../../ts/data/prepare/views.ts";

describe("stackView", () => {
  it.each([0, 1, 2] as const)("names the voxels that a turned copy along axis %d holds", (axis) => {
    const shape = [4, 3, 5] as const;
    const voxels = Int16Array.from({ length: 60 }, (_, i) => i);
    const { shape: turned, start, steps } = stackView(shape, axis);
    expect(turned).toEqual(turnedShape(shape, axis));
    const seen: number[] = [];
    for (let d = 0; d < turned[0]; d++)
      for (let h = 0; h < turned[1]; h++)
        for (let w = 0; w < turned[2]; w++)
          seen.push(voxels[start + d * steps[0] + h * steps[1] + w * steps[2]] ?? -1);
    expect(seen).toEqual([...turnToModel(voxels, shape, axis)]);
  });
});
