// Writers for every format that is read; a new reader does not compile without one.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReadFormat } from "../../ts/data/volume/readers.ts";
import type { ReadOptions } from "../../ts/data/volume/source.ts";
import { ctStorage, dicomFile } from "./dicom-file.ts";
import { type MetaImageSpec, metaImageFile } from "./metaimage-file.ts";
import { type Dtype, niftiFile } from "./nifti-file.ts";
import { npyFile } from "./npy-file.ts";
import { type NrrdSpec, nrrdFile } from "./nrrd-file.ts";
import { lpsColumns, type StoredBody } from "./stored-body.ts";

/** What was written. */
export interface Written {
  /** What a caller names. */
  readonly path: string;
  /** Every file of the scan; the first has the header. */
  readonly files: readonly string[];
  /** What a caller has to say beside the path. */
  readonly options?: ReadOptions;
}

/** How a format is written for the suite of readers. */
export interface VolumeExample {
  readonly dtypes: readonly Dtype[];
  /** False for a format that cannot say it: a sheared DICOM series is a tilted one. */
  readonly shears: boolean;
  /** What becomes of a slice more of bytes behind the voxels. */
  readonly behind: "refused" | "told";
  /** The stored axis along which slices are stacked; z where it is left out. */
  readonly stackAxis?: 0;
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
  behind: "refused",
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
  behind: "refused",
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

/** Header and voxels in one file, or the voxels in one beside it. */
function put(
  folder: string,
  names: readonly [header: string, voxels?: string],
  { header, voxels }: { readonly header: Buffer; readonly voxels: Buffer },
): Written {
  const [name, beside] = names;
  const path = putFile(folder, name, beside === undefined ? Buffer.concat([header, voxels]) : header);
  return { path, files: beside === undefined ? [path] : [path, putFile(folder, beside, voxels)] };
}

const metaImage = (spec: MetaImageSpec = {}): VolumeExample => ({
  dtypes: everyDtype,
  shears: true,
  behind: spec.compressed === true ? "told" : "refused",
  write: (folder, body) =>
    put(
      folder,
      spec.dataFile === undefined ? ["scan.mha"] : ["scan.mhd", spec.dataFile],
      metaImageFile(body, spec),
    ),
});

const nrrd = (spec: NrrdSpec = {}, dataFile?: string): VolumeExample => ({
  dtypes: everyDtype,
  shears: true,
  behind: spec.gzip === true ? "told" : "refused",
  write: (folder, body) =>
    put(
      folder,
      dataFile === undefined ? ["scan.nrrd"] : ["scan.nhdr", dataFile],
      nrrdFile(body, dataFile === undefined ? spec : { ...spec, fields: { "data file": dataFile } }),
    ),
});

/** An array of stored z, y, x, or in Fortran order of x, y, z; the caller places it. */
const npy = (fortran: boolean): VolumeExample => ({
  dtypes: everyDtype,
  shears: true,
  behind: "refused",
  ...(fortran ? { stackAxis: 0 } : {}),
  write(folder, body) {
    const path = putFile(folder, "scan.npy", npyFile(body, { fortran }));
    const row = (at: 0 | 1 | 2): readonly [number, number, number, number] => {
      const [x = 0, y = 0, z = 0, start = 0] = body.affine[at] ?? [];
      return fortran ? [z, y, x, start] : [x, y, z, start];
    };
    return { path, files: [path], options: { affineRas: [row(0), row(1), row(2), [0, 0, 0, 1]] } };
  },
});

/** By what `tomoe inspect` calls the format. */
const examples: { readonly [F in ReadFormat]: VolumeExample } = {
  dicom,
  nifti,
  mha: metaImage(),
  nrrd: nrrd(),
  npy: npy(false),
};

/** The same with what a format can also be, each under its format and a word. */
export const volumeExamples: Readonly<Record<string, VolumeExample>> = {
  ...examples,
  "mha compressed": metaImage({ compressed: true }),
  "mha detached": metaImage({ dataFile: "CANARY.raw" }),
  "nrrd gzip": nrrd({ gzip: true, space: "RAS" }),
  "nrrd detached": nrrd({ space: "left-anterior-superior" }, "CANARY.raw"),
  "npy fortran": npy(true),
};
