import { modelToRas, turnedShape, turnToModel, viewOf } from "../../../../../ts/data/prepare/views.ts";

const axes = [0, 1, 2] as const;

describe("views", () => {
  it("show slices along each axis of RAS", () => {
    expect(axes.map((axis) => viewOf(axis).name)).toEqual(["axial", "coronal", "sagittal"]);
  });

  it.each(axes)("of axis %d bring sizes of the model to RAS, and back", (axis) => {
    const ras = modelToRas(viewOf(axis), [7, 8, 9]);
    expect(ras).toEqual(
      [
        [7, 8, 9],
        [8, 7, 9],
        [8, 9, 7],
      ][axis],
    );
    expect(turnedShape(ras, axis)).toEqual([7, 8, 9]);
  });

  it("begin an axial slice at the patient's right and front, a coronal one at the right and the head", () => {
    // 100 d + 10 h + w tells the place in RAS.
    const shape = [2, 3, 4] as const;
    const place = Int16Array.from(
      { length: 24 },
      (_, i) => 100 * Math.floor(i / 12) + 10 * (Math.floor(i / 4) % 3) + (i % 4),
    );
    const [axial = [], coronal = [], sagittal = []] = axes.map((axis) => [
      ...turnToModel(place, shape, axis),
    ]);
    expect(axial.slice(0, 5)).toEqual([23, 22, 21, 20, 13]);
    expect(coronal.slice(0, 5)).toEqual([103, 102, 101, 100, 3]);
    expect(sagittal.slice(0, 4)).toEqual([120, 110, 100, 20]);
  });
});
