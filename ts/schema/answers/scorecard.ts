import { z } from "zod";
import { type TaskId, taskIds } from "../task.ts";

/** One number of a scorecard; a value never stands without n, clusters and its interval. */
export interface ScoreCell {
  readonly value: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** Items. */
  readonly n: number;
  /** Patients: the unit the interval resamples. */
  readonly clusters: number;
  /** What the interval is over: patients, or cases where the rows name no patient; absent in older records. */
  readonly unit?: "patient" | "case" | undefined;
  /** What guessing scores; null where guessing has no meaning. */
  readonly chance: number | null;
  /** What the commonest answer of each type would score; null where there are no options. */
  readonly majority?: number | null | undefined;
  /** How the answers were made, where it is known. */
  readonly answerMode?: string | null | undefined;
  /** Items for each that would tell as much from a patient of its own; null where that has no meaning. */
  readonly designEffect?: number | null | undefined;
  /** Items whose generation hit its limit; absent where none did. */
  readonly truncated?: number | undefined;
  /** Everything that fixes the number: implementation, parser, aggregation, interval. */
  readonly signature: string;
}

/** A number with what it is of. */
export interface ScorecardEntry extends ScoreCell {
  readonly task: TaskId;
  /** As the metric names it: "rouge1", "accuracy.micro", "type.plane". */
  readonly metric: string;
}

/** The fields of an entry in a document: strict where a run reads its own, loose where keys may be added. */
export const scorecardFields = {
  task: z.enum(taskIds),
  metric: z.string(),
  value: z.number(),
  ciLow: z.number(),
  ciHigh: z.number(),
  n: z.int().nonnegative().describe("items"),
  clusters: z.int().nonnegative().describe("patients"),
  unit: z.enum(["patient", "case"]).optional().describe("what the interval is over"),
  chance: z.number().nullable(),
  majority: z.number().nullable().optional().describe("what the commonest answer of each type would score"),
  answerMode: z.string().nullable().optional(),
  designEffect: z.number().nullable().optional(),
  truncated: z.int().positive().optional().describe("items whose generation hit its limit"),
  signature: z.string(),
} as const satisfies Readonly<Record<keyof ScorecardEntry, z.ZodType>>;
