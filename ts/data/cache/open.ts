import { rm } from "node:fs/promises";
import { join } from "node:path";
import { defined } from "../../defined.ts";
import { isTomoeError, quoting, TomoeError } from "../../errors.ts";
import { keyedId, makeFolders, throwIfAborted } from "../../files/index.ts";
import type { Receipt } from "../../schema/volume.ts";
import { type MadeRow, madeRows, type RowsRequest, volumeId } from "../shards/made-rows.ts";
import type { ShardCase } from "../shards/request.ts";
import { rowKey, rowPath, settingsDigest } from "./key.ts";
import { factsIn, factsOf, type RowFacts, receiptOf, rowStamp, textOf } from "./known-row.ts";
import { makeInLanes, usualLanes } from "./lanes.ts";
import { CacheMemo } from "./memo.ts";
import { lookAtRow, type RowRecord, writeRow } from "./row-file.ts";
import { type SourceStamp, sourceDigest, sourceStamp } from "./source.ts";

/** Folder of the rows in a cache: what workers read. */
export const rowsFolder = (cache: string): string => join(cache, "rows");

/** Rows that somebody wants. */
export interface RowsWish extends RowsRequest {
  /** Folder of the cache; made with mode 0700 when missing. */
  readonly cache: string;
  /** Threads that make rows; `usualLanes` when absent, 1 for none but this one. */
  readonly lanes?: number | undefined;
  /** True: every byte of every row is compared again, also of those that are known to be whole. */
  readonly isDoubted?: boolean;
  /** Hears of a scan that is refused, with its rows, and the others are made; without it the first one ends it. */
  readonly onFailure?: ((error: TomoeError, rows: readonly number[]) => void) | undefined;
}

/** A row that is on the disk and whole. */
export interface OpenedRow extends RowFacts {
  readonly key: string;
  /** Below the folder of rows. */
  readonly path: string;
  readonly volumeId: string;
  /** True when it was there. */
  readonly isReused: boolean;
  /** How it came to be; read when it is asked for. */
  receipt(): Promise<Receipt>;
}

/** The rows of a wish, in the order of its cases; none of a case that was refused. */
export interface OpenedRows {
  readonly rows: readonly (OpenedRow | undefined)[];
  /** Sources whose bytes were read to know their digest; of the others it was known. */
  readonly digested: number;
}

/**
 * Opens the rows of cases, and makes those that are not there. A row is written once it is made: what stops this at any
 * moment loses the row in work alone.
 *
 * A row that is damaged is told through `onWarning` and made again. Several processes may share a cache; one row made by two
 * of them is the same row.
 *
 * @throws TomoeError as `madeRows`; `DATA_TRUNCATED` for a source that changes while it is read; `DISK_FULL`, `PERMISSION`,
 * `OUTPUT_CREATE`, `IO_FAILED`, `CANCELLED`.
 */
export async function openRows(wish: RowsWish): Promise<OpenedRows> {
  await makeFolders(rowsFolder(wish.cache), { space: wish.space });
  const opening = new Opening(wish, await CacheMemo.open(wish.cache));
  try {
    return await opening.open();
  } finally {
    await opening.memo.flush();
  }
}

/** A file whose time lies this near cannot be told from one that is written once more within a tick of its clock. */
const freshMs = 2000;
/** How often what is known is put on the disk, in rows. */
const flushEvery = 256;

/** What the memo calls a source as it lies there now. */
function sourceName(path: string, { stamp }: SourceStamp): string {
  return keyedId("cache source", `${path}\0${stamp}`).slice(0, 40);
}

class Opening {
  readonly memo: CacheMemo;
  readonly #wish: RowsWish;
  readonly #settings: string;
  readonly #sources = new Map<string, { readonly digest: string; readonly stamp: SourceStamp }>();
  readonly #opened: (OpenedRow | undefined)[];
  #digested = 0;
  /** True while rows are looked at that threads of this wish made. */
  #isMade = false;
  #done = 0;

  constructor(wish: RowsWish, memo: CacheMemo) {
    this.memo = memo;
    this.#wish = wish;
    this.#settings = settingsDigest(wish);
    this.#opened = new Array<OpenedRow | undefined>(wish.cases.length).fill(undefined);
  }

  async open(): Promise<OpenedRows> {
    const missing: number[] = [];
    for (const row of this.#wish.cases.keys()) {
      throwIfAborted(this.#wish.signal);
      if (!this.#isKnown(row) && !(await this.#isThere(row))) missing.push(row);
      // A file is looked at without waiting: who else works in this process has a turn here.
      if (row % flushEvery === flushEvery - 1) await new Promise((turn) => setImmediate(turn));
    }
    await this.#make(await this.#afterLanes(missing));
    return { rows: this.#opened, digested: this.#digested };
  }

  /** Lets several threads make rows; what is left is for this one. */
  async #afterLanes(missing: readonly number[]): Promise<readonly number[]> {
    const { lanes = usualLanes, cases, signal, ...wish } = this.#wish;
    const wanted = missing.flatMap((row) => cases[row] ?? []);
    if (lanes < 2) return missing;
    await this.memo.flush();
    const before = this.#done;
    const onProgress = (done: number): void => this.#wish.onProgress?.(before + done, cases.length);
    await makeInLanes({ ...wish, cases: wanted }, { lanes, signal, onProgress });
    throwIfAborted(signal);
    const left: number[] = [];
    this.#isMade = true;
    for (const row of missing) if (!(await this.#isThere(row))) left.push(row);
    this.#isMade = false;
    return left;
  }

  /** True for a row of which all is known: two looks at the disk, and nothing is waited for. */
  #isKnown(row: number): boolean {
    const entry = this.#wish.cases[row];
    if (entry === undefined || entry.patchLabelsPath !== undefined || this.#wish.isDoubted === true)
      return false;
    let digest: string | undefined;
    try {
      const stamp = sourceStamp(entry.path);
      digest = stamp instanceof Promise ? undefined : this.memo.get(sourceName(entry.path, stamp));
      if (stamp instanceof Promise) stamp.catch(() => undefined);
    } catch {
      // Whatever is wrong is told where it is waited for.
    }
    if (digest === undefined) return false;
    const key = rowKey(this.#settings, entry, { source: digest, patchLabels: null });
    const said = this.memo.get(key);
    const facts = said && factsIn(said, rowStamp(join(rowsFolder(this.#wish.cache), rowPath(key))));
    if (!facts) return false;
    this.#take(row, { key, facts, isReused: true });
    return true;
  }

  async #isThere(row: number): Promise<boolean> {
    const key = await this.#keyOf(row);
    if (key === undefined) return true;
    const facts = await this.#known(key);
    if (facts === undefined) return false;
    this.#take(row, { key, facts, isReused: !this.#isMade });
    return true;
  }

  /** Undefined where the source is refused. */
  async #keyOf(row: number): Promise<string | undefined> {
    const entry = this.#wish.cases[row];
    if (entry === undefined) return undefined;
    try {
      const { patchLabelsPath } = entry;
      return rowKey(this.#settings, entry, {
        source: await this.#digestOf(entry.path),
        patchLabels: patchLabelsPath === undefined ? null : await this.#digestOf(patchLabelsPath),
      });
    } catch (error) {
      if (this.#wish.onFailure === undefined || !isTomoeError(error) || error.code === "CANCELLED")
        throw named(error, entry);
      this.#lose(named(error, entry), [row]);
      return undefined;
    }
  }

  async #digestOf(path: string): Promise<string> {
    const before = this.#sources.get(path);
    if (before !== undefined) return before.digest;
    const stamp = await sourceStamp(path);
    const name = sourceName(path, stamp);
    let digest = this.memo.get(name);
    if (digest === undefined) {
      const now = Date.now();
      digest = await sourceDigest(path, this.#wish.signal);
      this.#digested += 1;
      refuseChanged(path, stamp, await sourceStamp(path));
      if (now - stamp.newestMs > freshMs) this.memo.set(name, digest);
    }
    this.#sources.set(path, { digest, stamp });
    return digest;
  }

  /** What is known of a row that is there and whole. */
  async #known(key: string): Promise<RowFacts | undefined> {
    const path = join(rowsFolder(this.#wish.cache), rowPath(key));
    const stamp = rowStamp(path);
    if (stamp === undefined) return undefined;
    const said = this.#wish.isDoubted === true ? undefined : factsIn(this.memo.get(key), stamp);
    if (said !== undefined) return said;
    const look = await lookAtRow(path, "all");
    if (look.kind === "missing") return undefined;
    if (look.kind === "damaged") {
      this.#wish.onWarning?.({
        code: "SHARD_REBUILT",
        message: `row ${key.slice(0, 12)} of the cache is damaged (${look.why}) and is built again`,
      });
      this.memo.forget(key);
      await rm(path, { force: true });
      return undefined;
    }
    return this.#keep(key, stamp, look.record);
  }

  #keep(key: string, stamp: string, record: RowRecord): RowFacts {
    const facts = factsOf(record);
    this.memo.set(key, textOf(stamp, facts));
    return facts;
  }

  async #make(missing: readonly number[]): Promise<void> {
    const { cases } = this.#wish;
    const wanted = missing.flatMap((row) => cases[row] ?? []);
    if (wanted.length === 0) return;
    const { onFailure } = this.#wish;
    const lose =
      onFailure &&
      ((error: TomoeError, rows: readonly number[]) =>
        this.#lose(
          error,
          rows.map((at) => missing[at] ?? -1),
        ));
    for await (const made of madeRows({ ...this.#wish, cases: wanted }, lose)) {
      await this.#write(missing[made.row] ?? -1, made);
      if (made.row % flushEvery === flushEvery - 1) await this.memo.flush();
    }
  }

  async #write(row: number, made: MadeRow): Promise<void> {
    const { cache, cases, config, space } = this.#wish;
    const entry = cases[row];
    const key = await this.#keyOf(row);
    if (entry === undefined || key === undefined) return;
    for (const path of [
      entry.path,
      ...(entry.patchLabelsPath === undefined ? [] : [entry.patchLabelsPath]),
    ]) {
      const source = this.#sources.get(path);
      if (source !== undefined) refuseChanged(path, source.stamp, await sourceStamp(path));
    }
    const path = join(rowsFolder(cache), rowPath(key));
    const record = await writeRow(path, made, { shape: config.sizeDHW, ...defined({ space }) });
    const facts = this.#keep(key, rowStamp(path) ?? "", record);
    this.#take(row, { key, facts, isReused: false });
  }

  #take(
    row: number,
    { key, facts, isReused }: { readonly key: string; readonly facts: RowFacts; readonly isReused: boolean },
  ): void {
    const { cache, cases, preprocessDigest } = this.#wish;
    const path = rowPath(key);
    this.#opened[row] = {
      ...facts,
      key,
      path,
      isReused,
      volumeId: volumeId(facts.sourceDigest, preprocessDigest, cases[row] ?? { path: "" }),
      receipt: async () => await receiptOf(join(rowsFolder(cache), path), key),
    };
    this.#tell(1);
  }

  #lose(error: TomoeError, rows: readonly number[]): void {
    this.#wish.onFailure?.(error, rows);
    this.#tell(rows.length);
  }

  #tell(more: number): void {
    this.#done += more;
    // Threads told of theirs when they were made.
    if (!this.#isMade) this.#wish.onProgress?.(this.#done, this.#wish.cases.length);
  }
}

/** A failure says whose it is; a stop is nobody's. */
function named(error: unknown, { id }: ShardCase): TomoeError {
  if (!isTomoeError(error)) throw error;
  if (id === undefined || error.code === "CANCELLED") return error;
  return quoting(error, `case ${id}: ${error.what}`, { details: { case: id } });
}

function refuseChanged(path: string, before: SourceStamp, now: SourceStamp): void {
  if (before.stamp === now.stamp) return;
  throw new TomoeError("DATA_TRUNCATED", `${path} changed while it was read`, {
    hint: "Something is still writing this scan; wait for it and give the command again.",
    details: { path },
  });
}
