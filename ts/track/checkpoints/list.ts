import { existsSync } from "node:fs";
import { join } from "node:path";
import { isTomoeError, type TomoeError } from "../../errors.ts";
import { namesIn } from "../../files/index.ts";
import type { CheckpointManifest } from "./manifest.ts";
import { commitName, verifyCheckpoint } from "./verify.ts";

/** A committed checkpoint as its name tells it; nothing of it has been read. */
export interface CheckpointRef {
  readonly name: string;
  readonly dir: string;
  readonly ordinal: number;
  readonly stage: string;
  readonly step: number;
}

/** A checkpoint whose every byte has been compared with its manifest. */
export interface VerifiedCheckpoint {
  readonly ref: CheckpointRef;
  readonly manifest: CheckpointManifest;
}

/** Name of a checkpoint's folder once it is committed: ordinal, stage, step. */
export const committedName = /^(\d{6,})-(.+)-(\d{8,})$/;

/** Committed checkpoints, oldest first; names alone are looked at. No folder: none. */
export async function listCheckpoints(folder: string): Promise<readonly CheckpointRef[]> {
  return (await namesIn(folder))
    .flatMap((name) => {
      const [, ordinal, stage, step] = committedName.exec(name) ?? [];
      if (ordinal === undefined || stage === undefined || step === undefined) return [];
      const dir = join(folder, name);
      return existsSync(join(dir, commitName))
        ? [{ name, dir, ordinal: Number(ordinal), stage, step: Number(step) }]
        : [];
    })
    .sort((a, b) => a.ordinal - b.ordinal);
}

export interface LatestOptions {
  /** Gets a loud line for each damaged checkpoint that is passed over. */
  readonly notice: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Called for each damaged checkpoint, before the next is tried. */
  readonly onDamaged?: (ref: CheckpointRef) => Promise<void>;
}

/**
 * The newest checkpoint whose every byte is right; a damaged one is named loudly and the one before it is
 * tried.
 *
 * @param folder - the run's `checkpoints/`.
 * @returns undefined when none was ever committed.
 * @throws TomoeError `CHECKPOINT_INVALID` of the newest when all are damaged; `CANCELLED`, `IO_FAILED`,
 * `PERMISSION`.
 */
export async function latestCheckpoint(
  folder: string,
  options: LatestOptions,
): Promise<VerifiedCheckpoint | undefined> {
  let newestDamage: TomoeError | undefined;
  for (const ref of (await listCheckpoints(folder)).toReversed()) {
    try {
      return { ref, manifest: await verifyCheckpoint(ref.dir, options.signal) };
    } catch (cause) {
      if (!isTomoeError(cause) || cause.code !== "CHECKPOINT_INVALID") throw cause;
      newestDamage ??= cause;
      options.notice(`CHECKPOINT DAMAGED, falling back to the one before it: ${cause.message}`);
      await options.onDamaged?.(ref);
    }
  }
  if (newestDamage !== undefined) throw newestDamage;
  return undefined;
}
