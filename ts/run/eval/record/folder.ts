import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type JsonValue, TomoeError } from "../../../errors.ts";
import {
  isMissing,
  jsonText,
  makeFolders,
  makeNewFolder,
  readFailure,
  type SpaceWaiter,
  writeWhole,
} from "../../../files/index.ts";
import { didYouMean } from "../../../schema/nearest.ts";
import { taskIds } from "../../../schema/task.ts";
import { isRunId, newRunId } from "../../../track/index.ts";
import { readRecord } from "../../../track/read/index.ts";

const json = z.json() as z.ZodType<JsonValue>;

/** What an evaluation was asked for; enough to go on with it. */
export const requestSchema = z.strictObject({
  run: z.string(),
  runsDir: z.string(),
  checkpoint: z.string(),
  /** A data set's folder in place of the run's own data. */
  data: z.string().nullable(),
  tasks: z.array(z.enum(taskIds)),
  allowLeak: z.string().nullable(),
  device: z.enum(["auto", "cpu", "cuda"]),
  gates: z.array(z.string()),
  /** "developer/model", as exports call it; an evaluation of before has none. */
  model: z.string().nullable().default(null),
  /** The parts `evaluation` and `tasks` of the recipe that asked, in place of the run's own. */
  recipe: z.strictObject({ evaluation: json, tasks: json }).nullable(),
});
export type EvalRequest = z.infer<typeof requestSchema>;

const recordSchema = z.strictObject({
  format: z.literal("tomoe.eval/1"),
  evalId: z.string(),
  status: z.enum(["running", "finished", "failed", "interrupted"]),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
  error: json,
  resume: z.string(),
  request: requestSchema,
});
export type EvalRecord = z.infer<typeof recordSchema>;

/** The folder of one evaluation. */
export interface EvalFolder {
  readonly evalId: string;
  readonly dir: string;
  readonly record: EvalRecord;
}

/** Below the folder of the evaluations: what they share. */
export const stagesDir = (evalsDir: string): string => join(resolve(evalsDir), "stages");

async function writeRecord(dir: string, record: EvalRecord, space: SpaceWaiter): Promise<void> {
  await writeWhole(join(dir, "eval.json"), jsonText(record), { space });
}

/** The command that goes on with an evaluation; it names the folder where that is not the default one. */
function resumeCommand(evalsDir: string, evalId: string): string {
  const folder = resolve(evalsDir);
  const isPlain = /^[\w./-]+$/.test(folder);
  const elsewhere =
    folder === resolve("evals")
      ? ""
      : ` --evals ${isPlain ? folder : `'${folder.replaceAll("'", `'\\''`)}'`}`;
  return `tomoe eval --resume ${evalId}${elsewhere}`;
}

/**
 * Makes the folder of a new evaluation.
 *
 * @throws TomoeError `OUTPUT_CREATE`, `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
 */
export async function createEval(
  evalsDir: string,
  name: string,
  request: EvalRequest,
  space: SpaceWaiter,
): Promise<EvalFolder> {
  const createdAt = new Date();
  const evalId = newRunId(name, createdAt);
  const dir = join(resolve(evalsDir), evalId);
  await makeFolders(resolve(evalsDir), { space, setBy: "--evals" });
  await makeNewFolder(dir, { setBy: "--evals" });
  const record: EvalRecord = {
    format: "tomoe.eval/1",
    evalId,
    status: "running",
    createdAt: createdAt.toISOString(),
    endedAt: null,
    error: null,
    resume: resumeCommand(evalsDir, evalId),
    request,
  };
  await writeRecord(dir, record, space);
  return { evalId, dir, record };
}

function evalNames(evalsDir: string): readonly string[] {
  try {
    return readdirSync(evalsDir).filter(isRunId).sort();
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw readFailure(cause, { action: "list the evaluations", path: evalsDir });
  }
}

/**
 * Opens an evaluation to go on with it.
 *
 * @param reference - its id, the beginning of one, or the four letters at its end.
 * @throws TomoeError `RUN_NOT_FOUND` with the nearest ids; `RECORD_INVALID`.
 */
export async function openEval(evalsDir: string, reference: string): Promise<EvalFolder> {
  const folder = resolve(evalsDir),
    names = evalNames(folder);
  const fitting = names.includes(reference)
    ? [reference]
    : names.filter((name) => name.startsWith(reference) || name.endsWith(`-${reference}`));
  const [evalId] = fitting;
  if (evalId === undefined || fitting.length !== 1 || reference === "")
    throw new TomoeError(
      "RUN_NOT_FOUND",
      fitting.length > 1
        ? `"${reference}" fits ${fitting.length} evaluations in ${folder}`
        : `there is no evaluation "${reference}" in ${folder}${didYouMean(reference, names)}`,
      {
        hint:
          names.length === 0
            ? 'Begin one with "tomoe eval RUN".'
            : `There are ${names.slice(-5).join(", ")}.`,
        details: { eval: reference, evalsDir: folder, near: names.slice(-5) },
      },
    );
  const dir = join(folder, evalId);
  return { evalId, dir, record: await readRecord(join(dir, "eval.json"), recordSchema) };
}

/** Records how an evaluation stands. */
export async function markEval(
  { dir, record }: EvalFolder,
  status: EvalRecord["status"],
  { error = null, space }: { readonly error?: JsonValue; readonly space: SpaceWaiter },
): Promise<void> {
  const endedAt = status === "running" ? null : new Date().toISOString();
  await writeRecord(dir, { ...record, status, endedAt, error }, space);
}
