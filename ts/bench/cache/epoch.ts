import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRows, type RowsWish, rowsFolder } from "../../data/index.ts";
import { writePhantomDataset } from "../../data/phantom/index.ts";
import type { TripleDHW } from "../../schema/volume.ts";
import { type PythonCase, pythonCases, roundsOf } from "../python-cases.ts";
import { type BenchRow, median } from "../rows.ts";

/** What is delivered, and how many small rows are opened. */
export interface EpochSize {
  readonly volumes: number;
  readonly sizeDHW: TripleDHW;
  readonly batch: number;
  readonly rounds: number;
  readonly cases: number;
}

const usual: EpochSize = { volumes: 320, sizeDHW: [32, 256, 256], batch: 8, rounds: 5, cases: 4000 };
const smallDHW = [4, 8, 8] as const;
/** What 120,000 cases may take the second time. */
const openLimit = { cases: 120_000, ms: 2000 } as const;
/** CPU of one volume. */
const cpuLimitMs = 0.3;
const windowHu = { low: -1000, high: 1000 };

/**
 * C2: prepared volumes of 32 x 256 x 256 as batches of eight, from rows of the cache that the worker maps, compares and
 * decodes anew in each epoch, against torch's DataLoader with two processes over `.npy` files and MONAI's
 * PersistentDataset; the floor is one copy of the same bytes. And how long rows that are there take to open.
 */
export async function benchCacheEpoch(
  note: (line: string) => void,
  size: EpochSize = usual,
): Promise<readonly BenchRow[]> {
  const { batch, rounds, volumes, cases } = size;
  const folder = mkdtempSync(join(tmpdir(), "tomoe-epoch-"));
  try {
    const opened = await timedOpening(join(folder, "small"), size, note);
    const wish = await wishOf(join(folder, "large"), volumes, size.sizeDHW);
    const { rows } = await openRows(wish);
    note(`${rows.length} rows are written`);
    const measured = await pythonCases(
      {
        module: "cache_epoch",
        settings: {
          cache: rowsFolder(wish.cache),
          rows: rows.map((row) => ({ path: row?.path, lengthBytes: row?.lengthBytes, crc32: row?.crc32 })),
          folder: join(folder, "rivals"),
          batch,
          rounds,
          threads: 1,
        },
      },
      note,
    );
    return [...epochRows(measured, volumes), openingRow(opened, cases)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** So many scans, each a phantom with other air in its last corner, and what is wanted of them. */
export async function wishOf(
  folder: string,
  count: number,
  sizeDHW: RowsWish["config"]["sizeDHW"],
): Promise<RowsWish> {
  await writePhantomDataset(join(folder, "phantom"), {
    seed: 1,
    volumes: { train: 1, validation: 0, test: 0 },
    sizeDHW: [16, 24, 24],
  });
  const bytes = readFileSync(join(folder, "phantom", "volumes", "train-00000.nii"));
  const cases = Array.from({ length: count }, (_, number) => {
    const path = join(folder, `scan-${number}.nii`);
    bytes.writeInt16LE(-1000 + (number % 64), bytes.length - 2);
    bytes.writeInt16LE(-1000 + Math.floor(number / 64), bytes.length - 4);
    writeFileSync(path, bytes);
    // Written a moment ago it would be digested again each time.
    utimesSync(path, 1_000_000, 1_000_000);
    return { path };
  });
  const config = { sizeDHW, windowHu, stack: "acquired" } as const;
  return { cache: join(folder, "cache"), cases, config, preprocessDigest: "bench" };
}

async function timedOpening(
  folder: string,
  { cases, rounds }: EpochSize,
  note: (line: string) => void,
): Promise<readonly number[]> {
  const wish = await wishOf(folder, cases, smallDHW);
  await openRows(wish);
  note(`${cases} small rows are written`);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await openRows(wish);
    times.push(performance.now() - started);
  }
  return times;
}

/** What the second opening of so many cases has to reach: the share that they are of the limit's cases. */
export function openingRow(rounds: readonly number[], cases: number): BenchRow {
  return {
    name: "cache.epoch",
    what: `${cases} cases opened the second time`,
    oursMs: median(rounds),
    peerMs: null,
    floorMs: (openLimit.ms * cases) / openLimit.cases,
    targets: [{ against: "floor", atLeast: 1 }],
    details: { rounds },
  };
}

/** What ours is held against, by way: batches of views on mapped rows, as the worker trains on them. */
const peers: { readonly [way: string]: { readonly what: string; readonly atLeast?: number } } = {
  float32: { what: "DataLoader on float32 .npy", atLeast: 20 },
  int16: { what: "DataLoader on the same bytes", atLeast: 5 },
  persistent: { what: "MONAI PersistentDataset, float32" },
};

/** One row a rival, one of ours copied into batches, and one of the CPU that a volume takes. */
export function epochRows(cases: readonly PythonCase[], volumes: number): readonly BenchRow[] {
  return cases.flatMap((measured) => {
    const ours = roundsOf(measured, "ours"),
      copy = median(roundsOf(measured, "copy").wallMs);
    const perSecond = (ms: number): number => (1000 * volumes) / ms;
    const rows: BenchRow[] = Object.entries(peers).map(([way, { what, atLeast }]) => {
      const rival = measured.ways[way];
      const peerMs = rival === undefined ? null : median(rival.wallMs);
      return {
        name: "cache.epoch",
        what: `${volumes} volumes against ${what}`,
        oursMs: median(ours.wallMs),
        peerMs,
        floorMs: copy,
        targets: atLeast === undefined ? [] : [{ against: "peer", atLeast }],
        details: {
          rounds: ours.wallMs,
          oursPerSecond: perSecond(median(ours.wallMs)),
          ...(peerMs === null ? {} : { peerPerSecond: perSecond(peerMs) }),
          copiesPerSecond: perSecond(copy),
        },
      };
    });
    const cpu = ours.cpuMs.map((ms) => ms / volumes);
    return [
      ...rows,
      {
        name: "cache.epoch",
        what: `${volumes} volumes copied into batches, against DataLoader on the same bytes`,
        oursMs: median(roundsOf(measured, "copied").wallMs),
        peerMs: measured.ways.int16 === undefined ? null : median(measured.ways.int16.wallMs),
        floorMs: copy,
        targets: [],
        details: { rounds: roundsOf(measured, "copied").wallMs },
      },
      {
        name: "cache.epoch",
        what: "CPU of one volume",
        oursMs: median(cpu),
        peerMs: null,
        floorMs: cpuLimitMs,
        targets: [{ against: "floor", atLeast: 1 }],
        details: { rounds: cpu },
      },
    ];
  });
}
