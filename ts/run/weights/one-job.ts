import { z } from "zod";
import type { JsonValue } from "../../errors.ts";
import { bug, isErrorCode, TomoeError } from "../../errors.ts";
import { packageRoot } from "../../files/index.ts";
import { runBounded } from "../../process/index.ts";
import { findPython } from "../../worker/index.ts";

/** A Python module that is called for one job: one JSON document in, one out. */
export interface OneJob<T> {
  /** As `python -m` takes it. */
  readonly module: string;
  readonly request: object;
  /** What its document holds beside `ok`. */
  readonly answer: z.ZodType<T>;
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const failureSchema = z.object({
  ok: z.literal(false),
  error: z.object({
    code: z.string(),
    what: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});
const maxOutputBytes = 1 << 24;

/**
 * Has a Python module of ours do one job.
 *
 * @returns its document, without `ok`.
 * @throws TomoeError whatever the module refused with; `ENVIRONMENT` without a Python; `PROCESS_TIMEOUT`; `CANCELLED`;
 * `INTERNAL` when it ended without an answer.
 */
export async function oneJob<T>(job: OneJob<T>): Promise<T> {
  const { python, runtimePath } = findPython(packageRoot(), job.env);
  const run = await runBounded({
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
    signal: job.signal,
  });
  const document = parsed(Buffer.from(run.stdout).toString("utf8"));
  const refused = failureSchema.safeParse(document);
  if (refused.success) throw raised(job.module, refused.data.error);
  const answer = job.answer.safeParse(document);
  if (run.exitCode === 0 && answer.success) return answer.data;
  throw bug(`${job.module} ended with ${run.signal ?? `exit code ${run.exitCode}`} and no answer`, {
    stderr: run.stderr.slice(-2000),
  });
}

function raised(module: string, error: z.infer<typeof failureSchema>["error"]): TomoeError {
  const { code, what, hint, details } = error;
  if (!isErrorCode(code)) return bug(`${module} failed with the unknown code ${code}: ${what}`);
  // Parsed from JSON, so JSON it is.
  return new TomoeError(code, what, { hint, details: details as { readonly [key: string]: JsonValue } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
