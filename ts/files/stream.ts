import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeFailure } from "./codes.ts";
import { syncFolder } from "./folders.ts";
import { type SpaceWaiter, written } from "./space.ts";

const chunkBytes = 1 << 18;

/** A file written piece by piece that is seen whole or not at all: until `commit` what was there before stands. */
export class StreamedFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #space: SpaceWaiter | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sizeBytes = 0;

  private constructor(path: string, temporary: string, handle: FileHandle, space: SpaceWaiter | undefined) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#space = space;
  }

  /**
   * Begins a file beside the one it replaces, for its owner alone.
   *
   * @throws TomoeError `PERMISSION`, `OUTPUT_CREATE`, `DISK_FULL`, `IO_FAILED`.
   */
  static async begin(path: string, space?: SpaceWaiter): Promise<StreamedFile> {
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
    const handle = await written({ action: `write ${basename(path)}`, path }, space, () =>
      open(temporary, "wx", 0o600),
    );
    return new StreamedFile(path, temporary, handle, space);
  }

  /** Text goes as UTF-8. @throws TomoeError as `begin`. */
  async write(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : Buffer.from(content);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= chunkBytes) await this.#flush();
  }

  /** Puts the file in its place, flushed; errors as `begin`, and then the old one stands. */
  async commit(): Promise<void> {
    try {
      await this.#flush();
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.path);
      await syncFolder(dirname(this.path));
    } catch (cause) {
      await this.abandon();
      throw writeFailure(cause, { action: `write ${basename(this.path)}`, path: this.path });
    }
  }

  /** Leaves what was there before; nothing of this file is kept. After `commit` it does nothing. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await unlink(this.#temporary).catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    const context = {
      action: `write ${basename(this.path)}`,
      path: this.path,
      neededBytes: bytes.length,
    };
    this.#waiting = [];
    this.#waitingBytes = 0;
    await written(context, this.#space, async () => {
      // A try that failed may have written a part: the next one begins where this one did.
      for (let at = 0; at < bytes.length; )
        at += (await this.#handle.write(bytes, at, bytes.length - at, this.#sizeBytes + at)).bytesWritten;
    });
    this.#sizeBytes += bytes.length;
  }
}
