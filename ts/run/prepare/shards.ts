import { relative, resolve } from "node:path";
import type { CachedCase, Dataset, DatasetCase } from "../../data/dataset/index.ts";
import {
  type OpenedRow,
  openRows,
  openShard,
  type PreprocessConfig,
  type Shard,
  type ShardCase,
} from "../../data/index.ts";
import { defined } from "../../defined.ts";
import { bug, quoting, type TomoeError } from "../../errors.ts";
import type { SpaceWaiter } from "../../files/index.ts";
import type { Receipt } from "../../schema/volume.ts";
import type { OnProgress } from "../progress.ts";
import { cacheRoot, rowsRoot } from "./cache-places.ts";
import type { CacheUse } from "./cache-use.ts";

/**
 * Cases of one cache shard: few files, and still little to build again when one is damaged. Slices are small
 * and share their stacks.
 */
const casesPerShard = { volumes: 64, slices: 1024 } as const;

/** Cases of one data set that the worker will read, and how they are made for it. */
export interface CacheJob {
  readonly dataset: Dataset;
  readonly cases: readonly DatasetCase[];
  readonly config: PreprocessConfig;
  /** Digest of both halves of the preprocess contract. */
  readonly preprocessDigest: string;
  readonly cacheDir: string;
  /** The cache of the project; null or absent for what is made for this run alone. */
  readonly use?: CacheUse | null;
  /** Every byte of every row is compared again. */
  readonly isDoubted?: boolean;
  /** Bodies that are none are refused; what is no body anyway is recorded. */
  readonly huGate: "refuse" | "record";
  /** What the watcher is shown. */
  readonly phase: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Waits where the disk is full. */
  readonly space: SpaceWaiter;
}

/** A case in the cache: where its voxels lie, and how they came to be. */
export interface CachedRow extends CachedCase {
  /** SHA-256 over the bytes of its scan, as its receipt has it. */
  readonly sourceDigest: string;
  /** True when it was there before. */
  readonly isReused: boolean;
  receipt(): Promise<Receipt>;
}

/**
 * Makes the cache of these cases: rows in the cache of the project, or shards in the run's own folder. What is there and
 * whole is opened.
 *
 * @returns by case id.
 * @throws TomoeError as `openRows` and `openShard`; of several scans that are refused one error names all.
 */
export async function cacheCases(job: CacheJob): Promise<ReadonlyMap<string, CachedRow>> {
  const { use = null } = job;
  return use === null ? await inShards(job) : await inRows(job, use);
}

/** Cases as shards and rows are asked for. */
export function wantedRows({ folder }: Dataset, cases: readonly DatasetCase[]): readonly ShardCase[] {
  return cases.map(({ row, calibration }) => ({
    id: row.case,
    path: resolve(folder, row.path),
    ...defined({
      series: row.series,
      calibration,
      slice: row.slice,
      patchLabelsPath: row.patchLabels === undefined ? undefined : resolve(folder, row.patchLabels),
    }),
  }));
}

async function inShards(job: CacheJob): Promise<ReadonlyMap<string, CachedRow>> {
  const { dataset, cases, config, preprocessDigest, huGate, signal, space, onProgress } = job;
  const rows = new Map<string, CachedRow>();
  const step = casesPerShard[config.sizeDHW[0] === 1 ? "slices" : "volumes"];
  for (let at = 0; at < cases.length; at += step) {
    const part = cases.slice(at, at + step);
    const shard = await openShard({
      folder: job.cacheDir,
      config,
      preprocessDigest,
      huGate,
      signal,
      space,
      cases: wantedRows(dataset, part),
      onWarning: (warning) => {
        onProgress({ kind: "notice", text: warning.message });
      },
    });
    part.forEach(({ row }, index) => {
      rows.set(row.case, cachedRow({ shard, cacheDir: job.cacheDir, row: index }));
    });
    onProgress({ kind: "phase", phase: job.phase, done: at + part.length, total: cases.length });
  }
  return rows;
}

async function inRows(job: CacheJob, use: CacheUse): Promise<ReadonlyMap<string, CachedRow>> {
  const { dataset, cases, config, preprocessDigest, huGate, signal, space, onProgress, isDoubted } = job;
  const refused: { readonly error: TomoeError; readonly cases: readonly string[] }[] = [];
  const { rows } = await openRows({
    cache: use.folder,
    cases: wantedRows(dataset, cases),
    config,
    preprocessDigest,
    huGate,
    signal,
    space,
    ...defined({ isDoubted }),
    onFailure: (error, lost) => {
      refused.push({ error, cases: lost.map((row) => cases[row]?.row.case ?? "") });
    },
    onProgress: (done, total) => onProgress({ kind: "phase", phase: job.phase, done, total }),
    onWarning: ({ message }) => onProgress({ kind: "notice", text: message }),
  });
  refuseAll(refused, cases.length);
  const found = cases.map(({ row }, at) => [row.case, rows[at]] as const);
  await use.note(found.flatMap(([, row]) => row?.key ?? []));
  return new Map(found.flatMap(([id, row]) => (row === undefined ? [] : [[id, ofRow(row)] as const])));
}

/** How each volume came to be, by case; errors as `CachedRow.receipt`. */
export async function receiptsOf(
  rows: ReadonlyMap<string, CachedRow>,
): Promise<ReadonlyMap<string, Receipt>> {
  const receipts = new Map<string, Receipt>();
  for (const [id, row] of rows) receipts.set(id, await row.receipt());
  return receipts;
}

/** Refused cases that a message names. */
const shown = 5;

/** A run trains on all of its cases or on none: what is refused is named at once, and the rest is in the cache by then. */
function refuseAll(
  refused: readonly { readonly error: TomoeError; readonly cases: readonly string[] }[],
  total: number,
): void {
  const [first] = refused;
  if (first === undefined) return;
  if (refused.length === 1) throw first.error;
  const ids = refused.flatMap(({ cases }) => cases);
  const more = ids.length - shown;
  throw quoting(
    first.error,
    `${ids.length} of ${total} cases are refused: ${ids.slice(0, shown).join(", ")}${more > 0 ? ` and ${more} more` : ""}; the first: ${first.error.what}`,
    {
      hint: "Look at all of them with tomoe data verify; data.problems of the recipe leaves them out.",
      details: {
        refused: refused
          .slice(0, 200)
          .map(({ error, cases }) => ({ code: error.code, what: error.what, cases })),
      },
    },
  );
}

function ofRow(row: OpenedRow): CachedRow {
  const { volumeId, sourceDigest, isReused, hasPatchLabels, path, lengthBytes, crc32 } = row;
  return {
    volumeId,
    sourceDigest,
    isReused,
    receipt: async () => await row.receipt(),
    row: 0,
    hasPatchLabels,
    tensor: {
      kind: "region",
      region: { root: rowsRoot, path, offsetBytes: 0, lengthBytes, crc32, generation: 0 },
    },
  };
}

/**
 * Where row `row` of a shard lies, as the worker is told, and its receipt.
 *
 * @throws TomoeError `INTERNAL` for a row that the shard does not have.
 */
export function cachedRow({
  shard,
  cacheDir,
  row,
}: {
  readonly shard: Shard;
  readonly cacheDir: string;
  readonly row: number;
}): CachedRow {
  const volumeId = shard.volumeIds[row],
    receipt = shard.receipts[row];
  if (volumeId === undefined || receipt === undefined)
    throw bug(`a shard of ${shard.rows} rows has no row ${row}`);
  return {
    volumeId,
    sourceDigest: receipt.sourceDigest,
    isReused: shard.reused,
    receipt: async () => await Promise.resolve(receipt),
    row,
    hasPatchLabels: shard.patchShape !== null,
    tensor: {
      kind: "region",
      region: {
        root: cacheRoot,
        path: relative(cacheDir, shard.path).split("\\").join("/"),
        offsetBytes: shard.offsetBytes,
        lengthBytes: shard.lengthBytes,
        crc32: shard.crc32,
        generation: 0,
      },
    },
  };
}
