import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TomoeError } from "../../errors.ts";
import { syncFile, syncFolder, writeFailure, writeWhole } from "../../files/index.ts";
import { recordInvalid } from "../record/invalid.ts";
import { readableJson } from "../record/json.ts";
import type { VerifiedCheckpoint } from "./list.ts";
import type { CheckpointFileEntry, CheckpointParts, ReproFacts } from "./manifest.ts";
import { checkManifest, checkpointFormat } from "./manifest.ts";
import {
  checkpointInvalid,
  checkpointName,
  commitName,
  commitText,
  manifestName,
  sha256Hex,
  verifyFile,
  verifyListing,
} from "./verify.ts";

/** What a checkpoint consists of besides the files the worker wrote into its folder. */
export interface CheckpointContent {
  /** Every file in the folder, as the worker listed them. */
  readonly files: readonly CheckpointFileEntry[];
  readonly parts: CheckpointParts;
  readonly facts: ReproFacts;
  /** True for the one the scorecard is made with. */
  readonly final: boolean;
}

/** Where a checkpoint stands in its run. */
export interface CheckpointPlace {
  readonly ordinal: number;
  readonly stage: string;
  readonly step: number;
  readonly attempt: number;
}

export interface CommitOptions {
  /** The run's `checkpoints/`. */
  readonly folder: string;
  readonly runId: string;
  /** Throws when this attempt may write no more; asked at the beginning and before the checkpoint is visible. */
  readonly guard: (attempt: number) => Promise<void>;
}

const pickles = /\.(pt|pth|bin|ckpt|pkl|pickle)$/i;
const allowed = /\.(safetensors|json)$/;

/**
 * Makes the files that a worker wrote into `dir` a checkpoint: verified, flushed, with their manifest, under their
 * final name, and last of all with the COMMIT that makes them one.
 *
 * @throws TomoeError `CHECKPOINT_INVALID`, `CHECKPOINT_PICKLE`, `WORKER_FENCED`, `LOCKED`, `DISK_FULL`,
 * `PERMISSION`, `IO_FAILED`; nothing is then visible.
 */
export async function commitCheckpoint(
  dir: string,
  place: CheckpointPlace,
  content: CheckpointContent,
  { folder, runId, guard }: CommitOptions,
): Promise<VerifiedCheckpoint> {
  await guard(place.attempt);
  for (const { name } of content.files) assertFormat(dir, name);
  await verifyListing(
    dir,
    content.files.map(({ name }) => name),
  );
  for (const file of content.files) {
    await verifyFile(dir, file);
    await syncFile(join(dir, file.name));
  }
  const { files, parts, facts, final } = content;
  const manifest = checkManifest(
    join(dir, manifestName),
    {
      format: checkpointFormat,
      runId,
      ...place,
      final,
      createdAt: new Date().toISOString(),
      files,
      parts,
      facts,
    },
    recordInvalid,
  );
  const text = readableJson(manifest, "the checkpoint manifest");
  await writeWhole(join(dir, manifestName), text);
  await guard(place.attempt);
  const name = checkpointName(place);
  const target = join(folder, name);
  await moveFolder(dir, target);
  try {
    await writeWhole(join(target, commitName), commitText(sha256Hex(Buffer.from(text, "utf8"))));
  } catch (cause) {
    await removeFolder(target).catch(() => undefined);
    throw cause;
  }
  return {
    ref: { name, dir: target, ordinal: place.ordinal, stage: place.stage, step: place.step },
    manifest,
  };
}

/** Renames a checkpoint's folder beside its siblings, and flushes that. */
export async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    throw writeFailure(cause, { action: "rename the checkpoint", path: from });
  }
  await syncFolder(dirname(to));
}

/** Removes a checkpoint's folder with all that is in it. */
export async function removeFolder(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
  } catch (cause) {
    throw writeFailure(cause, { action: "remove the checkpoint", path: dir });
  }
}

function assertFormat(dir: string, name: string): void {
  if (pickles.test(name)) {
    throw new TomoeError(
      "CHECKPOINT_PICKLE",
      `${join(dir, name)} may hold a pickle, which runs code when it is loaded`,
      {
        hint: "Write tensors as .safetensors and the rest as .json.",
        details: { path: dir, file: name },
      },
    );
  }
  if (!allowed.test(name))
    throw checkpointInvalid(dir, name, "a checkpoint holds .safetensors and .json files alone");
  if (name === manifestName) throw checkpointInvalid(dir, name, "that name is kept for the manifest");
}
