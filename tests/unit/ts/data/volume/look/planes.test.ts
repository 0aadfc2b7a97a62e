import { middlePlanes } from "../../../../../../ts/data/volume/look/planes.ts";

const [d, h, w] = [4, 3, 5];
/** Each voxel says where it is: 100 d + 10 h + w. */
const voxels = Int16Array.from(
  { length: d * h * w },
  (_, at) => 100 * Math.floor(at / (h * w)) + 10 * (Math.floor(at / w) % h) + (at % w),
);
const seen = { voxels, shapeDHW: [d, h, w], spacingMmDHW: [5, 2, 1] } as const;

describe("the planes through the middle", () => {
  const [axial, coronal, sagittal] = middlePlanes(seen);

  it("show the axial one from the feet: anterior up, patient right on the left", () => {
    // Superior, anterior and right are the ends of D, H and W.
    expect([axial?.width, axial?.height]).toEqual([5, 3]);
    expect([...(axial?.values ?? [])]).toEqual(
      [2, 1, 0].flatMap((row) => [4, 3, 2, 1, 0].map((column) => 200 + 10 * row + column)),
    );
    expect(axial?.marks).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
  });

  it("show the coronal one from the front: superior up, patient right on the left", () => {
    expect([...(coronal?.values ?? [])]).toEqual(
      [3, 2, 1, 0].flatMap((row) => [4, 3, 2, 1, 0].map((column) => 100 * row + 10 + column)),
    );
    expect(coronal?.marks).toEqual({ left: "R", right: "L", top: "S", bottom: "I" });
  });

  it("show the sagittal one with the front on the left", () => {
    expect([...(sagittal?.values ?? [])]).toEqual(
      [3, 2, 1, 0].flatMap((row) => [2, 1, 0].map((column) => 100 * row + 10 * column + 2)),
    );
    expect(sagittal?.marks).toEqual({ left: "A", right: "P", top: "S", bottom: "I" });
  });

  it("know their size in mm, which slice they are, and where the others cut them", () => {
    expect([coronal?.widthMm, coronal?.heightMm]).toEqual([5, 20]);
    expect([axial?.slice, axial?.of, sagittal?.slice, sagittal?.of]).toEqual([3, 4, 3, 5]);
    // The sagittal plane is W = 2, the middle of five columns; the coronal one H = 1, the middle of three rows.
    expect(axial?.cut).toEqual({ x: 0.5, y: 0.5 });
    // The axial plane is D = 2, whose row is the second of four from the top.
    expect(coronal?.cut).toEqual({ x: 0.5, y: 1.5 / 4 });
  });

  it("take every n-th value of a side that is longer than a page needs", () => {
    const long = new Int16Array(1100).map((_, at) => at);
    const [, plane] = middlePlanes({ voxels: long, shapeDHW: [1100, 1, 1], spacingMmDHW: [1, 1, 1] });
    expect([plane?.height, plane?.heightMm]).toEqual([367, 1100]);
    expect([...(plane?.values.slice(0, 3) ?? [])]).toEqual([1099, 1096, 1093]);
  });
});
