import { createHash } from "node:crypto";
import { type BigIntStats, statSync } from "node:fs";
import { isMissing, readFailure, throwIfAborted } from "../../../files/index.ts";

/** A file whose time lies this near cannot be told from one that is written once more within a tick of its clock. */
const freshMs = 2000;
/** Looks between two turns of whoever else works in this process. */
const looksAtOnce = 1024;

/** What was looked for at a path: its content, whether anything lies there, or what else a walk needed to know of it. */
type Kind = "content" | "there" | "told";

/** One look: what was looked for, the path, and what was seen. */
export type Look = readonly [kind: Kind, path: string, seen: string];

/**
 * What a walk looks at on the disk, so that one can tell later, without reading, whether it would see the same: size,
 * times and inode of each file that is read, what was there and what was not, names in folders.
 */
export class Looks {
  readonly #seen = new Map<string, Look>();
  #isFresh = false;

  /** Some file was written so shortly before that its time says nothing. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  /** Says that the bytes of a file are about to be read. @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`. */
  content(path: string): void {
    if (this.#seen.has(`content\0${path}`)) return;
    const facts = factsAt(path);
    if (facts !== undefined && Date.now() - Number(facts.mtimeMs) < freshMs) this.#isFresh = true;
    this.#keep("content", path, stampOf(facts));
  }

  /** Says that somebody asked whether anything lies at a path, and what was found. */
  there(path: string, isThere: boolean): void {
    this.#keep("there", path, isThere ? "1" : "");
  }

  /** Says what else was found out of a path on the way to the tables: its kind, the names in it. */
  told(path: string, what: readonly string[]): void {
    const digest = createHash("sha256").update(JSON.stringify(what)).digest("hex");
    this.#keep("told", path, digest);
  }

  /** All looks so far, in their order. */
  all(): readonly Look[] {
    return [...this.#seen.values()];
  }

  #keep(kind: Kind, path: string, seen: string): void {
    const key = `${kind}\0${path}`;
    if (!this.#seen.has(key)) this.#seen.set(key, [kind, path, seen]);
  }
}

/**
 * Looks again, at everything but what who opens a data set finds out anew on the way to its tables.
 *
 * @returns the path of the first that is seen otherwise; undefined where all is as it was.
 * @throws TomoeError `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function firstChange(looks: readonly Look[], signal?: AbortSignal): Promise<string | undefined> {
  for (const [index, [kind, path, seen]] of looks.entries()) {
    if (kind === "told") continue;
    const facts = factsAt(path);
    const now = kind === "content" ? stampOf(facts) : facts === undefined ? "" : "1";
    if (now !== seen) return path;
    if (index % looksAtOnce !== looksAtOnce - 1) continue;
    await new Promise((turn) => setImmediate(turn));
    throwIfAborted(signal);
  }
  return undefined;
}

/** The time of a change is in it too: it cannot be put back, as that of a write can. */
function stampOf(facts: BigIntStats | undefined): string {
  return facts === undefined ? "" : `${facts.size}/${facts.mtimeNs}/${facts.ctimeNs}/${facts.ino}`;
}

function factsAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw readFailure(cause, { action: "look at what lies", path });
  }
}
