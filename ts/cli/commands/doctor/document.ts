import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const check = z.looseObject({
  name: z.string(),
  verdict: z.enum(["ok", "warning", "failed"]),
  found: z.string(),
  expected: z.string(),
  mend: z.string().nullable().describe("the command that mends it; null when there is nothing to mend"),
});

/** What `tomoe doctor --json` prints. */
export const doctorDocument = z.looseObject({ ok, checks: z.array(check) });
