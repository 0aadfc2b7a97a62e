import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { bug, isTomoeError } from "../../errors.ts";
import { makeNewFolder, namesIn } from "../../files/index.ts";
import type { CheckpointContent, CommitOptions } from "./commit.ts";
import { commitCheckpoint, moveFolder, removeFolder } from "./commit.ts";
import type { CheckpointRef, VerifiedCheckpoint } from "./list.ts";
import { committedName, latestCheckpoint, listCheckpoints } from "./list.ts";
import { checkpointName, readCommittedManifest } from "./verify.ts";

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

/** Finds a checkpoint that stays beside the newest; undefined for none. */
export type AlsoKept = (refs: readonly CheckpointRef[]) => CheckpointRef | undefined;

const temporaryPrefix = ".tmp-";
const damagedPrefix = ".damaged-";

export interface StoreOptions extends CommitOptions {
  /** Gets a line for each thing the user should see. */
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
      await removeFolder(join(folder, name));
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
    await makeNewFolder(dir);
    const abort = (): Promise<void> => removeFolder(dir);
    return {
      dir,
      path,
      abort,
      commit: async (content) => {
        try {
          return await commitCheckpoint(dir, { ordinal, stage, step, attempt }, content, this.#options);
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
        await moveFolder(ref.dir, join(folder, damagedPrefix + ref.name));
      },
    });
  }

  /** Removes all but the newest `keepLast`, the one of `alsoOf` and those marked final; returns the names that are gone. */
  async retain(keepLast: number, attempt: number, alsoOf?: AlsoKept): Promise<readonly string[]> {
    if (!Number.isSafeInteger(keepLast) || keepLast < 1) {
      throw bug(`cannot keep the last ${keepLast} checkpoints: at least one is always kept`);
    }
    const { folder, guard } = this.#options;
    await guard(attempt);
    const gone: string[] = [];
    const refs = await listCheckpoints(folder);
    const also = alsoOf?.(refs);
    for (const ref of refs.slice(0, -keepLast)) {
      if (ref === also || (await this.#mustStay(ref))) continue;
      // Renamed first: a kill in the middle of the removal leaves nothing that looks like a checkpoint.
      const doomed = join(folder, `${temporaryPrefix}removed-${ref.name}`);
      await moveFolder(ref.dir, doomed);
      await removeFolder(doomed);
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
}
