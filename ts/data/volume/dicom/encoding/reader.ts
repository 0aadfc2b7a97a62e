import type { VolumeReader } from "../../source.ts";
import { findStart, hasDicomMark } from "./start.ts";

/** A folder of one DICOM series, or one DICOM file; a file without the mark when nothing else is known of it. */
export const dicomReader: VolumeReader = {
  statesGeometry: true,
  holdsSeries: true,
  sniff: ({ kind, head }) => {
    if (kind === "folder" || hasDicomMark(head)) return "certain";
    return findStart(head) === undefined ? undefined : "likely";
  },
  // Not from the top: whoever reads a NIfTI needs none of it.
  read: async ({ path, kind }, options, log) => {
    const { readDicom } = await import("../read.ts");
    return await readDicom(path, kind, options, log);
  },
  readGrid: async ({ path, kind }, options, log) => {
    const { readDicomGrid } = await import("../read.ts");
    return await readDicomGrid(path, kind, options, log);
  },
};
