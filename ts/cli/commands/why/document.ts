import { z } from "zod";
import { ok, warning } from "../../words/document-parts.ts";
import { cause } from "../runs/document.ts";

/** What `tomoe why --json` prints. */
export const whyDocument = z.looseObject({
  ok,
  a: z.string().describe("run id of the first"),
  b: z.string().describe("run id of the second"),
  gap: z.array(
    z.looseObject({
      task: z.string(),
      metric: z.string(),
      a: z.number(),
      b: z.number(),
      difference: z.number().describe("b minus a"),
      ciLow: z.number(),
      ciHigh: z.number(),
      separable: z.boolean().describe("the 95% interval of the difference leaves 0 out"),
      paired: z.boolean().describe("over the same items; else from the intervals of the two scorecards"),
    }),
  ),
  causes: z.array(cause),
  warnings: z.array(warning),
});
