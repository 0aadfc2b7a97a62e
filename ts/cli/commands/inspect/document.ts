import { z } from "zod";
import { ok, receipt, triple, warning } from "../../words/document-parts.ts";

const row = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** What `tomoe inspect --json` prints. */
export const inspectDocument = z.looseObject({
  ok,
  format: z.enum(["nifti", "dicom", "mha", "nrrd", "npy"]),
  sourceOrientation: z.string(),
  sourceShapeXYZ: triple,
  shapeDHW: triple,
  spacingMmDHW: triple,
  orientation: z.literal("RAS"),
  affineRas: z.tuple([row, row, row, row]),
  hu: z.looseObject({
    verdict: z.enum(["ok", "suspect"]),
    min: z.number(),
    max: z.number(),
    reasons: z.array(z.string()),
  }),
  receipt,
  warnings: z.array(warning),
  /** With `--picture` alone. */
  picture: z.string().optional(),
});
