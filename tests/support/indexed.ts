// Data sets opened with and without an index, as plain values that can be held against each other.
import { lstatSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../../ts/data/dataset/index.ts";
import { type LayoutRows, type LayoutWish, layoutRows } from "../../ts/data/sources/indexed/dataset.ts";
import { isTomoeError } from "../../ts/errors.ts";

/** Seconds that the tables of a data set are old: those of a moment ago are not believed. */
const ageSeconds = 60;

/** Gives every file below a folder a time some while ago. */
export function age(folder: string, seconds = ageSeconds): void {
  const at = Date.now() / 1000 - seconds;
  for (const path of filesIn(folder)) utimesSync(path, at, at);
}

/** Every file below a folder, in order. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile())
    .sort();
}

/** What a data set is, all of it read. */
export function wholeOf({ folder, manifest, fingerprint, cases }: Dataset) {
  return {
    folder,
    manifest,
    fingerprint,
    cases: cases.map(({ row, items, calibration }) => ({ row, items: [...items], calibration })),
  };
}

/** All that comes of opening: the data set, what was left out, what is certified, or the error. */
export async function outcomeOf(wish: LayoutWish) {
  let opened: LayoutRows;
  try {
    opened = await layoutRows(wish);
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  }
  const { dataset, skipped, tally } = opened;
  return {
    ...wholeOf(dataset),
    skipped,
    filters: tally?.filters() ?? null,
    splits: tally?.splits((_, own) => own) ?? null,
    scans:
      tally?.scans(
        "train",
        (_, own) => own,
        (id, own) => `${id}/${own}`,
      ) ?? null,
    cases2: tally === null ? null : [...tally.cases((_, own) => own)],
  };
}

/** Which file every index in a folder is: another one once it was written anew. */
export function indexesIn(folder: string): readonly string[] {
  return filesIn(folder).map((path) => `${path}:${statSync(path).ino}:${statSync(path).mtimeMs}`);
}
