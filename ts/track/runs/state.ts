import { z } from "zod";
import { checkJson } from "../../files/index.ts";
import { recordInvalid } from "../record/invalid.ts";
import { readRecord } from "../record/json.ts";

export const runFormat = "tomoe.run/1";

export const runStatuses = ["created", "running", "finished", "failed", "interrupted"] as const;
export type RunStatus = (typeof runStatuses)[number];

/**
 * `state.json`: where a run stands. Times are for people; order comes from `ordinal` and sequence numbers.
 */
const stateSchema = z.strictObject({
  format: z.literal(runFormat),
  runId: z.string().min(1),
  experimentName: z.string(),
  seed: z.int().nonnegative(),
  status: z.enum(runStatuses),
  /** Counts the runs of the folder in the order they were made, whatever the clock said. */
  ordinal: z.int().nonnegative(),
  /** The fence: starts and restarts so far; what a lower attempt writes is refused. */
  attempt: z.int().nonnegative(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  /** What whoever began it calls it by: names and values. */
  tags: z.record(z.string(), z.string()).optional(),
  /** What lay in its folder when it last ended. */
  disk: z
    .strictObject({
      bytes: z.int().nonnegative(),
      checkpoints: z.int().nonnegative(),
      changedMs: z.int().nonnegative(),
    })
    .optional(),
  /** The command that goes on with this run. */
  resume: z.string(),
  /** Why it failed or was interrupted. */
  error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
});
export type RunState = z.infer<typeof stateSchema>;

/**
 * Reads and checks `state.json`.
 *
 * @throws TomoeError `RECORD_INVALID` when it is missing, damaged, or of another format; `IO_FAILED`,
 * `PERMISSION`.
 */
export async function readState(path: string): Promise<RunState> {
  return parseState(path, await readRecord(path, z.json()));
}

/** As `readState`, of what was parsed already. */
export function parseState(path: string, value: unknown): RunState {
  const format = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (typeof format === "string" && format !== runFormat) {
    throw recordInvalid(
      path,
      `its format is ${format}, this version reads ${runFormat}; use the version of Tomoe that wrote it`,
      { expected: runFormat, found: format },
    );
  }
  return checkJson(value, path, stateSchema, recordInvalid);
}
