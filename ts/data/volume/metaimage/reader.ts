import type { VolumeReader } from "../source.ts";
import { looksLikeMetaImage } from "./fields.ts";

/** MetaImage: .mha, and .mhd with its voxels beside it. */
export const metaImageReader: VolumeReader = {
  statesGeometry: true,
  holdsSeries: false,
  sniff: ({ path, kind, head }) => {
    if (kind === "folder") return undefined;
    if (looksLikeMetaImage(head)) return "certain";
    return /\.mh[ad]$/i.test(path) ? "named" : undefined;
  },
  read: async ({ path }, options, log) => {
    const { readMetaImage } = await import("./read.ts");
    return await readMetaImage(path, options, log);
  },
};
