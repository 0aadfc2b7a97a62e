// Small CT scans for fixtures of layouts: PhantomCT's, each a .nii.gz in HU.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { writePhantomDataset } from "../../../ts/data/phantom/index.ts";

/**
 * Lays scans where a layout has them.
 *
 * @param paths - of the scans, relative to the folder; each is another volume of 16 x 24 x 24 voxels.
 */
export async function layScans(folder: string, paths: readonly string[]): Promise<void> {
  const made = join(folder, ".made");
  const volumes = { train: paths.length, validation: 0, test: 1 };
  await writePhantomDataset(made, { seed: 4, volumes, sizeDHW: [16, 24, 24] });
  const rows = readFileSync(join(made, "cases.jsonl"), "utf8").trim().split("\n");
  paths.forEach((path, index) => {
    const { path: scan } = JSON.parse(rows[index] ?? "") as { readonly path: string };
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), gzipSync(readFileSync(join(made, scan))));
  });
  rmSync(made, { recursive: true });
}
