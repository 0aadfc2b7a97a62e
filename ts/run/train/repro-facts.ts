import { precisionOf } from "../../config/index.ts";
import { TomoeError } from "../../errors.ts";
import { packageVersion } from "../../files/index.ts";
import { policyDigest } from "../../router/index.ts";
import type { ReproFacts } from "../../track/read/index.ts";
import type { WorkerPool } from "../../worker/index.ts";
import { type Attempt, firstRank } from "../job.ts";

function environmentText(pool: WorkerPool, key: string): string {
  const value = firstRank(pool).facts.environment[key];
  if (value === undefined || value === null)
    throw new TomoeError("WIRE_INCOMPLETE", `the worker's hello does not say "${key}"`, {
      hint: "Worker and conductor are of different versions; run: npm run setup.",
      details: { key },
    });
  return String(value);
}

/**
 * What must match for a resumed run to give the same numbers.
 *
 * @param tokenizerDigest - of the tokenizer the weights were trained with.
 * @throws TomoeError `WIRE_INCOMPLETE` when the worker did not say what it runs on.
 */
export function reproFacts({
  job,
  pool,
  tokenizerDigest,
}: Attempt & { readonly tokenizerDigest: string }): ReproFacts {
  return {
    configDigest: job.resolved.digest,
    corpusFingerprint: job.corpus.fingerprint,
    preprocessDigest: job.corpus.preprocessDigest,
    tokenizerDigest,
    policyDigest: policyDigest(job.policy),
    tomoe: packageVersion(),
    python: environmentText(pool, "python"),
    torch: environmentText(pool, "torch"),
    device: firstRank(pool).facts.device,
    cpuCapability: environmentText(pool, "cpuCapability"),
    threads: job.resolved.config.execution.threads,
    worldSize: pool.ranks.length,
    precision: environmentText(pool, "precision"),
    execution: precisionOf(job.resolved.config),
    hashSeed: environmentText(pool, "hashSeed"),
    cublasWorkspace: environmentText(pool, "cublasWorkspace"),
  };
}
