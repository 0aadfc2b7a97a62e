import { isTomoeError } from "../../../errors.ts";
import type { Candidate, Sniffed, VolumeReader } from "../source.ts";
import { looksLikeNifti, readNifti, readNiftiGrid } from "./read.ts";

/** NIfTI-1/2 in one file, plain or gzipped. */
export const niftiReader: VolumeReader = {
  statesGeometry: true,
  holdsSeries: false,
  sniff: ({ path, kind, head }) => (kind === "file" ? sniffNifti(head, path) : undefined),
  read: async ({ path }, options, log) => await readNifti(path, options, log),
  readGrid: async ({ path }, options, log) => await readNiftiGrid(path, options, log),
};

function sniffNifti(head: Candidate["head"], path: string): Sniffed | undefined {
  const named = /\.nii(\.gz)?$/i.test(path);
  try {
    if (looksLikeNifti(head, path)) return "certain";
  } catch (error) {
    // A gzip that is cut or damaged is told best by the reader of what it is named for.
    if (isTomoeError(error) && named) return "certain";
    throw error;
  }
  return named ? "named" : undefined;
}
