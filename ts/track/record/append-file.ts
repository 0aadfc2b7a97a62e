import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { SpaceWaiter } from "../../files/index.ts";
import { writeFailure } from "../../files/index.ts";
import type { FileEnd } from "./frames.ts";

export interface AppendOptions {
  /** Called before each write; throws when this process may write no more. */
  readonly guard: () => Promise<void>;
  /** Gets one line for what the user should see: a torn tail cut back. */
  readonly notice: (line: string) => void;
  readonly space: SpaceWaiter;
}

/** A file that only grows, by whole writes that are on the disk when `append` resolves. */
export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #options: AppendOptions;
  #sizeBytes: number;

  private constructor(path: string, handle: FileHandle, options: AppendOptions, sizeBytes: number) {
    this.path = path;
    this.#handle = handle;
    this.#options = options;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Creates the file; it must not exist. */
  static async create(path: string, options: AppendOptions): Promise<AppendFile> {
    return new AppendFile(path, await open(path, "ax", 0o600), options, 0);
  }

  /** Opens the file (made when missing), cuts the torn tail off with a notice, and mends a lost newline. */
  static async reopen(path: string, end: FileEnd, options: AppendOptions): Promise<AppendFile> {
    const handle = await open(path, "a", 0o600);
    try {
      if (end.tornBytes > 0) {
        await handle.truncate(end.validBytes);
        options.notice(`cut ${end.tornBytes} bytes that were never acknowledged off the end of ${path}`);
      }
      if (end.lostNewline) await handle.writeFile("\n");
      if (end.tornBytes > 0 || end.lostNewline) await handle.sync();
    } catch (cause) {
      await handle.close();
      throw cause;
    }
    return new AppendFile(path, handle, options, end.validBytes + (end.lostNewline ? 1 : 0));
  }

  /**
   * Writes and flushes; all of `bytes` or, after a failure, none of them.
   *
   * @throws TomoeError `DISK_FULL` after waiting for space in vain, `IO_FAILED`, whatever the guard throws.
   */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#options.guard();
    if (bytes.byteLength === 0) return;
    const context = {
      action: `append to ${basename(this.path)}`,
      path: this.path,
      neededBytes: bytes.byteLength,
    };
    try {
      await this.#options.space.whenThereIsSpace(context, () => this.#write(bytes));
    } catch (cause) {
      throw writeFailure(cause, context);
    }
    this.#sizeBytes += bytes.byteLength;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(bytes);
      await this.#handle.datasync();
    } catch (cause) {
      // Part of it may be in the file, or all of it and not on the disk: the next try, or the next owner,
      // starts after the last whole write.
      await this.#handle.truncate(this.#sizeBytes).catch(() => undefined);
      throw cause;
    }
  }
}
