import { z } from "zod";
import { bug, isErrorCode, type JsonValue, TomoeError } from "../../errors.ts";
import { checkJson, parseJson } from "../../files/index.ts";
import { runBounded } from "../../process/index.ts";
import { findPython } from "./python.ts";

const jsonValue: z.ZodType<JsonValue> = z.json();
const failure = z.object({
  ok: z.literal(false),
  error: z.object({
    code: z.string().refine(isErrorCode),
    what: z.string(),
    hint: z.string(),
    details: z.record(z.string(), jsonValue),
  }),
});
const maxOutputBytes = 2 ** 24;

/** A Python module that is called for one job: one JSON document in, one out. */
export interface OneJob<T> {
  readonly packageRoot: string;
  /** As `python -m` takes it. */
  readonly module: string;
  readonly request: object;
  /** Its document. */
  readonly answer: z.ZodType<T>;
  /**
   * What it does, for messages: "count the cost". Where it ends without an answer, that is the environment's fault;
   * without this it is a bug.
   */
  readonly doing?: string;
  /** Wall clock until it is given up, in milliseconds. */
  readonly timeoutMs: number;
  /** Where a Python of the user's own is named; the process's when absent. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has a module of the worker's Python do one job; no worker is started.
 *
 * @returns its document.
 * @throws TomoeError what the module itself refuses, with its code, hint and details; `ENVIRONMENT` without a Python;
 * `ENVIRONMENT`, or `INTERNAL` for a job without `doing`, when it ended without an answer, with the end of what it
 * said; `PROCESS_TIMEOUT`; `CANCELLED`.
 */
export async function oneJob<T>(job: OneJob<T>): Promise<T> {
  const { python, runtimePath } = findPython(job.packageRoot, job.env);
  const { stdout, stderr, exitCode, signal } = await runBounded({
    command: python,
    args: ["-m", job.module],
    input: Buffer.from(JSON.stringify(job.request)),
    env: {
      PYTHONPATH: runtimePath,
      PYTHONDONTWRITEBYTECODE: "1",
      // Nothing is looked for but where it was said to be.
      HF_HUB_OFFLINE: "1",
      TRANSFORMERS_VERBOSITY: "error",
    },
    timeoutMs: job.timeoutMs,
    maxOutputBytes,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  const ended = signal ?? `exit code ${exitCode}`;
  const unanswered = (why: string): TomoeError =>
    job.doing === undefined
      ? bug(`${job.module} ended with ${ended} and no answer`, { stderr: stderr.slice(-2000) })
      : new TomoeError("ENVIRONMENT", `${python} could not ${job.doing}: ${why}`, {
          hint: "Run: npm run setup; if it says the same again, report this as a bug.",
        });
  const text = Buffer.from(stdout).toString("utf8");
  if (exitCode !== 0 && text === "")
    throw unanswered(stderr.trim().split("\n").at(-1) || `it ended with ${ended}`);
  const invalid = (_where: string, what: string): TomoeError => unanswered(what);
  const told = parseJson(text, "its answer", z.looseObject({}), invalid);
  if (told.ok !== false) return checkJson(told, "its answer", job.answer, invalid);
  const { code, what, hint, details } = checkJson(told, "its failure", failure, invalid).error;
  throw new TomoeError(code, what, { hint, details });
}
