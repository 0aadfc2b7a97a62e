import type { VolumeReader } from "../source.ts";
import { looksLikeNrrd } from "./fields.ts";

/** NRRD: .nrrd, and .nhdr with its voxels beside it. */
export const nrrdReader: VolumeReader = {
  statesGeometry: true,
  holdsSeries: false,
  sniff: ({ path, kind, head }) => {
    if (kind === "folder") return undefined;
    if (looksLikeNrrd(head)) return "certain";
    return /\.(nrrd|nhdr)$/i.test(path) ? "named" : undefined;
  },
  read: async ({ path }, options, log) => {
    const { readNrrd } = await import("./read.ts");
    return await readNrrd(path, options, log);
  },
};
