import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { listCheckpoints, type RunFolder, readRecord } from "../../track/read/index.ts";
import { namedLeaves } from "./leaves.ts";

/** What can make two runs differ, in the order it is told. */
export const causeKinds = ["seed", "config", "data", "code", "environment"] as const;
export type CauseKind = (typeof causeKinds)[number];

/** What a run was made of, leaf by leaf, for each kind. */
export type RunFacts = Readonly<Record<CauseKind, ReadonlyMap<string, unknown>>>;

type Leaves = Readonly<Record<string, unknown>>;
const record = z.record(z.string(), z.unknown());

/** A file of the run's record; undefined where the run did not come that far. */
async function recorded(path: string): Promise<Leaves | undefined> {
  return existsSync(path) ? await readRecord(path, record) : undefined;
}

/** What the newest checkpoint says it was made with; a run without one says nothing. */
async function checkpointFacts({ paths }: RunFolder): Promise<Leaves> {
  const newest = (await listCheckpoints(paths.checkpoints)).at(-1);
  const manifest = newest && (await recorded(join(newest.dir, "manifest.json")));
  return record.safeParse(manifest?.facts).data ?? {};
}

/** Where a process listens is another each time, and says nothing of what it computes. */
const passing = new Set(["address", "rank"]);

async function environmentLeaves(path: string): Promise<ReadonlyMap<string, unknown>> {
  const ranks = existsSync(path) ? await readRecord(path, z.array(record)) : [];
  const lists = ranks.map((rank, at) =>
    [...namedLeaves(rank)]
      .filter(([leaf]) => !passing.has(leaf))
      .map(([leaf, value]) => [at === 0 ? leaf : `rank.${at}.${leaf}`, value] as const),
  );
  return new Map(lists.flat());
}

/** Leaves that have a value, in their order. */
function present(leaves: Leaves): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(leaves).filter(([, value]) => value !== undefined));
}

/**
 * Reads what a run was made of: its seed, the leaves of its configuration, digests of its data, its code, and what it
 * ran on. What a run that did not come so far has not written is not there.
 *
 * @throws TomoeError `RECORD_INVALID` for a file that is damaged; `IO_FAILED`, `PERMISSION`.
 */
export async function readFacts(run: RunFolder): Promise<RunFacts> {
  const resolved = await readRecord(run.paths.resolved, record);
  const { seed, ...config } = record.parse(resolved.config ?? {});
  const trainedOn = await recorded(join(run.dir, "trained-on.json"));
  const source = await recorded(join(run.dir, "source.json"));
  const { corpusFingerprint, preprocessDigest, tokenizerDigest, policyDigest, tomoe } =
    await checkpointFacts(run);
  return {
    seed: present({ seed: seed ?? run.state.seed }),
    config: new Map([...namedLeaves(config)].filter(([leaf]) => leaf !== "")),
    data: present({
      fingerprint: corpusFingerprint,
      volumes: trainedOn?.salt,
      preprocess: preprocessDigest,
      tokenizer: tokenizerDigest,
      patients: Array.isArray(trainedOn?.patients) ? trainedOn.patients.length : undefined,
    }),
    code: new Map([
      ...present({ tomoe, policy: policyDigest }),
      ...[...namedLeaves(source)].filter(([leaf]) => leaf !== "format"),
    ]),
    environment: new Map([
      ...(await environmentLeaves(run.paths.environment)),
      ...[...namedLeaves(await recorded(join(run.dir, "hardware.json")))]
        .filter(([leaf]) => leaf !== "format")
        .map(([leaf, value]) => [`hardware.${leaf}`, value] as const),
    ]),
  };
}

/** One thing in which two runs differ; null where a run does not have it. */
export interface Cause {
  readonly kind: CauseKind;
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** Every leaf in which two runs differ, and how many of each kind they share. */
export function causesBetween(
  a: RunFacts,
  b: RunFacts,
): { readonly causes: readonly Cause[]; readonly equal: Readonly<Record<CauseKind, number>> } {
  const causes: Cause[] = [];
  const equal = { seed: 0, config: 0, data: 0, code: 0, environment: 0 };
  for (const kind of causeKinds)
    for (const path of new Set([...a[kind].keys(), ...b[kind].keys()])) {
      const [mine, theirs] = [a[kind].get(path) ?? null, b[kind].get(path) ?? null];
      if (JSON.stringify(mine) === JSON.stringify(theirs)) equal[kind] += 1;
      else causes.push({ kind, path, a: mine, b: theirs });
    }
  return { causes, equal };
}
