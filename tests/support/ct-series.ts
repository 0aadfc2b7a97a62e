// Folders of a small CT series in HU, one file a slice, each of which a test may change.
import { mkdirSync, writeFileSync } from "node:fs";
import { bodyVoxels } from "./body-voxels.ts";
import { type DicomSpec, dicomFile } from "./dicom-file.ts";

const [nx, ny] = [24, 20];

/** Stored values of slice z of a body of `slices` slices, as a scanner writes them: row 0 anterior, column 0 right. */
function slicePixels(body: Int16Array, z: number): Int16Array {
  return Int16Array.from(
    { length: nx * ny },
    (_, i) => body[z * nx * ny + (ny - 1 - Math.floor(i / nx)) * nx + (nx - 1 - (i % nx))] ?? 0,
  );
}

/** What `readVolume` must give of an unchanged series: HU in D,H,W order. */
export const seriesBody = (slices: number): Int16Array => bodyVoxels(nx, ny, slices);

/**
 * Specs of an axial series, 2 mm apart, in order along the normal.
 *
 * @param change - what slice z differs in.
 */
export function seriesSpecs(
  slices: number,
  change: (z: number) => DicomSpec = () => ({}),
): readonly DicomSpec[] {
  const body = seriesBody(slices);
  return Array.from({ length: slices }, (_, z) => ({
    rows: ny,
    columns: nx,
    values: slicePixels(body, z),
    position: [-12, -10, 100 + 2 * z] as const,
    spacing: [1, 1.5] as const,
    instance: z + 1,
    ...change(z),
  }));
}

/** Writes files into a new folder; names are bytes, or text. */
export function writeFolder(
  folder: string,
  files: readonly (readonly [name: string | Buffer, bytes: Uint8Array])[],
): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files)
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]), bytes);
  return folder;
}

/** Files of a series, named in the order of their slices. */
export function seriesFiles(specs: readonly DicomSpec[]): readonly (readonly [string, Buffer])[] {
  return specs.map((spec, z) => [`CANARY-${String(z + 1).padStart(2, "0")}.dcm`, dicomFile(spec)] as const);
}
