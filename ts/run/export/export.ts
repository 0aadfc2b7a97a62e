import { randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { TomoeError } from "../../errors.ts";
import {
  filesBelow,
  makeFolders,
  packageRoot,
  syncFile,
  syncFolder,
  writeFailure,
} from "../../files/index.ts";
import { openRun } from "../../track/read/index.ts";
import { oneJob } from "../../worker/index.ts";
import { baseRoots } from "../base/files.ts";
import { chooseCheckpoint } from "../predict/choose-checkpoint.ts";
import { readResolved } from "../read-run.ts";
import { planOf } from "../train/conductor-state.ts";
import { requireNewFolder } from "./new-folder.ts";

const fileSchema = z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() });
const reloadSchema = z.object({
  library: z.enum(["transformers", "peft"]),
  version: z.string(),
  maxAbsDifference: z.number().nonnegative(),
  parts: z.array(z.string()),
});

/** What `tomoe export` prints. */
export interface ExportDocument {
  readonly ok: true;
  readonly runId: string;
  readonly checkpoint: string;
  readonly out: string;
  /** Paths below `out`, in their order. */
  readonly files: readonly z.infer<typeof fileSchema>[];
  /** What a fresh process made of it: largest difference of a logit, and which parts of the 2D model it covers. */
  readonly reload: z.infer<typeof reloadSchema>;
}

export interface ExportOptions {
  /** Run id, the beginning of one, or "latest". */
  readonly run: string;
  readonly runsDir: string;
  /** Name of the checkpoint; the run's newest when absent. */
  readonly checkpoint?: string;
  /** Folder to be made, or one that is empty. */
  readonly out: string;
  /** Adapters become part of the weights beside which they stand. */
  readonly merge: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const timeoutMs = 2 * 60 * 60_000;

/**
 * Takes a run's checkpoint apart into folders that other tools read, and has them read back by the libraries they
 * were written for. The folder appears whole or not at all.
 *
 * @throws TomoeError `OUTPUT_EXISTS`, `OUTPUT_CREATE` for the folder; `RUN_NOT_FOUND`, `RECORD_INVALID`, those of
 * `chooseCheckpoint`; `CHECKPOINT_INCOMPATIBLE` for a run without a published base, `CHECKPOINT_MISSING` where
 * the base is gone; `ENVIRONMENT` without a Python; `DISK_FULL`, `PERMISSION`, `IO_FAILED`; `CANCELLED`.
 */
export async function exportRun(options: ExportOptions): Promise<ExportDocument> {
  const { env, signal, merge, say } = options;
  const out = resolve(options.out);
  await requireNewFolder(out);
  const folder = await openRun(options.runsDir, options.run);
  const resolved = await readResolved(folder.paths.resolved);
  const checkpoint = await chooseCheckpoint({ folder, name: options.checkpoint, signal });
  const run = {
    runId: folder.runId,
    checkpoint: checkpoint.ref.name,
    configDigest: checkpoint.manifest.facts.configDigest,
    plan: planOf({ checkpoint, resolved }),
  };
  const base = baseOf(baseRoots(resolved.config), folder.runId);
  // Beside its place, so that it gets its name in one step.
  const work = join(dirname(out), `.${basename(out)}-${randomBytes(6).toString("hex")}`);
  const places = { out: join(work, "out"), probe: join(work, "probe.safetensors") };
  try {
    await makeFolders(places.out);
    say(`writing ${run.checkpoint} of ${run.runId}`);
    const { files } = await oneJob({
      packageRoot: packageRoot(),
      module: "tomoe_worker.export",
      request: { ...places, checkpoint: checkpoint.ref.dir, base, merge, run },
      answer: z.object({ files: z.array(fileSchema) }),
      timeoutMs,
      env,
      signal,
    });
    say("reading it back");
    const reload = await oneJob({
      packageRoot: packageRoot(),
      module: "tomoe_worker.export.reload",
      request: places,
      answer: reloadSchema,
      timeoutMs,
      env,
      signal,
    });
    await take(places.out, out);
    return { ok: true, runId: run.runId, checkpoint: run.checkpoint, out, files, reload };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function baseOf(roots: ReturnType<typeof baseRoots>, runId: string): string {
  const root = roots.find(({ name }) => name === "base");
  if (root !== undefined) return root.path;
  throw new TomoeError(
    "CHECKPOINT_INCOMPATIBLE",
    `the base of run ${runId} was trained from scratch: there is no published model to give back`,
    { hint: "Export a run that lifts a folder of published weights.", details: { runId } },
  );
}

/** Gives the finished folder its name; one that is empty gives way. */
async function take(from: string, out: string): Promise<void> {
  for (const { path } of await filesBelow(from)) await syncFile(path.toString());
  try {
    await rename(from, out);
  } catch (cause) {
    throw writeFailure(cause, { action: "put the export in place", path: out });
  }
  await syncFolder(dirname(out));
}
