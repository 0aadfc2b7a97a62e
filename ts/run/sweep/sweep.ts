import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { ResolvedExperiment, Sweep } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { modelSampler, requireSampler } from "../../sampler/index.ts";
import { digestJson } from "../../schema/digest.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import type { SweepHeader } from "../../schema/sweep/records.ts";
import { type Sampler, samplerOf, sweepState } from "../../sweep/index.ts";
import { claimSweep, createSweep, type LedgerOptions, type SweepLedger } from "../../track/index.ts";
import { openSweep, sweepOwner } from "../../track/read/index.ts";
import type { CacheChoice } from "../prepare/cache-use.ts";
import type { OnProgress } from "../progress.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "../workers.ts";
import { checkSweep } from "./check.ts";
import { conductSweep } from "./conduct.ts";
import { experimentIn, type SweepJob, stateOf } from "./job.ts";
import { memoryNotice, sharedMemory } from "./memory.ts";
import { type SweepDocument, sweepDocument } from "./record/document.ts";
import { type Share, shareOf } from "./share.ts";

/** How a sweep is worked on. */
export interface SweepOptions {
  readonly sweepsDir: string;
  /** Trials at once. */
  readonly parallel: number;
  /** Aborted: the runs at work stop cleanly, and all stays resumable. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Where worker processes come from; this machine when absent. */
  readonly workers?: WorkerSource;
  /** Processors that trials at once share; those of this process when absent. */
  readonly processors?: number;
  /** Bytes of memory that trials at once share; what is free when absent, unless a GPU computes. */
  readonly memoryBytes?: number;
  /** The cache of prepared volumes: its folder, null for none; `TOMOE_CACHE` or the project's own when absent. */
  readonly cache?: CacheChoice;
}

export interface NewSweepOptions extends SweepOptions {
  readonly sweep: Sweep;
  /** `path=value` overrides that hold for every trial. */
  readonly set: readonly string[];
  readonly runsDir: string;
  readonly device: DeviceChoice;
}

export interface ResumeSweepOptions extends SweepOptions {
  /** A sweep's id, the beginning of one, its name, or "latest". */
  readonly reference: string;
  /** The sweep that it must be; needed where its experiment has a router policy of the user's own. */
  readonly sweep?: Sweep;
  readonly set?: readonly string[];
  /** In place of what it began with. */
  readonly device?: DeviceChoice;
}

/** What makes two sweeps the same: the plan, the experiment as it was written, the overrides of all trials. */
function recipeDigest({ plan, input, set }: Pick<SweepHeader, "plan" | "input" | "set">): string {
  return digestJson({ plan, input, set }, "the sweep");
}

const plain = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

function headerOf({ sweep, set, runsDir, device }: NewSweepOptions) {
  const plan = plain(sweep.plan) as unknown as SweepHeader["plan"];
  const input = plain(sweep.experiment.input);
  return {
    plan,
    input,
    set: [...set],
    digest: recipeDigest({ plan, input, set: [...set] }),
    ownPolicy: sweep.experiment.policy !== undefined,
    runsDir: resolve(runsDir),
    device,
  };
}

const ledgerOptions = ({ onProgress, signal }: SweepOptions): LedgerOptions => ({
  notice: (text) => {
    onProgress({ kind: "notice", text });
  },
  space: { timeoutMs: 300_000, pollMs: 1000, signal },
});

/** The command that goes on with a sweep; it names the folder where that is not the default one. */
export function resumeCommand(sweepsDir: string, sweepId: string): string {
  const folder = resolve(sweepsDir);
  const isPlain = /^[\w./-]+$/.test(folder);
  const elsewhere =
    folder === resolve("sweeps")
      ? ""
      : ` --sweeps ${isPlain ? folder : `'${folder.replaceAll("'", `'\\''`)}'`}`;
  return `tomoe sweep resume ${sweepId}${elsewhere}`;
}

/**
 * Carries out a sweep from its first trial until its budget is spent.
 *
 * @throws TomoeError as `checkSweep`, `requireSampler`, `modelSampler` before anything is written; `OUTPUT_CREATE`, `PERMISSION`, `DISK_FULL`; then as
 * `conductSweep`.
 */
export async function runSweep(options: NewSweepOptions): Promise<SweepDocument> {
  const { sweep, set, runsDir, device, signal, workers = thisMachine } = options;
  const { experiment, plan } = sweep;
  const resolved = await checkSweep(plan, { experiment, set, runsDir, device, signal, workers });
  await workers.require(signal);
  const { threads } = shared(resolved, plan, options);
  await tellMemory(resolved, options);
  const sampler = await samplerFor(plan, options);
  const header = { ...headerOf(options), ...defined({ threads }) };
  const ledger = createSweep(options.sweepsDir, header, ledgerOptions(options));
  return await workOn(ledger, options, { experiment, device, workers, sampler });
}

/**
 * Goes on with a sweep that was stopped or killed: with the trials that were at work where they stopped, then with
 * those that an uninterrupted sweep would have begun. One whose budget is spent is told as it is.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `LOCKED`, `RECORD_INVALID`; `CONFIG_INVALID` where it is another sweep than the
 * one given; else as `conductSweep`.
 */
export async function resumeSweep(options: ResumeSweepOptions): Promise<SweepDocument> {
  const { signal, workers = thisMachine, sweep } = options;
  const { records, ...folder } = await openSweep(options.sweepsDir, options.reference);
  const policy = sweep?.experiment.policy;
  const header = requireWhole(sweepState(records)?.header, folder.dir, policy);
  requireSame(header, options);
  await workers.require(signal);
  const sampler = await samplerFor(header.plan, options);
  const ledger = claimSweep(folder, ledgerOptions(options));
  const { device = header.device } = options;
  const experiment = experimentIn(header, policy);
  return await workOn(ledger, options, { experiment, device, workers, sampler });
}

/** How trials at once share the processors; told where it changes something. */
function shared(
  resolved: ResolvedExperiment,
  { space }: SweepHeader["plan"],
  { parallel, processors = availableParallelism(), onProgress }: SweepOptions,
): Share {
  const isSearched = Object.hasOwn(space, "execution.threads");
  const share = shareOf(resolved, { parallel, processors, isSearched });
  if (share.notice !== undefined) onProgress({ kind: "notice", text: share.notice });
  return share;
}

async function tellMemory(
  resolved: ResolvedExperiment,
  { parallel, device, memoryBytes, onProgress }: NewSweepOptions,
): Promise<void> {
  if (parallel === 1) return;
  const free = memoryBytes ?? (await sharedMemory(device));
  const text = free === undefined ? undefined : memoryNotice(resolved, { parallel, free });
  if (text !== undefined) onProgress({ kind: "notice", text });
}

/** What proposes; of a model its process, before anything is written: it may have to be set up first. */
async function samplerFor(
  plan: SweepHeader["plan"],
  { signal, onProgress }: Pick<SweepOptions, "signal" | "onProgress">,
): Promise<Sampler> {
  const own = samplerOf(plan);
  if (own !== undefined) return own;
  const notice = (text: string): void => onProgress({ kind: "notice", text });
  return await modelSampler(plan, await requireSampler({ signal, notice }));
}

async function workOn(
  opened: Promise<SweepLedger>,
  { sweepsDir, parallel, signal, onProgress, cache }: SweepOptions,
  own: Pick<SweepJob, "experiment" | "device" | "workers" | "sampler">,
): Promise<SweepDocument> {
  let ledger: SweepLedger | undefined;
  try {
    ledger = await opened;
    const { sweepId, dir } = ledger;
    onProgress({ kind: "notice", text: `sweep ${sweepId} in ${dir}` });
    const { header } = stateOf({ ledger });
    const job = { ...own, ledger, header, runsDir: header.runsDir, parallel, signal, onProgress, cache };
    return await conductSweep(job, resumeCommand(sweepsDir, sweepId));
  } finally {
    // A disk that ended the sweep may refuse this too; a lock that stays is stale with this process.
    await ledger?.close().catch(() => undefined);
    await own.sampler.close();
  }
}

/**
 * The header of a ledger, which its own digest must fit.
 *
 * @param policy - the user's own, where the sweep has one.
 * @throws TomoeError `RECORD_INVALID`; `CONFIG_INVALID` for a policy of the user's own that is not given.
 */
export function requireWhole(
  header: SweepHeader | undefined,
  dir: string,
  policy: RouterPolicy | undefined,
): SweepHeader {
  if (header === undefined) throw notASweep(dir);
  const { sweepId, ownPolicy } = header;
  if (recipeDigest(header) !== header.digest)
    throw new TomoeError(
      "RECORD_INVALID",
      `the header of sweep ${sweepId} does not have the digest it states`,
      { hint: "Its ledger was edited; restore it from a copy, or start a new sweep.", details: { sweepId } },
    );
  if (ownPolicy && policy === undefined)
    throw new TomoeError(
      "CONFIG_INVALID",
      `sweep ${sweepId} has a router policy of your own, which its ledger cannot hold`,
      {
        hint: `Go on with it in its script: await sweep(mySweep, { resume: "${sweepId}" }).`,
        details: { sweepId },
      },
    );
  return header;
}

function requireSame(header: SweepHeader, { sweep, set = [] }: ResumeSweepOptions): void {
  if (sweep === undefined) return;
  const { sweepId } = header;
  const plan = plain(sweep.plan) as unknown as SweepHeader["plan"];
  const given = recipeDigest({ plan, input: plain(sweep.experiment.input), set: [...set] });
  if (given === header.digest) return;
  throw new TomoeError("CONFIG_INVALID", `${sweepId} is another sweep than the one that was given`, {
    hint: "Its space, its experiment or an override is not the same: go on with it by its name alone, or start a new one.",
    details: { sweepId, recorded: header.digest, given },
  });
}

function notASweep(dir: string): TomoeError {
  return new TomoeError("RECORD_INVALID", `${dir} holds no ledger of a sweep`, {
    hint: "Restore it from a copy, or start a new sweep.",
    details: { path: dir },
  });
}

/**
 * A sweep as its ledger tells it; nothing of it is changed.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `RECORD_INVALID`.
 */
export async function sweepStatus(sweepsDir: string, reference: string): Promise<SweepDocument> {
  const folder = await openSweep(sweepsDir, reference);
  const state = sweepState(folder.records);
  if (state === undefined) throw notASweep(folder.dir);
  return sweepDocument(state, folder.dir, sweepOwner(folder) !== undefined);
}
