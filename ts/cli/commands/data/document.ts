import { z } from "zod";
import { layoutNames } from "../../../schema/tables/layouts.ts";
import { ok } from "../../words/document-parts.ts";

const count = z.int().nonnegative();

export const leak = z.looseObject({
  kind: z.enum(["patient", "volume", "report"]),
  splits: z.array(z.enum(["train", "validation", "test"])),
  count,
});

/** What `tomoe data verify --json` prints. */
export const dataVerifyDocument = z.looseObject({
  ok,
  layout: z.enum(layoutNames as [string, ...string[]]),
  deep: z.boolean(),
  cases: z.looseObject({ total: count, read: count, refused: count, missing: count }),
  items: z.looseObject({ total: count, refused: count }),
  rows: z.looseObject({ refused: count.describe("rows that name neither a case nor an item") }),
  dropped: z.array(z.looseObject({ what: z.enum(["case", "item"]), filter: z.string(), count })),
  duplicates: z.looseObject({ volumes: count, reports: count }),
  leaks: z.array(leak),
  hu: z
    .looseObject({
      scans: count,
      ok: count,
      suspect: count,
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      p01: z.number(),
      p50: z.number(),
      p99: z.number(),
    })
    .nullable()
    .describe("null where no voxels were read"),
  problems: z.string(),
  csv: z.string(),
  picture: z.string(),
  codes: z.array(z.looseObject({ kind: z.enum(["refused", "leak", "note"]), code: z.string(), count })),
  resumed: count.describe("scans that a call before had read"),
  gates: z.array(z.looseObject({ gate: z.string(), value: z.number(), held: z.boolean() })),
  digest: z.string(),
});
