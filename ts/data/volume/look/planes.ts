import type { TripleDHW } from "../../../schema/volume.ts";

/** Voxels on their grid, in RAS axes, W fastest. */
export interface SeenVolume {
  readonly voxels: Int16Array | Float32Array;
  readonly shapeDHW: TripleDHW;
  readonly spacingMmDHW: TripleDHW;
}

/** One plane, row by row from the top, as a radiologist looks at it. */
export interface Plane {
  readonly name: "axial" | "coronal" | "sagittal";
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Which of how many, counted from 1 along RAS. */
  readonly slice: number;
  readonly of: number;
  readonly marks: {
    readonly left: string;
    readonly right: string;
    readonly top: string;
    readonly bottom: string;
  };
  /** Where the two other middle planes cut, as shares of width and height. */
  readonly cut: { readonly x: number; readonly y: number };
}

/** No side of a plane has more values than this; of a longer one every second, third ... is taken. */
const mostSide = 512;

/** What a plane shows: the axis it stands on, its rows and columns, each as an index into D, H, W. */
const views = [
  { name: "axial", across: 0, down: 1, along: 2, left: "R", right: "L", top: "A", bottom: "P" },
  { name: "coronal", across: 1, down: 0, along: 2, left: "R", right: "L", top: "S", bottom: "I" },
  { name: "sagittal", across: 2, down: 0, along: 1, left: "A", right: "P", top: "S", bottom: "I" },
] as const;

/**
 * The three planes through the middle voxel, in radiological display: patient right on the left of the axial and
 * the coronal plane, anterior on the left of the sagittal one, superior or anterior at the top.
 */
export function middlePlanes({ voxels, shapeDHW, spacingMmDHW }: SeenVolume): readonly Plane[] {
  const [, h, w] = shapeDHW;
  const strides = [h * w, w, 1] as const;
  const middle = shapeDHW.map((size) => Math.floor(size / 2));
  return views.map(({ name, across, down, along, ...marks }) => {
    const [rows, columns] = [shapeDHW[down], shapeDHW[along]];
    const [rowStep, columnStep] = [Math.ceil(rows / mostSide), Math.ceil(columns / mostSide)];
    const [height, width] = [Math.ceil(rows / rowStep), Math.ceil(columns / columnStep)];
    const values = new Float32Array(height * width);
    const start = (middle[across] ?? 0) * strides[across];
    // Every axis of the page runs against its RAS axis: down from S or A, across from R or A.
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        values[row * width + column] =
          voxels[
            start +
              (rows - 1 - row * rowStep) * strides[down] +
              (columns - 1 - column * columnStep) * strides[along]
          ] ?? 0;
    const cutAt = (axis: 0 | 1 | 2): number => (shapeDHW[axis] - 0.5 - (middle[axis] ?? 0)) / shapeDHW[axis];
    return {
      name,
      values,
      width,
      height,
      widthMm: columns * spacingMmDHW[along],
      heightMm: rows * spacingMmDHW[down],
      slice: (middle[across] ?? 0) + 1,
      of: shapeDHW[across],
      marks,
      cut: { x: cutAt(along), y: cutAt(down) },
    };
  });
}
