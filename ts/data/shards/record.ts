import { readFile } from "node:fs/promises";
import type { JsonValue } from "../../errors.ts";
import type { Receipt, TripleDHW, VolumeWarning } from "../../schema/volume.ts";

/** What the JSON file beside a shard says: how to verify it, and how each row came to be. */
export interface ShardRecord {
  readonly format: "tomoe.shard/1";
  /** The preprocess graph that made its rows; in the shard's name by the preprocess digest. */
  readonly graph: string;
  readonly lengthBytes: number;
  /** CRC-32 (IEEE 802.3) over the whole file. */
  readonly crc32: number;
  readonly rows: number;
  /** Shape of one row of column "volume". */
  readonly shape: TripleDHW;
  /** Shape of one row of column "patchLabels", or null without that column. */
  readonly patchShape: TripleDHW | null;
  readonly volumeIds: readonly string[];
  readonly receipts: readonly Receipt[];
  readonly warnings: readonly (readonly VolumeWarning[])[];
}

/** The record beside a shard, or undefined when there is none or it is not a whole one. */
export async function readRecord(path: string): Promise<ShardRecord | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

/** JSON bytes of a record. */
export function recordBytes(record: ShardRecord): Uint8Array {
  const value: { readonly [key: string]: JsonValue } = {
    ...record,
    receipts: record.receipts.map((receipt) => ({ ...receipt })),
    warnings: record.warnings.map((list) => list.map((warning) => ({ ...warning }))),
  };
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function isRecord(value: unknown): value is ShardRecord {
  if (typeof value !== "object" || value === null) return false;
  const {
    format,
    graph,
    lengthBytes,
    crc32,
    rows,
    shape,
    patchShape,
    volumeIds,
    receipts,
    warnings,
  }: { readonly [key in keyof ShardRecord]?: unknown } = value;
  const counts = [lengthBytes, crc32, rows].every(Number.isSafeInteger);
  const perRow = [volumeIds, receipts, warnings].every((list) => Array.isArray(list) && list.length === rows);
  return (
    format === "tomoe.shard/1" &&
    typeof graph === "string" &&
    counts &&
    perRow &&
    isTriple(shape) &&
    (patchShape === null || isTriple(patchShape))
  );
}

function isTriple(value: unknown): value is TripleDHW {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((size) => Number.isSafeInteger(size) && size >= 1)
  );
}
