import { z } from "zod";
import { isErrorCode, type JsonValue, TomoeError } from "../../errors.ts";
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

/** A question to a module of the worker's Python that answers one document and ends. */
export interface Question<T> {
  readonly packageRoot: string;
  /** Below `tomoe_worker.server`. */
  readonly module: "base" | "cost";
  readonly request: object;
  readonly answer: z.ZodType<T>;
  /** What it does, for messages: "count the cost". */
  readonly doing: string;
  /** Wall clock until it is given up, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a module of the worker's Python; no worker is started.
 *
 * @throws TomoeError what the module itself refuses, with its code, hint and details; `ENVIRONMENT` without a Python
 * that can, with the end of what it said; `PROCESS_TIMEOUT`; `CANCELLED`.
 */
export async function askPython<T>(question: Question<T>): Promise<T> {
  const { python, runtimePath } = findPython(question.packageRoot);
  const { stdout, stderr, exitCode, signal } = await runBounded({
    command: python,
    args: ["-m", `tomoe_worker.server.${question.module}`],
    input: Buffer.from(JSON.stringify(question.request)),
    env: { PYTHONPATH: runtimePath, PYTHONDONTWRITEBYTECODE: "1" },
    timeoutMs: question.timeoutMs,
    maxOutputBytes,
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
  const refused = (why: string): TomoeError =>
    new TomoeError("ENVIRONMENT", `${python} could not ${question.doing}: ${why}`, {
      hint: "Run: npm run setup; if it says the same again, report this as a bug.",
    });
  const text = Buffer.from(stdout).toString("utf8");
  if (exitCode !== 0 && text === "")
    throw refused(stderr.trim().split("\n").at(-1) || `it ended with ${signal ?? `exit code ${exitCode}`}`);
  const invalid = (_where: string, what: string): TomoeError => refused(what);
  const told = parseJson(text, "its answer", z.looseObject({}), invalid);
  if (told.ok !== false) return checkJson(told, "its answer", question.answer, invalid);
  const { code, what, hint, details } = checkJson(told, "its failure", failure, invalid).error;
  throw new TomoeError(code, what, { hint, details });
}
