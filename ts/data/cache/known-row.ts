import { statSync } from "node:fs";
import { TomoeError } from "../../errors.ts";
import { isMissing, readFailure } from "../../files/index.ts";
import type { Receipt } from "../../schema/volume.ts";
import { lookAtRow, type RowRecord } from "./row-file.ts";

/** What a row is, whoever wants it. */
export interface RowFacts {
  readonly lengthBytes: number;
  readonly crc32: number;
  /** SHA-256 over the bytes of its scan, as its receipt has it. */
  readonly sourceDigest: string;
  readonly hasPatchLabels: boolean;
}

/** The facts in the record of a row. */
export function factsOf({ lengthBytes, crc32, receipt, patchShape }: RowRecord): RowFacts {
  return { lengthBytes, crc32, sourceDigest: receipt.sourceDigest, hasPatchLabels: patchShape !== null };
}

/**
 * The receipt in a row.
 *
 * @throws TomoeError `DATA_SHARD_CHECKSUM` for a row that is damaged or gone; `PERMISSION`, `IO_FAILED`.
 */
export async function receiptOf(path: string, key: string): Promise<Receipt> {
  const look = await lookAtRow(path, "record");
  if (look.kind === "whole") return look.record.receipt;
  throw new TomoeError(
    "DATA_SHARD_CHECKSUM",
    `row ${key.slice(0, 12)} of the cache at ${path} is ${look.kind === "damaged" ? `damaged: ${look.why}` : "gone"}`,
    {
      hint: "Give the command again: it is built anew. Remove rows of a cache with tomoe data gc alone.",
      details: { path },
    },
  );
}

/**
 * Size, time and inode of a row: one that is written again has others. Undefined where there is none.
 *
 * @throws TomoeError `PERMISSION`, `IO_FAILED`.
 */
export function rowStamp(path: string): string | undefined {
  try {
    const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
    return facts && `${facts.size}.${facts.mtimeNs}.${facts.ino}`;
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw readFailure(cause, { action: "look at a row of the cache", path });
  }
}

/** A row as the memo knows it: under which stamp it was compared whole, and its facts. */
export function textOf(
  stamp: string,
  { lengthBytes, crc32, sourceDigest: source, hasPatchLabels }: RowFacts,
): string {
  return [stamp, lengthBytes, crc32, hasPatchLabels ? 1 : 0, source].join("/");
}

/** The facts in a text of the memo; undefined where it is of another stamp, or none. */
export function factsIn(text: string | undefined, stamp: string | undefined): RowFacts | undefined {
  const [of, length, crc, patches, source] = text?.split("/") ?? [];
  if (of !== stamp || source === undefined) return undefined;
  return {
    lengthBytes: Number(length),
    crc32: Number(crc),
    hasPatchLabels: patches === "1",
    sourceDigest: source,
  };
}
