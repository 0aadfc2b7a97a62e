import { relative, resolve } from "node:path";
import type { CachedCase, Dataset, DatasetCase } from "../../data/dataset/index.ts";
import { openShard, type PreprocessConfig, type Shard } from "../../data/index.ts";
import { bug } from "../../errors.ts";
import type { SpaceWaiter } from "../../files/index.ts";
import type { Receipt } from "../../schema/volume.ts";
import type { OnProgress } from "../progress.ts";

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
  readonly receipt: Receipt;
}

/**
 * Makes the cache of these cases, shard by shard; a shard that is there and whole is opened.
 *
 * @returns by case id.
 * @throws TomoeError as `openShard`.
 */
export async function cacheCases(job: CacheJob): Promise<ReadonlyMap<string, CachedRow>> {
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
      cases: part.map(({ row, calibration }) => ({
        id: row.case,
        path: resolve(dataset.folder, row.path),
        ...(row.series === undefined ? {} : { series: row.series }),
        ...(calibration === undefined ? {} : { calibration }),
        ...(row.slice === undefined ? {} : { slice: row.slice }),
        ...(row.patchLabels === undefined
          ? {}
          : { patchLabelsPath: resolve(dataset.folder, row.patchLabels) }),
      })),
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
    receipt,
    row,
    hasPatchLabels: shard.patchShape !== null,
    tensor: {
      kind: "region",
      region: {
        root: "cache",
        path: relative(cacheDir, shard.path).split("\\").join("/"),
        offsetBytes: shard.offsetBytes,
        lengthBytes: shard.lengthBytes,
        crc32: shard.crc32,
        generation: 0,
      },
    },
  };
}
