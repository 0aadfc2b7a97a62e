import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

/** What `tomoe init --json` prints. */
export const initDocument = z.looseObject({ ok, dir: z.string(), files: z.array(z.string()) });
