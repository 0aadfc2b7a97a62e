import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { errnoOf } from "../../files/index.ts";
import type { CheckpointRef } from "../checkpoints/list.ts";
import { listCheckpoints } from "../checkpoints/list.ts";
import { readRecord } from "../record/json.ts";
import { type LastMetric, SeriesReader } from "../series/read-series.ts";
import { bytesBelow, countCheckpoints, currentDisk } from "./disk.ts";
import { findRunId, notFound, runNames } from "./find-run.ts";
import { creatingPrefix, runPaths, statePath } from "./layout.ts";
import { livingOwner } from "./lock-holder.ts";
import type { RunState, RunStatus } from "./state.ts";
import { parseState } from "./state.ts";

/** One line of the list of runs. A folder that cannot be read is listed as broken, with the reason. */
export interface RunSummary {
  readonly runId: string;
  readonly dir: string;
  readonly status: RunStatus | "broken";
  /** Why it is broken, failed or was interrupted; null when there is nothing to say. */
  readonly reason: string | null;
  readonly experimentName: string | null;
  readonly seed: number | null;
  readonly createdAt: string | null;
  readonly endedAt: string | null;
  readonly attempt: number | null;
  /** Names and values that whoever began it gave it. */
  readonly tags: Readonly<Record<string, string>>;
  /** Committed checkpoints. */
  readonly checkpoints: number;
  /** What its files hold on the disk. */
  readonly bytes: number;
  /** The process that works on it now. */
  readonly owner: string | null;
  /** The command that resumes it; null when there is nothing to resume. */
  readonly resume: string | null;
}

interface Listed extends RunSummary {
  readonly ordinal: number;
}

/**
 * All runs of a folder, oldest first. Order comes from the count each run got when it was made, so a clock
 * set back changes nothing.
 *
 * @throws TomoeError `IO_FAILED`, `PERMISSION` when the folder itself cannot be read.
 */
export function listRuns(runsDir: string): readonly RunSummary[] {
  return inOrder(runsDir).map(({ ordinal: _ordinal, ...summary }) => summary);
}

/** Count for the next run of a folder: one more than the highest there. */
export function nextOrdinal(runsDir: string): number {
  return Math.max(0, ...inOrder(runsDir).map(({ ordinal }) => ordinal)) + 1;
}

/**
 * The newest finished run that has a checkpoint.
 *
 * @throws TomoeError `RUN_NOT_FOUND` when there is none, saying what there is instead.
 */
export function latestFinishedRun(runsDir: string): string {
  const runs = inOrder(runsDir);
  const found = runs.findLast(({ status, checkpoints }) => status === "finished" && checkpoints > 0);
  if (found !== undefined) return found.runId;
  const newest = runs.at(-1);
  if (newest === undefined) throw notFound(runsDir, "latest", []);
  throw new TomoeError(
    "RUN_NOT_FOUND",
    `no run in ${runsDir} is finished and has a checkpoint; the newest, ${newest.runId}, is ${newest.status}`,
    {
      hint:
        newest.resume === null
          ? 'Make one with "tomoe run RECIPE.ts", or name a run by its id.'
          : `Resume it: "${newest.resume}"; or name a run by its id.`,
      details: { runsDir, newest: newest.runId, status: newest.status },
    },
  );
}

/**
 * Everything `tomoe runs show` tells. Parts that cannot be read are named in `problems`, never left out in
 * silence.
 */
export interface RunDescription {
  readonly summary: RunSummary;
  readonly checkpoints: readonly Omit<CheckpointRef, "dir">[];
  readonly metrics: readonly LastMetric[];
  /** Content of `scorecard.json`; null when there is none yet. */
  readonly scorecard: unknown;
  readonly problems: readonly string[];
}

/**
 * Describes one run, also a broken one.
 *
 * @param reference - as `openRun`.
 * @throws TomoeError `RUN_NOT_FOUND` with "did you mean".
 */
export async function describeRun(runsDir: string, reference: string): Promise<RunDescription> {
  const runId = reference === "latest" ? latestFinishedRun(runsDir) : findRunId(runsDir, reference);
  const { ordinal: _ordinal, ...summary } = summarize(runsDir, runId);
  const paths = runPaths(summary.dir);
  const problems: string[] = [];
  const attempt = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read();
    } catch (cause) {
      if (!isTomoeError(cause)) throw cause;
      problems.push(cause.message);
      return otherwise;
    }
  };
  const metrics = await attempt(async () => (await SeriesReader.open(paths.metrics)).last(), []);
  const checkpoints = await attempt(() => listCheckpoints(paths.checkpoints), []);
  const scorecard = existsSync(paths.scorecard)
    ? await attempt(() => readRecord(paths.scorecard, z.json()), null)
    : null;
  return {
    summary,
    metrics,
    checkpoints: checkpoints.map(({ dir: _dir, ...ref }) => ref),
    scorecard,
    problems,
  };
}

function inOrder(runsDir: string): readonly Listed[] {
  return runNames(runsDir)
    .map((name) => summarize(runsDir, name))
    .sort((a, b) => a.ordinal - b.ordinal || (a.runId < b.runId ? -1 : 1));
}

// Synchronous reads: a list of thousands of small files is several times faster than with promises.
function summarize(runsDir: string, name: string): Listed {
  const dir = join(runsDir, name);
  const broken = (reason: string): Listed => ({
    runId: name,
    dir,
    status: "broken",
    reason,
    experimentName: null,
    seed: null,
    createdAt: null,
    endedAt: null,
    attempt: null,
    tags: {},
    checkpoints: countCheckpoints(dir),
    bytes: bytesBelow(dir),
    owner: null,
    resume: null,
    ordinal: 0,
  });
  if (name.startsWith(creatingPrefix))
    return broken("it was interrupted while the folder was made; it holds no results and can be deleted");
  const path = statePath(dir);
  let state: RunState;
  try {
    state = parseState(path, JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    return broken(reasonOf(cause));
  }
  const owner = livingOwner(dir);
  const hasEnded = state.status !== "created" && state.status !== "running";
  const abandoned = !hasEnded && owner === undefined;
  return {
    runId: name,
    dir,
    status: abandoned ? "interrupted" : state.status,
    reason: abandoned ? "its process is gone" : (state.error?.message ?? null),
    experimentName: state.experimentName,
    seed: state.seed,
    createdAt: state.createdAt,
    endedAt: state.endedAt ?? null,
    attempt: state.attempt,
    tags: state.tags ?? {},
    ...currentDisk(dir, hasEnded ? state.disk : undefined),
    owner: owner ?? null,
    resume: state.status === "finished" || owner !== undefined ? null : state.resume,
    ordinal: state.ordinal,
  };
}

function reasonOf(cause: unknown): string {
  if (isTomoeError(cause)) return cause.message;
  const errno = errnoOf(cause);
  return errno === "ENOENT"
    ? "state.json is missing"
    : errno === undefined
      ? "state.json is not JSON"
      : `state.json cannot be read: ${errno}`;
}
