import { isAbsolute, join, normalize, relative, resolve } from "node:path";
import { isTomoeError, TomoeError } from "../../errors.ts";
import { kindOfPath, namesIn } from "../../files/index.ts";
import type { Looks } from "../dataset/index.ts";
import type { Found, OpenedSource, SourceCounts, SplitName } from "./source.ts";

/** Parts of a table: the largest data sets have some thousand. */
const maxParts = 100_000;
/** Parts that a message lists. */
const partsTold = 12;

/** True where something lies at a path. */
export async function exists(path: string, looks?: Looks): Promise<boolean> {
  const isThere = await liesAt(path);
  looks?.there(path, isThere);
  return isThere;
}

async function liesAt(path: string): Promise<boolean> {
  try {
    await kindOfPath(path);
    return true;
  } catch (error) {
    if (isTomoeError(error) && error.code === "PATH_NOT_FOUND") return false;
    throw error;
  }
}

/** The folder of a data set that is named by itself or by one of its tables. */
export async function folderOf(path: string, looks?: Looks): Promise<string> {
  const whole = resolve(path);
  const kind = await kindOfPath(whole);
  looks?.told(whole, [kind]);
  return kind === "folder" ? whole : resolve(whole, "..");
}

/** The names of files in a folder that end so, in order. */
export async function namesEnding(
  folder: string,
  endings: RegExp,
  looks?: Looks,
): Promise<readonly string[]> {
  const names = (await namesIn(folder)).map(String).filter((name) => endings.test(name));
  looks?.told(join(folder, String(endings)), names.sort());
  return names;
}

/**
 * Names of tables, once of those that are parts of one (`train-00000-of-00002.parquet`) all parts are there.
 *
 * @throws TomoeError `DATA_MANIFEST` naming the parts that are missing.
 */
export function shardsWhole(folder: string, names: readonly string[]): readonly string[] {
  const there = new Set(names);
  const missing = new Set<string>();
  for (const name of names) {
    const [, stem = "", width = "", count = "", ending = ""] =
      /^(.*?)-(\d{5,})-of-(\d{5,})(\.[^.]+)$/.exec(name) ?? [];
    // A count that nobody writes is no count.
    if (Number(count) > maxParts) continue;
    for (let part = 0; part < Number(count); part++) {
      const one = `${stem}-${String(part).padStart(width.length, "0")}-of-${count}${ending}`;
      if (!there.has(one)) missing.add(one);
    }
  }
  if (missing.size === 0) return names;
  const told = [...missing].slice(0, partsTold);
  const more = missing.size - told.length;
  throw new TomoeError(
    "DATA_MANIFEST",
    `${folder} lacks parts of its tables: ${told.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    { hint: "Download them too, or name one table alone.", details: { path: folder, missing: told } },
  );
}

/**
 * The paths of a layout that are there, each relative to the folder.
 *
 * @param needs - alternatives, of each of which one has to be there.
 * @throws TomoeError `DATA_MANIFEST` naming all that is missing: half a layout is none.
 */
export async function needed(
  folder: string,
  layout: string,
  needs: readonly (readonly string[])[],
  looks?: Looks,
): Promise<readonly string[]> {
  const found = await Promise.all(
    needs.map(async (either) => {
      const there = await Promise.all(either.map(async (name) => await exists(join(folder, name), looks)));
      return either.filter((_, index) => there[index]);
    }),
  );
  const missing = needs.filter((_, index) => found[index]?.length === 0).map((either) => either.join(" or "));
  if (missing.length > 0)
    throw new TomoeError(
      "DATA_MANIFEST",
      `${folder} lacks ${missing.join(" and ")} of the layout ${layout}`,
      {
        hint: "Name the folder that holds them, or another --layout.",
        details: { path: folder, layout, missing },
      },
    );
  return found.flat();
}

/**
 * Where a path of a table leads: absolute ones stay as they are.
 *
 * @param folder - what relative ones start at.
 * @returns undefined for one that leaves the folder.
 */
export function placed(folder: string, path: string): string | undefined {
  if (isAbsolute(path)) return normalize(path);
  const whole = resolve(folder, path);
  const inside = relative(folder, whole);
  return inside === "" || inside.split(/[\\/]/)[0] === ".." || isAbsolute(inside) ? undefined : whole;
}

const splitWords: Readonly<Record<string, SplitName>> = {
  train: "train",
  training: "train",
  validation: "validation",
  valid: "validation",
  val: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
};

/** Words that name a split. */
export const knownSplits = Object.keys(splitWords);

/** The split that a word names, whatever its case; undefined for any other word. */
export function splitNamed(word: string): SplitName | undefined {
  const key = word.trim().toLowerCase();
  return Object.hasOwn(splitWords, key) ? splitWords[key] : undefined;
}

/** Rows that a data set's filters leave, walked and counted. */
export async function countRows(source: OpenedSource): Promise<SourceCounts> {
  const rows = async (walk: AsyncIterable<Found<unknown>>): Promise<number> => {
    let count = 0;
    for await (const found of walk) if (found.kind === "row") count++;
    return count;
  };
  return { cases: await rows(source.cases()), items: await rows(source.items()) };
}
