// A writer for every format that is read; a new reader does not compile without one.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReadFormat } from "../../ts/data/volume/readers.ts";
import { ctStorage, dicomFile } from "./dicom-file.ts";
import { type Dtype, niftiFile } from "./nifti-file.ts";
import { lpsColumns, type StoredBody } from "./stored-body.ts";

/** What was written. */
export interface Written {
  /** What a caller names. */
  readonly path: string;
  /** Every file of the scan; the first has the header. */
  readonly files: readonly string[];
}

/** How a format is written for the suite of readers. */
export interface VolumeExample {
  readonly dtypes: readonly Dtype[];
  /** False for a format that cannot say it: a sheared DICOM series is a tilted one. */
  readonly shears: boolean;
  /** False for a format whose header goes on behind the voxels. */
  readonly endsWithVoxels: boolean;
  write(folder: string, body: StoredBody): Written;
}

const everyDtype = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"] as const;

/** One file in a folder that is made. */
export function putFile(folder: string, name: string, bytes: Uint8Array | string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const nifti: VolumeExample = {
  dtypes: everyDtype,
  shears: true,
  endsWithVoxels: true,
  write(folder, body) {
    const path = putFile(
      folder,
      "scan.nii",
      niftiFile({
        dims: body.claimed ?? body.dims,
        values: body.values,
        dtype: body.dtype,
        littleEndian: body.littleEndian,
        sform: body.affine,
        descrip: body.text,
      }),
    );
    return { path, files: [path] };
  },
};

const unit = (v: readonly number[]): readonly number[] => v.map((x) => x / Math.hypot(...v) + 0);

/** A series whose files lie in the order of the stored slices. */
const dicom: VolumeExample = {
  dtypes: ["int16", "uint16"],
  shears: false,
  endsWithVoxels: false,
  write(folder, body) {
    const [nx, ny, nz] = body.dims;
    const [x = [], y = [], z = [], origin = []] = lpsColumns(body.affine);
    const place = (k: number, world: number): number => (origin[world] ?? 0) + k * (z[world] ?? 0);
    const files = Array.from({ length: nz }, (_, k) =>
      putFile(
        folder,
        `slice-${String(k).padStart(3, "0")}.dcm`,
        dicomFile({
          syntax: body.littleEndian ? "explicit" : "big",
          rows: body.claimed?.[1] ?? ny,
          columns: body.claimed?.[0] ?? nx,
          values: Array.from({ length: nx * ny }, (_value, at) => body.values[k * nx * ny + at] ?? 0),
          signed: !body.dtype.startsWith("u"),
          position: [place(k, 0), place(k, 1), place(k, 2)],
          orientation: [...unit(x), ...unit(y)],
          spacing: [Math.hypot(...y), Math.hypot(...x)],
          thickness: Math.hypot(...z),
          instance: k + 1,
          sopClass: ctStorage,
          elements: { "00100010": ["PN", body.text], "00204000": ["LT", body.text] },
        }),
      ),
    );
    return { path: folder, files };
  },
};

/** By what `tomoe inspect` calls the format. */
export const volumeExamples: { readonly [F in ReadFormat]: VolumeExample } = { dicom, nifti };
