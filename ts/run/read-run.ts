import { z } from "zod";
import type { Origin, ResolvedExperiment } from "../config/index.ts";
import { type JsonValue, TomoeError } from "../errors.ts";
import { checkJson } from "../files/index.ts";
import { digestJson } from "../schema/digest.ts";
import { experimentSchema } from "../schema/experiment.ts";
import type { ModelSpec } from "../schema/model.ts";
import { readRecord } from "../track/read/index.ts";

const origins = { recipe: 0, default: 0, "--set": 0, "--seed": 0, base: 0, device: 0 } satisfies Record<
  Origin,
  0
>;

const resolvedSchema = z.strictObject({
  /** As it was written: its digest is compared before it is read as an experiment. */
  config: z.json() as z.ZodType<JsonValue>,
  digest: z.string(),
  origins: z.record(z.string(), z.enum(Object.keys(origins) as Origin[])),
});

/**
 * Reads back what a run's `resolved.json` holds, and checks it against its own digest.
 *
 * @throws TomoeError `RECORD_INVALID` when it is missing, was changed or is of a version that this one cannot read;
 * `IO_FAILED`, `PERMISSION`.
 */
export async function readResolved(path: string): Promise<ResolvedExperiment> {
  const written = await readRecord(path, resolvedSchema);
  if (digestJson(written.config, "the resolved experiment") !== written.digest)
    throw notOurs(path, "its content does not have the digest it states");
  return {
    config: checkJson(written.config, path, experimentSchema, notOurs),
    digest: written.digest,
    origins: written.origins,
  };
}

const modelSchema = z.looseObject({
  facts: z.array(z.strictObject({ name: z.string(), classes: z.int().positive() })),
  patchClasses: z.int().nonnegative(),
});

/**
 * Reads back what a run's `model.json` holds: what its model was made of.
 *
 * @throws TomoeError `RECORD_INVALID` when it is missing or damaged; `IO_FAILED`, `PERMISSION`.
 */
export async function readModel(path: string): Promise<ModelSpec> {
  return (await readRecord(path, modelSchema)) as unknown as ModelSpec;
}

function notOurs(path: string, why: string): TomoeError {
  return new TomoeError("RECORD_INVALID", `${path}: ${why}`, {
    hint: "It was edited, or written by another version of Tomoe; start a new run.",
    details: { path },
  });
}
