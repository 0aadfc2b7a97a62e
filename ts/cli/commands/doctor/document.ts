import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const check = z.looseObject({
  name: z.string(),
  verdict: z.enum(["ok", "warning", "failed"]),
  found: z.string(),
  expected: z.string(),
  fix: z.string().nullable().describe("the command that fixes it; null when there is nothing to fix"),
  mend: z.string().nullable().describe("the same as fix, which is the name to read"),
});

/** What `tomoe doctor --json` prints. */
export const doctorDocument = z.looseObject({ ok, checks: z.array(check) });
