import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMissing, parseJson, readText } from "../../files/index.ts";
import { recordInvalid } from "../record/invalid.ts";
import type { Owner } from "./owner.ts";
import { ownerLife, ownerSchema, ownerText } from "./owner.ts";

/** Name of the lock in a run folder. */
export const lockName = "lock";

/** Who holds the lock of `folder`, alive or not; undefined when it is free. */
export async function lockHolder(folder: string): Promise<Owner | undefined> {
  return readOwner(join(folder, lockName));
}

/**
 * Who a lock file names, alive or not; undefined where there is no such file.
 *
 * @throws TomoeError `RECORD_INVALID` for a lock that names no process; `PERMISSION`, `IO_FAILED`.
 */
export async function readOwner(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
  return parseJson(text, path, ownerSchema, recordInvalid);
}

/** Who works on the run in `folder` now, in words; undefined when nobody does. Synchronous, for lists of many runs. */
export function livingOwner(folder: string): string | undefined {
  let text: string;
  const path = join(folder, lockName);
  // Asked first: nearly every run of a list is free, and an error costs four times a look.
  if (!existsSync(path)) return undefined;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    const owner = ownerSchema.parse(JSON.parse(text));
    return ownerLife(owner) === "dead" ? undefined : ownerText(owner);
  } catch {
    return "an unreadable lock file";
  }
}
