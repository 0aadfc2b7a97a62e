import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../errors.ts";
import { errnoOf, isMissing, readFailure, writeFailure } from "./codes.ts";
import { userCache } from "./package.ts";

const keyBytes = 32;
const keyName = "key";
/** Where a project keeps what is its own and no run's; git sees nothing of it. */
export const projectFolder = ".tomoe";

/** Errno of a place that cannot be written, where another one may do. */
const closed = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

/**
 * Keys that this process has read, by project: a folder of a thousand series asks for as many ids. A key that is made of
 * bytes at each call is six sevenths of the time of an id.
 */
const known = new Map<string, KeyObject>();

/**
 * An id of something whose own id may not be told: HMAC-SHA-256 under the project's key, so that nobody without
 * the key can find out by trying what it was made of, and ids of two projects cannot be joined.
 *
 * @param kind - what it is an id of, so that equal texts of two kinds have two ids.
 * @returns 64 hex digits, the same in every process of the project.
 * @throws TomoeError as `projectKey`.
 */
export function keyedId(kind: string, text: string): string {
  const folder = process.cwd();
  const key = known.get(folder) ?? createSecretKey(projectKey(folder));
  known.set(folder, key);
  return createHmac("sha256", key).update(`${kind}\0${text}`).digest("hex");
}

/**
 * The project's key: 32 random bytes in `.tomoe/key` of the current folder, with mode 0600, made once. Where the
 * project cannot be written, the key of the user's cache folder.
 *
 * @throws TomoeError `RECORD_INVALID` for a key that is damaged; `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
 */
export function projectKey(folder = process.cwd(), env = process.env): Buffer {
  const own = join(folder, projectFolder);
  try {
    return readKey(own) ?? makeKey(own);
  } catch (error) {
    if (!closed.has(errnoOf(error) ?? "")) throw error;
    const shared = userCache(env);
    return readKey(shared) ?? makeKey(shared);
  }
}

function readKey(folder: string): Buffer | undefined {
  const path = join(folder, keyName);
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (cause) {
    if (isMissing(cause) || errnoOf(cause) === "ENOTDIR") return undefined;
    throw readFailure(cause, { action: "read the project's key", path });
  }
  if (!/^[0-9a-f]{64}\n$/.test(text))
    throw new TomoeError(
      "RECORD_INVALID",
      "the project's key is damaged: it is not 64 hex digits and a line end",
      {
        hint: "Put its copy back, or remove it: a new one is made, and ids told before are no longer known.",
        details: { path },
      },
    );
  return Buffer.from(text.trimEnd(), "hex");
}

/** Makes the key whole or not at all; of two processes that make it at once one wins, and both take its key. */
function makeKey(folder: string): Buffer {
  const path = join(folder, keyName);
  const temporary = join(folder, `.${keyName}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600 });
    writeFileSync(temporary, `${randomBytes(keyBytes).toString("hex")}\n`, { mode: 0o600, flush: true });
    try {
      linkSync(temporary, path);
      unlinkSync(temporary);
    } catch (cause) {
      // A file system without hard links; a key that is there already stays.
      if (errnoOf(cause) === "EEXIST") unlinkSync(temporary);
      else renameSync(temporary, path);
    }
  } catch (cause) {
    throw writeFailure(cause, { action: "make the project's key", path });
  }
  return readKey(folder) ?? makeKey(folder);
}
