import { readFile } from "node:fs/promises";
import { z } from "zod";
import { digestJson, type Origin, type ResolvedExperiment } from "../config/index.ts";
import { type JsonValue, TomoeError } from "../errors.ts";
import { ioFailure } from "../files/index.ts";
import { experimentSchema } from "../schema/experiment.ts";

const origins = { recipe: 0, default: 0, "--set": 0, "--seed": 0 } satisfies Record<Origin, 0>;

const resolvedSchema = z.strictObject({
  /** As it was written: its digest is compared before it is read as an experiment. */
  config: z.json() as z.ZodType<JsonValue>,
  digest: z.string(),
  origins: z.record(z.string(), z.enum(Object.keys(origins) as Origin[])),
});

/**
 * Reads back what a run's `resolved.json` holds, and checks it against its own digest.
 *
 * @throws TomoeError `RECORD_INVALID` when it was changed or is of a version that this one cannot read;
 * `IO_FAILED`, `PERMISSION`.
 */
export async function readResolved(path: string): Promise<ResolvedExperiment> {
  const written = await readRunFile({ path, schema: resolvedSchema });
  if (digestJson(written.config) !== written.digest)
    throw notOurs(path, "its content does not have the digest it states");
  const parsed = experimentSchema.safeParse(written.config);
  if (!parsed.success) throw notOurs(path, firstIssue(parsed.error));
  return { config: parsed.data, digest: written.digest, origins: written.origins };
}

/**
 * Reads a JSON file of a run as what its schema says.
 *
 * @throws TomoeError `RECORD_INVALID` naming the field that does not fit; `IO_FAILED`, `PERMISSION`.
 */
export async function readRunFile<T>({
  path,
  schema,
}: {
  readonly path: string;
  readonly schema: z.ZodType<T>;
}): Promise<T> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notOurs(path, "not JSON");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw notOurs(path, firstIssue(parsed.error));
  return parsed.data;
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join(".") ?? "";
  return `${path === "" ? "the whole" : path}: ${issue?.message ?? ""}`;
}

function unreadable(path: string, cause: unknown): TomoeError {
  const failure = ioFailure(cause, { action: "read", path });
  return failure.details.errno === "ENOENT"
    ? new TomoeError("IO_FAILED", `${path} cannot be read`, {
        hint: "The run folder is not whole; start a new run.",
        details: { path },
        cause,
      })
    : failure;
}

function notOurs(path: string, why: string): TomoeError {
  return new TomoeError("RECORD_INVALID", `${path}: ${why}`, {
    hint: "It was edited, or written by another version of Tomoe; start a new run.",
    details: { path },
  });
}
