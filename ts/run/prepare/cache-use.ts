import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { rowsFolder, usualCache } from "../../data/index.ts";
import { type ErrorCode, isTomoeError } from "../../errors.ts";
import {
  isMissing,
  jsonText,
  keyedId,
  makeFolders,
  namesIn,
  readText,
  type SpaceWaiter,
  throwIfAborted,
  writeWhole,
} from "../../files/index.ts";
import { acquireLock, livingOwner } from "../../track/index.ts";

/** What rows are used by. */
export type UseKind = "run" | "eval" | "build";

/** A cache under somebody's feet: rows that are in use are removed by nobody. */
export interface CacheUse {
  /** Of the cache. */
  readonly folder: string;
  /** What workers may read. */
  readonly rowsDir: string;
  /** Names more rows that are in use, and stay needed while its run, evaluation or build is known. */
  note(keys: readonly string[]): Promise<void>;
  /** Says that nothing is worked on any more; what is needed stays known. */
  release(): Promise<void>;
}

/** Which cache: its folder, null for none; that of the project where nobody says. */
export type CacheChoice = string | null | undefined;

/**
 * As `beginUse`, of the cache that somebody chose; null where none is used.
 *
 * @param keepsRows - what is read outlives its run.
 * @throws TomoeError as `beginUse`; a project that cannot be written is told, and has no cache.
 */
export async function useOf(
  wish: Omit<UseWish, "folder"> & { readonly cache: CacheChoice; readonly keepsRows: boolean },
): Promise<CacheUse | null> {
  const { cache = usualCache(process.env, process.cwd()), keepsRows, ...of } = wish;
  if (cache === null || !keepsRows) return null;
  try {
    return await beginUse({ ...of, folder: cache });
  } catch (error) {
    const isAsked = wish.cache !== undefined || (process.env.TOMOE_CACHE ?? "") !== "";
    if (isAsked || !isTomoeError(error) || !closed.has(error.code)) throw error;
    of.notice(
      `no cache can be kept in this folder (${error.what}): volumes are prepared for this ${of.kind} alone`,
    );
    return null;
  }
}

/** What says that a folder cannot be written: nobody asked for a cache in it. */
const closed: ReadonlySet<ErrorCode> = new Set(["PERMISSION", "OUTPUT_CREATE"]);

/** What is asked of a cache before its rows are opened. */
export interface UseWish {
  readonly folder: string;
  readonly kind: UseKind;
  /** The run's or evaluation's folder, or what a build is of: kept as a keyed id. */
  readonly of: string;
  readonly space: SpaceWaiter;
  readonly signal: AbortSignal;
  readonly notice: (line: string) => void;
}

const useSchema = z.strictObject({
  format: z.literal("tomoe.cache-use/1"),
  kind: z.enum(["run", "eval", "build"]),
  /** Keyed id of what it is of. */
  of: z.string(),
  /** Keyed id of the project: what another one needs is not judged by what this one has. */
  project: z.string(),
  /** "opening" until its rows are named. */
  state: z.enum(["opening", "open"]),
  at: z.iso.datetime(),
});

/** Who needs rows of a cache. */
export interface KnownUse extends z.infer<typeof useSchema> {
  readonly dir: string;
  /** Who works on them now, in words. */
  readonly owner: string | undefined;
  readonly keys: readonly string[];
}

const usesOf = (folder: string): string => join(folder, "uses");

/** The keyed id of what rows are used by, and of this project. */
export const useId = (kind: UseKind, of: string): string => keyedId(`cache use ${kind}`, of).slice(0, 32);
export const projectId = (): string => keyedId("cache project", "").slice(0, 32);

/** Whether rows of a cache were made or read for a run, evaluation or build of this project. */
export async function isUsedBy(folder: string, kind: UseKind, of: string): Promise<boolean> {
  return (await readText(join(usesOf(folder), useId(kind, of), "use.json")).catch(missing)) !== undefined;
}

/** How long to wait between two looks whether rows are still being removed. */
const pollMs = 200;

/**
 * Says that rows of a cache are about to be used. While `tomoe data gc` removes some it waits.
 *
 * @throws TomoeError `LOCKED` where another process uses them for the very same; `CANCELLED`; those of the disk.
 */
export async function beginUse(wish: UseWish): Promise<CacheUse> {
  const { folder, kind, of, space, signal, notice } = wish;
  const id = useId(kind, of);
  const dir = join(usesOf(folder), id);
  await makeFolders(dir, { space });
  await makeFolders(rowsFolder(folder), { space });
  const lock = await acquireLock(dir, () => undefined);
  const tell = async (state: "opening" | "open"): Promise<void> => {
    const use: z.infer<typeof useSchema> = {
      format: "tomoe.cache-use/1",
      kind,
      of: id,
      project: projectId(),
      state,
      at: new Date().toISOString(),
    };
    await writeWhole(join(dir, "use.json"), jsonText(use), { space });
  };
  try {
    await tell("opening");
    // Whoever removes rows took its lock before it looked for uses, and sees this one, or is seen here.
    for (let told = false; ; told = true) {
      const owner = livingOwner(folder);
      if (owner === undefined) break;
      if (!told) notice(`waiting for ${owner}, which removes rows of the cache`);
      await sleep(pollMs);
      throwIfAborted(signal);
    }
  } catch (error) {
    await lock.release().catch(() => undefined);
    throw error;
  }
  const keys = new Set<string>();
  return {
    folder,
    rowsDir: rowsFolder(folder),
    note: async (more) => {
      for (const key of more) keys.add(key);
      await writeWhole(join(dir, "rows.txt"), [...keys].map((key) => `${key}\n`).join(""), { space });
      await tell("open");
    },
    release: async () => await lock.release(),
  };
}

/** Everybody who needs or needed rows of a cache; damaged notes are nobody's. Errors as `namesIn`. */
export async function knownUses(folder: string): Promise<readonly KnownUse[]> {
  const found: KnownUse[] = [];
  for (const name of await namesIn(usesOf(folder))) {
    const dir = join(usesOf(folder), name);
    const owner = livingOwner(dir);
    const text = await readText(join(dir, "use.json")).catch(missing);
    const use = useSchema.safeParse(text === undefined ? undefined : jsonOf(text));
    if (use.success) found.push({ ...use.data, dir, owner, keys: await keysIn(dir) });
    else if (owner !== undefined)
      found.push({
        format: "tomoe.cache-use/1",
        kind: "build",
        of: name,
        project: "",
        state: "opening",
        at: new Date(0).toISOString(),
        dir,
        owner,
        keys: [],
      });
  }
  return found;
}

async function keysIn(dir: string): Promise<readonly string[]> {
  const text = await readText(join(dir, "rows.txt")).catch(missing);
  return (text ?? "").split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line));
}

function missing(cause: unknown): undefined {
  if (!isMissing(cause)) throw cause;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
