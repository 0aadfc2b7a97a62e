import type { VolumeReader } from "../source.ts";
import { looksLikeNpy } from "./header.ts";

/** A numpy array in a .npy file, which its caller has to place. */
export const npyReader: VolumeReader = {
  statesGeometry: false,
  holdsSeries: false,
  sniff: ({ path, kind, head }) => {
    if (kind === "folder") return undefined;
    if (looksLikeNpy(head)) return "certain";
    return /\.npy$/i.test(path) ? "named" : undefined;
  },
  read: async ({ path }, options, log) => {
    const { readNpy } = await import("./read.ts");
    return await readNpy(path, options, log);
  },
};
