import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bug } from "../../errors.ts";
import { type SpaceWaiter, writeWhole } from "../../files/index.ts";
import { airHu, type ControlName } from "../../schema/answers/control.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import { crc32, decodeTensors, encodeTensors, piecesBytes } from "../../tensor/index.ts";
import type { RunJob } from "../job.ts";
import { type CachePlaces, cacheRoot, regionPath, rowsRoot } from "../prepare/cache-places.ts";
import type { EvaluatedCase } from "./cases.ts";

/** One volume on its way into a control: slices along the slowest axis. */
interface Voxels {
  readonly data: Int16Array;
  readonly slices: number;
}

/** What each control makes of a volume; `key` is what its random order is drawn from. */
export const changes: { readonly [K in ControlName]: (voxels: Voxels, key: string) => Int16Array } = {
  blank: ({ data }) => new Int16Array(data.length).fill(airHu),
  "shuffled-slices": ({ data, slices }, key) => {
    const size = data.length / slices;
    const drawn = (slice: number): string => createHash("sha256").update(`${key}/${slice}`).digest("hex");
    const order = Array.from({ length: slices }, (_, slice) => ({ slice, at: drawn(slice) })).sort((a, b) =>
      a.at < b.at ? -1 : 1,
    );
    const out = new Int16Array(data.length);
    for (const [place, { slice }] of order.entries())
      out.set(data.subarray(slice * size, (slice + 1) * size), place * size);
    return out;
  },
};

/** What a control says of one volume.
 *
 * @param key - what a random order is drawn from.
 */
export function changedVoxels(control: ControlName, voxels: Voxels, key: string): Int16Array {
  return changes[control](voxels, key);
}

/** Where the volumes of controls are written, and how large they are. */
export interface ControlPlace extends Pick<RunJob, "resolved">, CachePlaces {
  readonly space: SpaceWaiter;
}

/**
 * Writes the volumes of one call as a control has them into the cache, where the worker reads them.
 *
 * @param at - number of the first case, for the file's name.
 * @throws TomoeError `INTERNAL` for a case whose volume is no row of the cache; `DISK_FULL`, `IO_FAILED`,
 * `PERMISSION`.
 */
export async function controlVolumes(
  { resolved, space, ...places }: ControlPlace,
  control: ControlName,
  { part, at }: { readonly part: readonly EvaluatedCase[]; readonly at: number },
): Promise<readonly BatchVolume[]> {
  const [slices, rows, columns] = resolved.config.data.sizeDHW;
  const size = slices * rows * columns;
  const data = new Int16Array(part.length * size);
  const read = shardReader(places);
  for (const [place, { id, volume }] of part.entries()) {
    const held = (await read(volume)).subarray(volume.row * size, (volume.row + 1) * size);
    data.set(changedVoxels(control, { data: held, slices }, `${resolved.config.seed}/${id}`), place * size);
  }
  const shape = [slices, rows, columns];
  const pieces = encodeTensors([
    { name: "volume", dtype: "int16", rows: part.length, shape, dimNames: ["d", "h", "w"], data },
  ]);
  const path = `control-${control}-${String(at).padStart(6, "0")}.arrow`;
  await writeWhole(join(places.cacheDir, path), pieces, { space });
  const region = {
    root: cacheRoot,
    path,
    offsetBytes: 0,
    lengthBytes: piecesBytes(pieces),
    crc32: crc32(pieces),
    generation: 0,
  };
  return part.map(({ volume }, row) => ({
    ...volume,
    volumeId: `${volume.volumeId}/${control}`,
    row,
    hasPatchLabels: false,
    tensor: { kind: "region", region },
  }));
}

/** Reads the column of volumes that a cached volume is a row of; the shard read last is kept. */
export function shardReader(places: CachePlaces): (volume: BatchVolume) => Promise<Int16Array> {
  let last: { readonly path: string; readonly data: Int16Array } | undefined;
  return async ({ volumeId, tensor }) => {
    if (tensor.kind !== "region") throw bug(`volume ${volumeId} is no row of the cache`);
    const { root, path, lengthBytes } = tensor.region;
    if (last?.path !== path) {
      const bytes = await readFile(regionPath(places, tensor.region));
      // Behind its tensors a row of the project's cache has its record.
      const columns = decodeTensors(root === rowsRoot ? bytes.subarray(0, lengthBytes) : bytes);
      const column = columns.find(({ name }) => name === "volume");
      if (column?.dtype !== "int16") throw bug(`${path} has no column of volumes`);
      last = { path, data: column.data };
    }
    return last.data;
  };
}
