import { resolve } from "node:path";
import { defined } from "../../defined.ts";
import type { SpaceWaiter } from "../../files/index.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import type { TaskId } from "../../schema/task.ts";
import { type ReadyRun, readyRun } from "../predict/ready-run.ts";
import { type CacheChoice, type CacheUse, useOf } from "../prepare/cache-use.ts";
import { sourceOf } from "../prepare/sources.ts";
import type { OnProgress } from "../progress.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "../workers.ts";
import type { Take } from "./ask/extract.ts";
import { LazyPool } from "./ask/lazy-pool.ts";
import { guardAgainstLeaks, type LeakVerdict } from "./leak.ts";
import { type EvalMaterial, openMaterial } from "./material.ts";
import type { GatedNumber, JudgedGate } from "./record/document.ts";
import { createEval, type EvalFolder, type EvalRequest, openEval, stagesDir } from "./record/folder.ts";
import { type StageName, type StageWorld, stageNames } from "./record/stages.ts";
import { type EvalSource, resolvedFor, sourceRun, tasksFor } from "./request.ts";

export interface EvalOptions {
  readonly source: EvalSource | { readonly resume: string };
  readonly runsDir: string;
  readonly evalsDir: string;
  /** A data set's folder in place of the run's own data. */
  readonly data?: string;
  /** The run's newest checkpoint when absent. */
  readonly checkpoint?: string;
  /** Tasks to evaluate; all that the run scores when empty. */
  readonly tasks: readonly TaskId[];
  /** This stage and those after it are done anew. */
  readonly from?: StageName;
  /** Why test cases that the run was trained on are evaluated all the same. */
  readonly allowLeak?: string;
  readonly gates: readonly string[];
  /** What exports call the model, as "developer/model"; "local/" and the run's id when absent. */
  readonly model?: string;
  /** Judges gates over numbers; the command line has their syntax. */
  readonly judge: (gates: readonly string[], numbers: readonly GatedNumber[]) => readonly JudgedGate[];
  readonly device: DeviceChoice;
  readonly take: Take;
  readonly workers?: WorkerSource;
  /** A policy of the user's own, when the run was trained with one. */
  readonly policy?: RouterPolicy;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** The cache of prepared volumes: its folder, null for none; `TOMOE_CACHE` or the project's own when absent. */
  readonly cache?: CacheChoice;
}

/** An evaluation under way. */
export interface EvalJob {
  readonly options: EvalOptions;
  readonly folder: EvalFolder;
  readonly ready: ReadyRun;
  readonly tasks: readonly TaskId[];
  readonly world: StageWorld;
  readonly material: EvalMaterial;
  readonly leak: LeakVerdict;
  readonly pool: LazyPool;
  /** The cache of the project; null where nothing is kept in it. */
  readonly use: CacheUse | null;
}

/**
 * Begins a new evaluation, or opens the one that is gone on with; nothing is written before the run and what is asked of it
 * are found.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `USAGE_INVALID`, `CHECKPOINT_*`, `CONFIG_*`.
 */
export async function begin(options: EvalOptions, space: SpaceWaiter): Promise<EvalFolder> {
  const { source, runsDir, evalsDir, data, checkpoint, tasks, allowLeak, gates, device, signal } = options;
  if ("resume" in source) return await openEval(evalsDir, source.resume);
  const { workers = thisMachine } = options;
  const { run, recipe } = await sourceRun({ source, runsDir, device, signal, workers });
  const ready = await readyRun({ run, runsDir, signal, ...defined({ checkpoint, policy: options.policy }) });
  const request: EvalRequest = {
    run,
    runsDir,
    checkpoint: ready.checkpoint.ref.name,
    data: data ?? null,
    tasks: [...tasks],
    allowLeak: allowLeak ?? null,
    device,
    gates: [...gates],
    model: options.model ?? null,
    recipe,
  };
  tasksFor(resolvedFor(ready.resolved, request), tasks);
  return await createEval(evalsDir, ready.resolved.config.name, request, space);
}

function worldOf({ evalsDir, from, onProgress }: EvalOptions, space: SpaceWaiter): StageWorld {
  return {
    root: stagesDir(evalsDir),
    fresh: new Set(from === undefined ? [] : stageNames.slice(stageNames.indexOf(from))),
    space,
    notice: (text) => onProgress({ kind: "notice", text }),
  };
}

/**
 * Opens everything that an evaluation works with, and holds the test cases against what the run was trained on.
 *
 * @throws TomoeError as `readyRun`, `openMaterial` and `guardAgainstLeaks`.
 */
export async function openJob(
  options: EvalOptions,
  folder: EvalFolder,
  space: SpaceWaiter,
): Promise<EvalJob> {
  const { signal, onProgress, workers = thisMachine } = options;
  const { request } = folder.record;
  const { run, runsDir, checkpoint, data, allowLeak, device } = request;
  const opened = await readyRun({ run, runsDir, checkpoint, signal, ...defined({ policy: options.policy }) });
  const resolved = resolvedFor(opened.resolved, request);
  const ready = { ...opened, resolved };
  const tasks = tasksFor(resolved, request.tasks);
  const world = worldOf(options, space);
  const { hasTemplates, keepsRows } = sourceOf(resolved.config.data);
  const use = await useOf({
    cache: options.cache,
    keepsRows: keepsRows || data !== null,
    kind: "eval",
    of: resolve(folder.dir),
    space,
    signal,
    notice: world.notice,
  });
  const { material, leak } = await checked(use, async () => {
    const making = { root: world.root, use, space, signal, onProgress };
    // What ended the evaluation may have been a row that is whole no more.
    const isDoubted = "resume" in options.source;
    const opened = await openMaterial({ ...making, resolved, data, tasks, isDoubted });
    const of = { runDir: ready.folder.dir, hasTemplates, reason: allowLeak };
    return { material: opened, leak: await guardAgainstLeaks(of, opened) };
  });
  const pool = new LazyPool({
    ready,
    cacheDir: material.cacheDir,
    rowsDir: material.rowsDir,
    logDir: folder.dir,
    device,
    workers,
    signal,
  });
  return { options, folder, ready, tasks, world, material, leak, pool, use };
}

/** Does what may be refused, and then lets go of the cache. */
async function checked<T>(use: CacheUse | null, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await use?.release().catch(() => undefined);
    throw error;
  }
}
