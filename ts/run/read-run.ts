import { readFile } from "node:fs/promises";
import { digestJson, type ResolvedExperiment } from "../config/index.ts";
import { type JsonValue, TomoeError } from "../errors.ts";
import { experimentSchema } from "../schema/experiment.ts";

/**
 * Reads back what a run's `resolved.json` holds, and checks it against its own digest.
 *
 * @throws TomoeError `RECORD_INVALID` when it was changed or is of a version that this one cannot read;
 * `IO_FAILED`.
 */
export async function readResolved(path: string): Promise<ResolvedExperiment> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new TomoeError("IO_FAILED", `${path} cannot be read`, {
      hint: "the run folder is not whole; start the run anew",
      details: { path },
      cause,
    });
  });
  const invalid = (why: string): TomoeError =>
    new TomoeError("RECORD_INVALID", `${path}: ${why}`, {
      hint: "it was edited, or written by another version of Tomoe; start the run anew",
      details: { path },
    });
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw invalid("not JSON");
  }
  if (
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    !("config" in value) ||
    !("digest" in value) ||
    !("origins" in value)
  )
    throw invalid("no resolved experiment");
  const written = value as {
    readonly config: JsonValue;
    readonly digest: JsonValue;
    readonly origins: JsonValue;
  };
  if (digestJson(written.config) !== written.digest)
    throw invalid("its content does not have the digest it states");
  const parsed = experimentSchema.safeParse(written.config);
  if (!parsed.success)
    throw invalid(
      `${parsed.error.issues[0]?.path.join(".") ?? ""}: ${parsed.error.issues[0]?.message ?? ""}`,
    );
  return {
    config: parsed.data,
    digest: String(written.digest),
    origins: written.origins as unknown as ResolvedExperiment["origins"],
  };
}
