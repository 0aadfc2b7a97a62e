import { rm } from "node:fs/promises";
import { join } from "node:path";
import { defined } from "../../defined.ts";
import { TomoeError } from "../../errors.ts";
import { makeFolders, readHead, throwIfAborted, writeWhole } from "../../files/index.ts";
import { digestJson } from "../../schema/digest.ts";
import { sourceDigest } from "../cache/source.ts";
import { preprocessGraph } from "../prepare/graph/graph.ts";
import { statedConfig } from "../prepare/preprocess.ts";
import { huGateRule } from "../volume/hu/gate.ts";
import { readRecord, recordBytes, type ShardRecord } from "./record.ts";
import type { ShardRequest } from "./request.ts";
import { fillRows, type ShardRows } from "./rows.ts";

/**
 * A verified shard: an Arrow IPC file with columns "volume" and, when a case has labels, "patchLabels" (-1 =
 * ignore).
 */
export interface Shard extends ShardRecord {
  /** Absolute when the cache folder is. */
  readonly path: string;
  readonly offsetBytes: 0;
  /** True when it was already there. */
  readonly reused: boolean;
}

/**
 * Opens the shard of these cases, building it when it is not there.
 *
 * Its name is the digest of every source's bytes, the preprocess digest, the HU gate's rule and the rows asked for, so a changed
 * scan or setting never meets an old
 * shard. An existing one is verified (length, CRC-32); a damaged one is reported through `onWarning` and
 * built again.
 * @throws TomoeError as `readVolume` (naming the case), `DATA_MANIFEST` for labels or slices that do
 * not fit, `DISK_FULL`, `PERMISSION`, `OUTPUT_CREATE`, `CANCELLED`.
 */
export async function openShard(request: ShardRequest): Promise<Shard> {
  if (request.cases.length === 0)
    throw new TomoeError("DATA_EMPTY", "a shard of no cases was asked for", {
      hint: "Give at least one case.",
    });
  const name = await shardName(request);
  const path = join(request.folder, `${name}.arrow`);
  const recordPath = join(request.folder, `${name}.json`);
  const record = await readRecord(recordPath);
  if (record !== undefined) {
    const problem = await verify(path, record);
    if (problem === undefined) return { ...record, path, offsetBytes: 0, reused: true };
    request.onWarning?.({
      code: "SHARD_REBUILT",
      message: `cache shard ${name.slice(0, 12)} is damaged (${problem}) and is built again`,
    });
    await rm(recordPath, { force: true });
  }
  return { ...(await build(request, path, recordPath)), path, offsetBytes: 0, reused: false };
}

async function build(request: ShardRequest, path: string, recordPath: string): Promise<ShardRecord> {
  const { crc32, encodeTensors } = await import("../../tensor/index.ts");
  const rows: ShardRows = await fillRows(request);
  const volume = {
    name: "volume",
    dtype: "int16",
    rows: request.cases.length,
    shape: request.config.sizeDHW,
    dimNames: ["d", "h", "w"],
    data: rows.voxels,
  } as const;
  const chunks =
    rows.patches === undefined
      ? encodeTensors([volume])
      : encodeTensors([
          volume,
          {
            name: "patchLabels",
            dtype: "int16",
            rows: request.cases.length,
            shape: rows.patches.shape,
            dimNames: ["d", "gh", "gw"],
            data: rows.patches.labels,
          },
        ]);
  const record: ShardRecord = {
    format: "tomoe.shard/1",
    graph: preprocessGraph,
    lengthBytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    crc32: crc32(chunks),
    rows: request.cases.length,
    shape: request.config.sizeDHW,
    patchShape: rows.patches?.shape ?? null,
    volumeIds: rows.volumeIds,
    receipts: rows.receipts,
    warnings: rows.warnings,
  };
  throwIfAborted(request.signal);
  const { folder, space } = request;
  await makeFolders(folder, { space });
  await writeWhole(path, chunks, { space });
  // The record is the commit mark: a shard without one is built again.
  await writeWhole(recordPath, recordBytes(record), { space });
  return record;
}

async function shardName(request: ShardRequest): Promise<string> {
  const known = new Map<string, string>();
  const digest = async (path: string): Promise<string> => {
    const found = known.get(path) ?? (await sourceDigest(path, request.signal));
    known.set(path, found);
    return found;
  };
  const rows = [];
  for (const entry of request.cases) {
    throwIfAborted(request.signal);
    rows.push({
      source: await digest(entry.path),
      series: entry.series ?? null,
      ...defined({ policy: entry.policy, calibration: plain(entry.calibration) }),
      slice: entry.slice ?? null,
      patchLabels: entry.patchLabelsPath === undefined ? null : await digest(entry.patchLabelsPath),
    });
  }
  const contract = {
    format: "tomoe.shard/1",
    preprocessDigest: request.preprocessDigest,
    config: statedConfig(request.config),
    huGate: { rule: huGateRule, verdict: request.huGate ?? "refuse" },
    rows,
  };
  return digestJson(contract, "the name of a shard");
}

function plain(calibration: ShardRequest["cases"][number]["calibration"]) {
  if (calibration === undefined) return undefined;
  const { slope, intercept, affineRas } = calibration;
  return { slope, intercept, affineRas: affineRas.map((line) => [...line]) };
}

/** Why a shard cannot be used, or undefined when it is whole. */
async function verify(path: string, record: ShardRecord): Promise<string | undefined> {
  const { crc32 } = await import("../../tensor/index.ts");
  try {
    const { bytes, sizeBytes } = await readHead(path, record.lengthBytes);
    if (sizeBytes !== record.lengthBytes)
      return `${sizeBytes} bytes where ${record.lengthBytes} were written`;
    return crc32([bytes]) === record.crc32 ? undefined : "its checksum differs";
  } catch {
    return "it cannot be read";
  }
}
