import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { namesIn, syncFile, syncFolder, writeFailure, writeWhole } from "../../files/index.ts";
import { readableJson } from "../record/json.ts";
import type { CheckpointFileEntry, CheckpointManifest, CheckpointParts, ReproFacts } from "./manifest.ts";
import { checkpointFormat, parseManifest } from "./manifest.ts";
import {
  checkpointInvalid,
  checkpointName,
  commitName,
  commitText,
  manifestName,
  readCommittedManifest,
  sha256Hex,
  verifyCheckpoint,
  verifyFile,
  verifyListing,
} from "./verify.ts";

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

/** What a checkpoint consists of besides the files the worker wrote into its folder. */
export interface CheckpointContent {
  /** Every file in the folder, as the worker listed them. */
  readonly files: readonly CheckpointFileEntry[];
  readonly parts: CheckpointParts;
  readonly facts: ReproFacts;
  /** True for the one the scorecard is made with. */
  readonly final: boolean;
}

/** A checkpoint being written: invisible until `commit`. */
export interface OpenCheckpoint {
  /** Empty folder for the worker's files. */
  readonly dir: string;
  /** Its path below `checkpoints/`, as the worker's root sees it. */
  readonly path: string;
  /**
   * Verifies the listed files against the bytes, flushes everything and makes the checkpoint visible, all or
   * nothing.
   *
   * @throws TomoeError `CHECKPOINT_INVALID`, `CHECKPOINT_PICKLE`, `WORKER_FENCED`, `LOCKED`, `DISK_FULL`,
   * `IO_FAILED`; the folder is then gone.
   */
  commit(content: CheckpointContent): Promise<VerifiedCheckpoint>;
  abort(): Promise<void>;
}

const temporaryPrefix = ".tmp-";
const damagedPrefix = ".damaged-";
const committedName = /^(\d{6,})-(.+)-(\d{8,})$/;
const pickles = /\.(pt|pth|bin|ckpt|pkl|pickle)$/i;
const allowed = /\.(safetensors|json)$/;

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

export interface StoreOptions {
  readonly folder: string;
  readonly runId: string;
  /** Throws when this attempt may write no more. */
  readonly guard: (attempt: number) => Promise<void>;
  readonly notice: (line: string) => void;
}

/** Writes the checkpoints of the run this process owns. */
export class CheckpointStore {
  readonly #options: StoreOptions;
  #lastOrdinal = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Removes what an interrupted attempt left: folders that were never committed. Each is named. */
  async sweep(): Promise<void> {
    const { folder, notice } = this.#options;
    const committed = new Set((await listCheckpoints(folder)).map(({ name }) => name));
    for (const name of await namesIn(folder)) {
      const unfinished =
        name.startsWith(temporaryPrefix) || (committedName.test(name) && !committed.has(name));
      if (!unfinished) continue;
      await this.#remove(join(folder, name));
      notice(`removed the unfinished checkpoint ${name}`);
    }
  }

  /**
   * Makes an empty folder for a checkpoint of `stage` after `step` steps.
   *
   * @throws TomoeError `WORKER_FENCED`, `LOCKED`, `OUTPUT_CREATE`, `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
   */
  async begin(stage: string, step: number, attempt: number): Promise<OpenCheckpoint> {
    const { folder, guard } = this.#options;
    await guard(attempt);
    const seen = (await namesIn(folder)).map((name) => Number(/(\d{6,})-.+-\d{8,}/.exec(name)?.[1] ?? 0));
    const ordinal = Math.max(this.#lastOrdinal, ...seen) + 1;
    this.#lastOrdinal = ordinal;
    const name = checkpointName({ ordinal, stage, step });
    const path = `${temporaryPrefix}${name}-${randomBytes(3).toString("hex")}`;
    const dir = join(folder, path);
    try {
      await mkdir(dir, { mode: 0o700 });
    } catch (cause) {
      throw writeFailure(cause, { action: "begin a checkpoint", path: dir });
    }
    const abort = (): Promise<void> => this.#remove(dir);
    return {
      dir,
      path,
      abort,
      commit: async (content) => {
        try {
          return await this.#commit(dir, { ordinal, stage, step, attempt }, content);
        } catch (cause) {
          await abort().catch(() => undefined);
          throw cause;
        }
      },
    };
  }

  /** As `latestCheckpoint`, and puts damaged ones aside (renamed, kept) so that they count no more. */
  async latest(signal?: AbortSignal): Promise<VerifiedCheckpoint | undefined> {
    const { folder, notice } = this.#options;
    return latestCheckpoint(folder, {
      notice,
      ...(signal === undefined ? {} : { signal }),
      onDamaged: async (ref) => {
        await this.#move(ref.dir, join(folder, damagedPrefix + ref.name));
      },
    });
  }

  /** Removes all but the newest `keepLast` and those marked final; returns the names that are gone. */
  async retain(keepLast: number, attempt: number): Promise<readonly string[]> {
    if (!Number.isSafeInteger(keepLast) || keepLast < 1) {
      throw new TomoeError("INTERNAL", `cannot keep the last ${keepLast} checkpoints`, {
        hint: "Report this: at least one is always kept.",
      });
    }
    const { folder, guard } = this.#options;
    await guard(attempt);
    const gone: string[] = [];
    for (const ref of (await listCheckpoints(folder)).slice(0, -keepLast)) {
      if (await this.#mustStay(ref)) continue;
      // Renamed first: a kill in the middle of the removal leaves nothing that looks like a checkpoint.
      const doomed = join(folder, `${temporaryPrefix}removed-${ref.name}`);
      await this.#move(ref.dir, doomed);
      await this.#remove(doomed);
      gone.push(ref.name);
    }
    return gone;
  }

  async #mustStay(ref: CheckpointRef): Promise<boolean> {
    try {
      return (await readCommittedManifest(ref.dir)).final;
    } catch (cause) {
      if (!isTomoeError(cause) || cause.code !== "CHECKPOINT_INVALID") throw cause;
      this.#options.notice(`CHECKPOINT DAMAGED, kept as it is: ${cause.message}`);
      return true;
    }
  }

  async #commit(
    dir: string,
    place: { ordinal: number; stage: string; step: number; attempt: number },
    content: CheckpointContent,
  ): Promise<VerifiedCheckpoint> {
    const { folder, runId, guard } = this.#options;
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
    const manifest = parseManifest(join(dir, manifestName), {
      format: checkpointFormat,
      runId,
      ...place,
      final,
      createdAt: new Date().toISOString(),
      files,
      parts,
      facts,
    });
    const text = readableJson(manifest, "the checkpoint manifest");
    await writeWhole(join(dir, manifestName), text);
    await guard(place.attempt);
    const name = checkpointName(place);
    const target = join(folder, name);
    await this.#move(dir, target);
    try {
      await writeWhole(join(target, commitName), commitText(sha256Hex(Buffer.from(text, "utf8"))));
    } catch (cause) {
      await this.#remove(target).catch(() => undefined);
      throw cause;
    }
    return {
      ref: { name, dir: target, ordinal: place.ordinal, stage: place.stage, step: place.step },
      manifest,
    };
  }

  async #move(from: string, to: string): Promise<void> {
    try {
      await rename(from, to);
    } catch (cause) {
      throw writeFailure(cause, { action: "rename the checkpoint", path: from });
    }
    await syncFolder(this.#options.folder);
  }

  async #remove(dir: string): Promise<void> {
    try {
      await rm(dir, { recursive: true, force: true });
    } catch (cause) {
      throw writeFailure(cause, { action: "remove the checkpoint", path: dir });
    }
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
