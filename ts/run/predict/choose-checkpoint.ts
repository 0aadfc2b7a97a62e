import { isTomoeError, quoting, TomoeError } from "../../errors.ts";
import {
  type CheckpointRef,
  listCheckpoints,
  type RunFolder,
  type VerifiedCheckpoint,
  verifyCheckpoint,
} from "../../track/read/index.ts";
import { bestPlace, checkpointAt } from "../validate/best.ts";

/**
 * The checkpoint that answers for a run: its newest, or the one of that name, "best" and "last" among them. Training may go back to an
 * older one and come to the same weights again;
 * an answer may not: it would be another model's than the one whose scorecard stands in the run.
 *
 * @throws TomoeError `CHECKPOINT_MISSING` when there is none, or a finished run lacks its final one;
 * `CHECKPOINT_INVALID` when its bytes are not those that were
 *   committed; `USAGE_INVALID` for an unknown name.
 */
export async function chooseCheckpoint({
  folder,
  name,
  signal,
}: {
  readonly folder: RunFolder;
  readonly name: string | undefined;
  readonly signal: AbortSignal;
}): Promise<VerifiedCheckpoint> {
  const { runId, state, paths } = folder;
  const refs = await listCheckpoints(paths.checkpoints);
  const names = refs.map((ref) => ref.name);
  const finished = state.status === "finished";
  const fix = finished ? "Train again" : `Resume with "${state.resume}"`;
  const ref = name === undefined ? refs.at(-1) : await named(folder, refs, name);
  if (ref === undefined && name !== undefined) {
    throw new TomoeError("USAGE_INVALID", `run ${runId} has no checkpoint "${name}"`, {
      hint: names.length === 0 ? `${fix}.` : `${nothingBest[name] ?? ""}It has ${names.join(", ")}.`,
      details: { runId, checkpoints: names },
    });
  }
  if (ref === undefined)
    throw new TomoeError("CHECKPOINT_MISSING", `run ${runId} has no checkpoint`, {
      hint: `${fix}.`,
      details: { runId, path: paths.checkpoints },
    });
  const others = names.filter((other) => other !== ref.name);
  const instead =
    others.length === 0
      ? `${fix}.`
      : `${fix}; an older model answers with --checkpoint ${others.at(-1) ?? ""}.`;
  try {
    const manifest = await verifyCheckpoint(ref.dir, signal);
    if (name !== undefined || manifest.final || !finished) return { ref, manifest };
  } catch (cause) {
    if (!isTomoeError(cause) || cause.code !== "CHECKPOINT_INVALID") throw cause;
    throw quoting(cause, cause.what, { hint: instead, details: { runId, checkpoints: names } });
  }
  throw new TomoeError(
    "CHECKPOINT_MISSING",
    `run ${runId} is finished, and its final checkpoint is gone from ${paths.checkpoints}`,
    {
      hint: `${fix}; an older model answers with --checkpoint ${ref.name}.`,
      details: { runId, path: paths.checkpoints, checkpoints: names },
    },
  );
}

/** Why a run may have none of that name, where it stands for a place. */
const nothingBest: { readonly [name: string]: string } = {
  best: "No validation of it is on record, or that checkpoint is gone. ",
};

/** The checkpoint of that name, or of the place that "best" and "last" stand for; undefined when there is none. */
async function named(
  { paths }: RunFolder,
  refs: readonly CheckpointRef[],
  name: string,
): Promise<CheckpointRef | undefined> {
  if (name === "last") return refs.at(-1);
  const best = name === "best" ? await bestPlace(paths.events) : undefined;
  return best === undefined ? refs.find((ref) => ref.name === name) : checkpointAt(refs, best);
}
