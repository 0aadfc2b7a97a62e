import { createHash } from "node:crypto";
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { isTomoeError, type JsonValue, type TomoeError } from "../../../errors.ts";
import { keyedId, makeFolders } from "../../../files/index.ts";
import { digestJson } from "../../../schema/digest.ts";
import type { Dataset } from "../case.ts";
import { datasetAt, datasetIn } from "./cases.ts";
import { readingCode } from "./code.ts";
import { firstChange, type Looks } from "./looks.ts";
import { KeptIndex, type Unbelieved } from "./read.ts";
import { type IndexFacts, IndexWriter, type KeptCase } from "./write.ts";

/** How indexes are called in their folder. */
export const indexEnding = ".rows";

const dayMs = 86_400_000;

/** Where indexes are kept, and who hears of them. */
export interface IndexPlace {
  /** Of the project alone, by whose key an index is read. */
  readonly folder: string;
  /** Hears why one is not believed, or cannot be kept. */
  readonly notice: (text: string) => void;
}

/** What an index is of. */
export interface IndexWish {
  /** Everything that decides what a walk hands out, besides the tables and the code. */
  readonly of: JsonValue;
  /** What was looked at so far to find the tables, and will be by the walk. */
  readonly looks: Looks;
  readonly signal?: AbortSignal | undefined;
  /** False where something that is looked at at each opening, such as the scans, wants a walk. */
  readonly isGood?: ((dataset: Dataset) => Promise<boolean>) | undefined;
}

/** A data set with what else its walk found out. */
export interface Walked {
  readonly dataset: Dataset;
  readonly more: JsonValue;
}

/** Takes cases in their order, after nothing was found wrong with any. */
export type CaseSink = (one: KeptCase) => Promise<void>;
/** Begins to keep so many cases; null where nobody keeps any. */
export type BeginSink = (cases: number) => CaseSink | null;

/**
 * A data set out of the index of an earlier walk, where everything that walk looked at is as it was; else by a walk, of
 * which an index is kept once nothing was wrong. Both are the same to the last bit.
 *
 * An index is believed as a whole or not at all: its checksums, the code that wrote it, what was found on the way to the
 * tables, and size, times and inode of every file that was read. Why one is not, or cannot be kept, is told.
 *
 * @param walk - reads the tables; gives its cases to the sink, or none where no index may be kept of it.
 * @throws TomoeError of the walk; `CANCELLED`.
 */
export async function indexed(
  place: IndexPlace | null,
  wish: IndexWish,
  walk: (begin: BeginSink) => Promise<Walked>,
): Promise<Walked> {
  if (place === null) return await walk(() => null);
  const { isGood = async () => true } = wish;
  const path = pathOf(place, wish);
  if (path === null) return await walk(() => null);
  // Some of them were looked at at once, and came in any order.
  const found = wish.looks.all().map((look) => JSON.stringify(look));
  const opened = createHash("sha256").update(found.sort().join("\n")).digest("hex");
  const kept = await keptAt(path, opened, { place, wish });
  if (kept !== null && (await isGood(kept.dataset))) return kept;
  const keeping = new Keeping(path, place);
  try {
    const walked = await walk(keeping.begin);
    const isKept = await keeping.finish({ ...walked.dataset, more: walked.more }, { ...wish, opened });
    // What was just written is read as the next opening reads it: rows of cases are not held any longer.
    const dataset = isKept ? datasetAt(path) : undefined;
    return dataset === undefined ? walked : { dataset, more: walked.more };
  } catch (error) {
    await keeping.abandon();
    throw error;
  }
}

/** Where the index lies; null where the project has no key and can make none, which is told. */
function pathOf({ folder, notice }: IndexPlace, { of }: IndexWish): string | null {
  const what = digestJson(of, "what an index is of");
  try {
    return join(folder, `${keyedId("index of a data set", what).slice(0, 40)}${indexEnding}`);
  } catch (error) {
    if (!isOfDisk(error)) throw error;
    notice(notKept(error));
    return null;
  }
}

function notKept({ what }: TomoeError): string {
  return `no index of the rows can be kept (${what}): all tables are read at each opening`;
}

interface Asked {
  readonly place: IndexPlace;
  readonly wish: IndexWish;
}

async function keptAt(path: string, opened: string, { place, wish }: Asked): Promise<Walked | null> {
  const { signal } = wish;
  const anew = (why: string): null => {
    place.notice(`the index of the rows ${why}: all tables are read`);
    return null;
  };
  try {
    const index = KeptIndex.open(path);
    if (index === undefined) return null;
    const why = await unbelieved(index, opened, signal);
    if (why !== undefined || "why" in index) return anew(why ?? "");
    if (!(await index.isWhole(signal))) return anew("is damaged");
    touch(path);
    return { dataset: datasetIn(index), more: index.head.more };
  } catch (error) {
    if (!isOfDisk(error)) throw error;
    return anew(`cannot be read (${error.what})`);
  }
}

/** Why an index is not believed, as far as that is known without its body. */
async function unbelieved(
  index: KeptIndex | Unbelieved,
  opened: string | null,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if ("why" in index) return index.why;
  const { code, opened: before } = index.head;
  if (code !== readingCode()) return "is of another version";
  if (opened !== null && before !== opened) return "is of other tables";
  const looks = index.looks();
  if (looks === undefined) return "is damaged";
  const changed = await firstChange(looks, signal);
  return changed === undefined ? undefined : `is older than ${changed}`;
}

/**
 * True for an index that no opening would believe: another version wrote it, it is damaged, or a table changed.
 *
 * @throws TomoeError `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function isStale(path: string, signal?: AbortSignal): Promise<boolean> {
  const index = KeptIndex.open(path);
  return index === undefined || (await unbelieved(index, null, signal)) !== undefined;
}

/** Says that an index was of use, once a day: what nobody used for long may be removed. */
function touch(path: string): void {
  try {
    const now = Date.now();
    if (now - statSync(path).mtimeMs > dayMs) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // In a folder that may only be read its age counts.
  }
}

/** Failures of the folder of indexes, which no data set has to fail for. */
function isOfDisk(error: unknown): error is TomoeError {
  return isTomoeError(error) && error.code !== "CANCELLED" && error.code !== "INTERNAL";
}

/** An index that is being written beside a walk; where it cannot be, that is told and the walk goes on. */
class Keeping {
  readonly #path: string;
  readonly #place: IndexPlace;
  #writer: IndexWriter | undefined;
  #hasFailed = false;

  constructor(path: string, place: IndexPlace) {
    this.#path = path;
    this.#place = place;
  }

  readonly begin: BeginSink = (cases) => {
    return async (one) => {
      await this.#trying(async () => {
        if (this.#writer === undefined) {
          await makeFolders(this.#place.folder);
          this.#writer = await IndexWriter.begin(this.#path, cases);
        }
        await this.#writer.add(one);
      });
    };
  };

  /** @returns true where the index lies in its place. */
  async finish(
    facts: IndexFacts & Dataset,
    { looks, signal, opened }: IndexWish & { readonly opened: string },
  ): Promise<boolean> {
    const { folder, manifest, fingerprint, more } = facts;
    let isKept = false;
    await this.#trying(async () => {
      if (this.#writer === undefined) return;
      const all = looks.all();
      // A table that was written just now, or meanwhile, may be written once more without looking other.
      if (looks.isFresh || (await firstChange(all, signal)) !== undefined) return;
      const about = { looks: all, opened, code: readingCode() };
      await this.#writer.commit({ folder, manifest, fingerprint, more }, about);
      this.#writer = undefined;
      isKept = true;
    });
    await this.abandon();
    return isKept;
  }

  async abandon(): Promise<void> {
    await this.#writer?.abandon();
    this.#writer = undefined;
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    if (this.#hasFailed) return;
    try {
      await work();
    } catch (error) {
      if (!isOfDisk(error)) throw error;
      this.#hasFailed = true;
      await this.abandon();
      this.#place.notice(notKept(error));
    }
  }
}
