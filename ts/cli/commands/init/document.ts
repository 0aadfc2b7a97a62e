import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

/** What `tomoe init --json` prints. */
export const initDocument = z.looseObject({
  ok,
  dir: z.string(),
  files: z.array(z.string()),
  data: z
    .looseObject({
      folder: z.string(),
      scans: z.int(),
      unread: z.int(),
      cases: z.int(),
      items: z.int(),
      tables: z.array(
        z.looseObject({
          table: z.string(),
          rows: z.int(),
          used: z.int(),
          columns: z.record(z.string(), z.string()).describe("our column: the table's"),
        }),
      ),
    })
    .optional()
    .describe("with --data: what was found in the folder"),
});
