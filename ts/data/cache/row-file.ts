import { open } from "node:fs/promises";
import { crc32 as crc32Of } from "node:zlib";
import { isMissing, makeFolders, readFailure, type SpaceWaiter, writeWhole } from "../../files/index.ts";
import type { Receipt, TripleDHW, VolumeWarning } from "../../schema/volume.ts";
import type { MadeRow } from "../shards/made-rows.ts";

/** What stands behind the voxels of a row: how to verify it, and how it came to be. */
export interface RowRecord {
  readonly format: "tomoe.row/1";
  /** Of the Arrow stream at the beginning of the file. */
  readonly lengthBytes: number;
  /** CRC-32 (IEEE 802.3) over it. */
  readonly crc32: number;
  /** Shape of column "volume". */
  readonly shape: TripleDHW;
  /** Shape of column "patchLabels", or null without that column. */
  readonly patchShape: TripleDHW | null;
  readonly receipt: Receipt;
  readonly warnings: readonly VolumeWarning[];
}

/** The last bytes of a row: length and CRC-32 of the record before them, and a mark. */
const mark = Buffer.from("TOMOEROW");
const endBytes = mark.length + 8;
/** Read with the end: most records are shorter. */
const usualRecordBytes = 1 << 12;

/**
 * Writes a row whole or not at all: an Arrow stream of one row, its record, and their end, in one file.
 *
 * @throws TomoeError `DISK_FULL`, `PERMISSION`, `OUTPUT_CREATE`, `IO_FAILED`.
 */
export async function writeRow(
  path: string,
  { voxels, patches, receipt, warnings }: Pick<MadeRow, "voxels" | "patches" | "receipt" | "warnings">,
  { shape, space }: { readonly shape: TripleDHW; readonly space?: SpaceWaiter | undefined },
): Promise<RowRecord> {
  const { crc32, encodeTensors, piecesBytes } = await import("../../tensor/index.ts");
  const one = { dtype: "int16", rows: 1 } as const;
  const pieces = encodeTensors([
    { ...one, name: "volume", shape, dimNames: ["d", "h", "w"], data: voxels },
    ...(patches === undefined
      ? []
      : [
          {
            ...one,
            name: "patchLabels",
            shape: patches.shape,
            dimNames: ["d", "gh", "gw"],
            data: patches.labels,
          },
        ]),
  ]);
  const record: RowRecord = {
    format: "tomoe.row/1",
    lengthBytes: piecesBytes(pieces),
    crc32: crc32(pieces),
    shape,
    patchShape: patches?.shape ?? null,
    receipt,
    warnings,
  };
  const text = Buffer.from(JSON.stringify(record));
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(text.length, 0);
  end.writeUInt32LE(crc32Of(text), 4);
  mark.copy(end, 8);
  await makeFolders(folderOf(path), { space });
  await writeWhole(path, [...pieces, text, end], { space });
  return record;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** What a row came to when it was looked at. */
export type RowLook =
  | { readonly kind: "whole"; readonly record: RowRecord }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged"; readonly why: string };

/**
 * Reads the record of a row and, unless it is known to be whole, all of it.
 *
 * @param depth - "record" believes the voxels, "all" compares their CRC-32.
 * @throws TomoeError `PERMISSION`, `IO_FAILED`.
 */
export async function lookAtRow(path: string, depth: "record" | "all"): Promise<RowLook> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    if (isMissing(cause)) return { kind: "missing" };
    throw readFailure(cause, { action: "open a row of the cache", path });
  }
  try {
    const { size } = await handle.stat();
    const read = async (from: number, length: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    };
    const last = await read(Math.max(0, size - usualRecordBytes), Math.min(size, usualRecordBytes));
    const end = last.subarray(Math.max(0, last.length - endBytes));
    if (end.length < endBytes || !end.subarray(8).equals(mark)) return damaged("its end is missing");
    const length = end.readUInt32LE(0);
    if (length + endBytes > size) return damaged("its record is cut off");
    const text = await read(size - endBytes - length, length);
    if (crc32Of(text) !== end.readUInt32LE(4)) return damaged("the checksum of its record differs");
    const record = JSON.parse(text.toString("utf8")) as RowRecord;
    if (record.lengthBytes + length + endBytes !== size) return damaged("it has another length");
    if (depth === "record") return { kind: "whole", record };
    const voxels = await read(0, record.lengthBytes);
    return crc32Of(voxels) === record.crc32 ? { kind: "whole", record } : damaged("its checksum differs");
  } catch (cause) {
    throw readFailure(cause, { action: "read a row of the cache", path });
  } finally {
    await handle.close();
  }
}

const damaged = (why: string): RowLook => ({ kind: "damaged", why });
