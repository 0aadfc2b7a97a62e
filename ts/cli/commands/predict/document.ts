import { z } from "zod";
import { taskIds } from "../../../schema/task.ts";
import { ok, receipt } from "../../words/document-parts.ts";

const route = z.looseObject({
  task: z.enum(taskIds),
  confidence: z.number().min(0).max(1),
  fallback: z.boolean(),
});

/** What `tomoe predict --json` prints. */
export const predictDocument = z.looseObject({
  ok,
  runId: z.string(),
  checkpoint: z.string(),
  report: z.string().min(1).nullable(),
  reportTruncated: z.boolean().optional().describe("the longest answer cut the report"),
  reportRequest: z.string().nullable().describe("the words that asked for the report"),
  answers: z.array(
    z.looseObject({
      question: z.string(),
      answer: z.string(),
      choice: z.string().nullable(),
      choiceLogProbs: z
        .array(z.number().nullable())
        .nullable()
        .describe("null for an option that is missing"),
      truncated: z.boolean().optional().describe("the longest answer cut the text"),
      route,
    }),
  ),
  receipt,
  timing: z.looseObject({
    readSeconds: z.number(),
    encodeSeconds: z.number(),
    generateSeconds: z.number(),
  }),
});
