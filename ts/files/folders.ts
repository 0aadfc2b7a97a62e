import { mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, isMissing, readFailure, writeFailure } from "./codes.ts";
import { type SpaceWaiter, written } from "./space.ts";

const slash = Buffer.from("/");

export interface FolderOptions {
  /** Permission bits before the umask; 0700 when absent. */
  readonly mode?: number;
  /** What the user names another place with, as in `IoContext`. */
  readonly setBy?: string | undefined;
  /** Waits where the disk is full; without one a full disk is a failure at once. */
  readonly space?: SpaceWaiter | undefined;
}

/**
 * Makes a folder and what is missing above it; one that is there is left as it is.
 *
 * @throws TomoeError `PERMISSION`, `OUTPUT_CREATE` where a file stands in its place, `DISK_FULL`, `IO_FAILED`.
 */
export async function makeFolders(path: string, options: FolderOptions = {}): Promise<void> {
  await creating(path, options, () => levelByLevel(path, options.mode ?? 0o700));
}

/** As `makeFolders`, of one folder that must not be there yet. */
export async function makeNewFolder(path: string, options: FolderOptions = {}): Promise<void> {
  await creating(path, options, () => mkdir(path, { mode: options.mode ?? 0o700 }));
}

/**
 * Flushes a folder's entries: a rename or a new file in it survives a power loss only after this.
 *
 * @throws TomoeError as `writeFailure`.
 */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw writeFailure(cause, { action: "flush the folder", path: folder });
  }
}

/**
 * Names of what lies in a folder, in no order; none where there is no such folder.
 *
 * @throws TomoeError `PERMISSION`, `IO_FAILED`, `PATH_NOT_FOUND` below a file.
 */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw readFailure(cause, { action: "list the folder", path: folder });
  }
}

/** A file below a folder. Its name is bytes: a name that is no UTF-8 can be opened by them alone. */
export interface FoundFile {
  readonly path: Buffer;
  readonly isLink: boolean;
}

/**
 * Regular files and symbolic links below a folder, one level deep or more, in the order of their bytes, as
 * `find FOLDER \( -type f -o -type l \) | LC_ALL=C sort` lists them; links to folders are not followed.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, naming no folder below the one given.
 */
export async function filesBelow(folder: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const waiting = [Buffer.from(folder)];
  try {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      for (const entry of await readdir(next, { withFileTypes: true, encoding: "buffer" })) {
        const path = Buffer.concat([next, slash, entry.name]);
        if (entry.isDirectory()) waiting.push(path);
        else if (entry.isFile() || entry.isSymbolicLink())
          found.push({ path, isLink: entry.isSymbolicLink() });
      }
  } catch (cause) {
    throw readFailure(cause, { action: "list all folders", path: folder });
  }
  return found.sort((a, b) => Buffer.compare(a.path, b.path));
}

async function creating(
  path: string,
  { setBy, space }: FolderOptions,
  make: () => Promise<unknown>,
): Promise<void> {
  await written({ action: "create the folder", path, setBy }, space, make);
}

/** `mkdir` of several levels at once tells a read-only disk as ENOENT. */
async function levelByLevel(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === "ENOENT" && dirname(path) !== path) {
      await levelByLevel(dirname(path), mode);
      await levelByLevel(path, mode);
    } else if (!(errno === "EEXIST" || errno === "EROFS") || !(await isFolder(path))) throw cause;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
