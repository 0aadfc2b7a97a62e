import { readdirSync, type Stats, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { compactMemo, rowsFolder } from "../../../data/index.ts";
import { TomoeError } from "../../../errors.ts";
import { isMissing, readFailure, writeFailure } from "../../../files/index.ts";
import { acquireLock } from "../../../track/index.ts";
import { type KnownUse, knownUses, projectId, useId } from "../../prepare/cache-use.ts";
import type { GcDocument } from "./document.ts";
import { type FoundIndex, foundIndexes } from "./indexes.ts";

export interface GcOptions {
  /** Folder of the cache. */
  readonly cache: string;
  /** Folder of the indexes of data sets; null for none. */
  readonly indexes: string | null;
  readonly runsDir: string;
  readonly evalsDir: string;
  /** Says what would be removed, and removes nothing. */
  readonly dryRun: boolean;
  /** Rows that nobody used for so many days go, whoever needs them; absent = no limit. */
  readonly olderThanDays?: number | undefined;
  /** Then rows go until no more bytes are left, those used longest ago first; absent = no limit. */
  readonly mostBytes?: number | undefined;
  readonly signal: AbortSignal;
}

const dayMs = 86_400_000;
/** A file that a killed process left half written is this old at least. */
const abandonedMs = 3_600_000;

/** A row file, or what is left of one. */
interface Found {
  readonly path: string;
  /** Null for what is no row. */
  readonly key: string | null;
  readonly bytes: number;
  readonly writtenMs: number;
}

/**
 * Removes rows of a cache that nobody needs, and indexes of data sets that no opening would believe: no run and no evaluation of the folders given, also in their trash, no build,
 * nothing of another project, within the limits of age and size. Rows that somebody works with are never removed.
 *
 * @throws TomoeError `LOCKED` where another process removes rows, or opens some and has not said which; `PERMISSION`,
 * `IO_FAILED`; `CANCELLED`, with what was removed until then gone.
 */
export async function collectRows(options: GcOptions): Promise<GcDocument> {
  const { cache, dryRun, signal } = options;
  const files = rowFiles(cache);
  const indexes = await foundIndexes(options.indexes, { abandonedMs, unusedMs: unusedMs(options) }, signal);
  if (!dryRun)
    await remove(
      indexes.filter(({ isGone }) => isGone),
      signal,
    );
  const none = { files: [], gone: [], stays: [] };
  if (files.length === 0 && (await knownUses(cache)).length === 0)
    return documentOf(options, { ...none, indexes });
  const lock = dryRun ? null : await acquireLock(cache, () => undefined);
  try {
    const uses = await knownUses(cache);
    refuseOpening(uses, dryRun);
    const known = { run: idsIn("run", options.runsDir), eval: idsIn("eval", options.evalsDir) };
    const stays = uses.filter((use) => isNeeded(use, options, known));
    const gone = toRemove(files, stays, options);
    if (!dryRun) {
      await remove(gone, signal);
      for (const use of uses)
        if (!stays.includes(use)) await rm(use.dir, { recursive: true, force: true }).catch(() => undefined);
      const left = new Set(gone.map(({ key }) => key));
      await compactMemo(cache, (name) => !left.has(name));
    }
    return documentOf(options, { files, gone, stays, indexes });
  } finally {
    await lock?.release();
  }
}

function refuseOpening(uses: readonly KnownUse[], dryRun: boolean): void {
  const opening = uses.find(({ owner, state }) => owner !== undefined && state === "opening");
  if (opening === undefined || dryRun) return;
  throw new TomoeError("LOCKED", `${opening.owner} opens rows of the cache, and has not said which`, {
    hint: "Give the command again once its volumes are read, or look with --dry-run.",
    details: { kind: opening.kind, dir: opening.dir },
  });
}

/** Ids of the folders below one, whatever they are, and below its trash. */
function idsIn(kind: "run" | "eval", folder: string): ReadonlySet<string> {
  const names = (dir: string): readonly string[] => {
    try {
      return readdirSync(dir);
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw readFailure(cause, { action: "list the folder", path: dir });
    }
  };
  const trash = join(folder, ".trash");
  // A run in the trash comes back under the name it had.
  return new Set([...names(folder), ...names(trash)].map((name) => useId(kind, join(resolve(folder), name))));
}

function isNeeded(
  use: KnownUse,
  { olderThanDays }: GcOptions,
  known: Readonly<Record<"run" | "eval", ReadonlySet<string>>>,
): boolean {
  if (use.owner !== undefined) return true;
  if (olderThanDays !== undefined && Date.parse(use.at) < Date.now() - olderThanDays * dayMs) return false;
  return use.project !== projectId() || use.kind === "build" || known[use.kind].has(use.of);
}

/** Every file below the folder of rows. */
function rowFiles(cache: string): readonly Found[] {
  const folder = rowsFolder(cache);
  const found: Found[] = [];
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    if (!isMissing(cause)) throw readFailure(cause, { action: "list the rows of", path: folder });
  }
  for (const name of names) {
    const path = join(folder, name);
    const facts: Stats | undefined = statSync(path, { throwIfNoEntry: false });
    if (facts?.isFile() !== true) continue;
    const [, key = null] = /^([0-9a-f]{2}\/[0-9a-f]{62})\.arrow$/.exec(name) ?? [];
    found.push({ path, key: key?.replace("/", "") ?? null, bytes: facts.size, writtenMs: facts.mtimeMs });
  }
  return found;
}

function toRemove(
  files: readonly Found[],
  stays: readonly KnownUse[],
  { mostBytes }: GcOptions,
): readonly Found[] {
  const lastUse = new Map<string, number>(),
    held = new Set<string>();
  for (const { keys, at, owner } of stays)
    for (const key of keys) {
      lastUse.set(key, Math.max(lastUse.get(key) ?? 0, Date.parse(at)));
      if (owner !== undefined) held.add(key);
    }
  const gone = files.filter(({ key, writtenMs }) =>
    key === null ? writtenMs < Date.now() - abandonedMs : !lastUse.has(key),
  );
  if (mostBytes === undefined) return gone;
  const going = new Set(gone);
  const left = files.filter((file) => !going.has(file) && file.key !== null && !held.has(file.key));
  let bytes = sum(files) - sum(gone);
  const more: Found[] = [];
  for (const file of left.toSorted(
    (a, b) => (lastUse.get(a.key ?? "") ?? 0) - (lastUse.get(b.key ?? "") ?? 0),
  )) {
    if (bytes <= mostBytes) break;
    more.push(file);
    bytes -= file.bytes;
  }
  return [...gone, ...more];
}

const unusedMs = ({ olderThanDays }: GcOptions): number | undefined =>
  olderThanDays === undefined ? undefined : olderThanDays * dayMs;

/** What was found, and what of it goes. */
interface Looked {
  readonly files: readonly Found[];
  readonly gone: readonly Found[];
  readonly stays: readonly KnownUse[];
  readonly indexes: readonly FoundIndex[];
}

const sum = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((total, { bytes }) => total + bytes, 0);

async function remove(gone: readonly { readonly path: string }[], signal: AbortSignal): Promise<void> {
  for (const { path } of gone) {
    signal.throwIfAborted();
    try {
      await rm(path, { force: true });
    } catch (cause) {
      throw writeFailure(cause, { action: "remove what the cache does not need", path });
    }
  }
}

function documentOf({ cache, dryRun }: GcOptions, { files, gone, stays, indexes }: Looked): GcDocument {
  const own = (kind: KnownUse["kind"]): number =>
    stays.filter((use) => use.kind === kind && use.project === projectId()).length;
  const lost = indexes.filter(({ isGone }) => isGone);
  const bytes = sum(gone) + sum(lost);
  return {
    ok: true,
    dryRun,
    cache,
    rows: {
      total: files.filter(({ key }) => key !== null).length,
      removed: gone.filter(({ key }) => key !== null).length,
    },
    indexes: {
      total: indexes.filter(({ isIndex }) => isIndex).length,
      removed: lost.filter(({ isIndex }) => isIndex).length,
    },
    needed: {
      runs: own("run"),
      evals: own("eval"),
      builds: own("build"),
      others: stays.filter(({ project }) => project !== projectId()).length,
      working: stays.filter(({ owner }) => owner !== undefined).length,
    },
    bytes,
    left: sum(files) + sum(indexes) - bytes,
  };
}
