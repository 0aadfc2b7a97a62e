import { closeSync, openSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { cancelled, isTomoeError, TomoeError } from "../errors.ts";
import { errnoOf, isDiskFull } from "../files/index.ts";
import type { TensorRef } from "../schema/tensor.ts";
import { piecesBytes } from "../tensor/index.ts";
import type { WorkerRoot } from "../worker/index.ts";
import { createRuntimeDir, removeRuntimeDir } from "../worker/index.ts";
import type { Region } from "./region-file.ts";
import { fill, reserve } from "./region-file.ts";

/** Left free beside the regions: the folder is shared with everything else on the machine. */
const spareBytes = 16 * 2 ** 20;

/** How many regions of what size to keep in shared memory. */
export interface RegionOptions {
  /** Name of the root in the hello. */
  readonly root: string;
  /** Tensors on their way at once: 2 lets one be written while the worker reads the other. */
  readonly regions: number;
  /** Largest Arrow file a region takes, in bytes. */
  readonly regionBytes: number;
  /** Folder in memory; default /dev/shm. */
  readonly base?: string;
}

/** Regions, or in words why there are none: tensors then travel inline. */
export type RegionOffer =
  | { readonly ring: RegionRing; readonly reason: undefined }
  | { readonly ring: undefined; readonly reason: string };

/**
 * One tensor on its way. The region belongs to the worker until `release`: its tensors are views of the region.
 */
export interface RegionLease {
  readonly tensor: TensorRef;
  /** Gives the region back; the next write overwrites it. Safe to call twice. */
  readonly release: () => void;
}

interface Waiter {
  readonly take: (region: Region) => void;
  readonly fail: (error: TomoeError) => void;
}

/**
 * Files of fixed size in shared memory, written again and again and never truncated, so that a mapping of
 * them stays valid.
 */
export class RegionRing {
  /** Agree on it in the hello. */
  readonly root: WorkerRoot;
  readonly regionBytes: number;
  readonly #regions: readonly Region[];
  readonly #free: Region[];
  readonly #waiters: Waiter[] = [];
  readonly #writing = new Set<Promise<unknown>>();
  #closed = false;

  constructor(root: WorkerRoot, regionBytes: number, regions: readonly Region[]) {
    this.root = root;
    this.regionBytes = regionBytes;
    this.#regions = regions;
    this.#free = [...regions];
  }

  /**
   * Writes an Arrow file into a free region, waiting for one when all are in use. Leave the pieces unchanged
   * until it resolves.
   *
   * @throws TomoeError `WIRE_TOO_LARGE` for more than a region takes, `DISK_FULL`, `IO_FAILED`, `CANCELLED`,
   * `WORKER_STATE` once closed.
   */
  async write(
    pieces: readonly Uint8Array[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<RegionLease> {
    const bytes = piecesBytes(pieces);
    if (bytes < 1 || bytes > this.regionBytes) {
      throw new TomoeError(
        "WIRE_TOO_LARGE",
        `the Arrow file has ${bytes} bytes, a region takes 1 to ${this.regionBytes}`,
        { hint: "Open larger regions, or send it inline.", details: { bytes, limitBytes: this.regionBytes } },
      );
    }
    const region = await this.#take(options.signal);
    // Closed while this waited its turn: the descriptors are gone, or are another file's.
    if (this.#closed) throw closedError();
    const filling = fill(region, pieces);
    this.#writing.add(filling);
    try {
      const checksum = await filling;
      const reference = {
        root: this.root.name,
        path: region.name,
        offsetBytes: 0,
        lengthBytes: bytes,
        crc32: checksum,
        generation: region.generation,
      };
      let released = false;
      return {
        tensor: { kind: "region", region: reference },
        release: () => {
          if (!released) {
            released = true;
            this.#give(region);
          }
        },
      };
    } catch (error) {
      this.#give(region);
      throw error;
    } finally {
      this.#writing.delete(filling);
    }
  }

  /** Unlinks the regions once nothing is being written; what the worker has mapped stays valid there. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) waiter.fail(closedError());
    await Promise.allSettled(this.#writing);
    for (const { descriptor } of this.#regions) closeSync(descriptor);
    removeRuntimeDir(this.root.path);
  }

  #take(signal: AbortSignal | undefined): Promise<Region> {
    if (this.#closed) return Promise.reject(closedError());
    if (signal?.aborted === true) return Promise.reject(cancelled("waiting for a region"));
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const leave = (): void => signal?.removeEventListener("abort", abort);
      const waiter: Waiter = {
        take: (region) => {
          leave();
          resolve(region);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.fail(cancelled("waiting for a region"));
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  #give(region: Region): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#free.push(region);
    else waiter.take(region);
  }
}

/**
 * Makes the regions in a folder of mode 0700 in shared memory, their memory taken at once, and sweeps what dead
 * processes left there.
 *
 * @returns no regions, and why, where there is no such folder or too little room: containers often give it 64
 * MB.
 * @throws TomoeError `TENSOR_INVALID` for counts below 1.
 */
export async function openRegions(options: RegionOptions): Promise<RegionOffer> {
  const { regions, regionBytes, base = "/dev/shm" } = options;
  if (
    !(Number.isSafeInteger(regions) && regions >= 1 && Number.isSafeInteger(regionBytes) && regionBytes >= 1)
  ) {
    throw new TomoeError("TENSOR_INVALID", `${regions} regions of ${regionBytes} bytes`, {
      hint: "Ask for at least one region of at least one byte.",
    });
  }
  const lacking = lackingRoom(base, regions * regionBytes + spareBytes);
  if (lacking !== undefined) return { ring: undefined, reason: lacking };
  let folder: string | undefined;
  const opened: Region[] = [];
  try {
    folder = createRuntimeDir(base);
    for (let index = 0; index < regions; index += 1) {
      const name = `region-${index}`;
      const path = join(folder, name);
      const region: Region = { name, path, descriptor: openSync(path, "wx", 0o600), generation: 0 };
      opened.push(region);
      await reserve(region.descriptor, regionBytes);
    }
    return {
      ring: new RegionRing({ name: options.root, path: folder, writable: false }, regionBytes, opened),
      reason: undefined,
    };
  } catch (error) {
    for (const { descriptor } of opened) closeSync(descriptor);
    if (folder !== undefined) removeRuntimeDir(folder);
    if (isDiskFull(error))
      return {
        ring: undefined,
        reason: `${base} filled up while ${regions} regions of ${regionBytes} bytes were made`,
      };
    return {
      ring: undefined,
      reason: `no regions in ${base}: ${isTomoeError(error) ? error.message : String(error)}`,
    };
  }
}

function lackingRoom(base: string, neededBytes: number): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(base);
    return bavail * bsize >= neededBytes
      ? undefined
      : `${base} has ${bavail * bsize} bytes free, ${neededBytes} are needed`;
  } catch (error) {
    return `${base} cannot be used: ${errnoOf(error) ?? String(error)}`;
  }
}

function closedError(): TomoeError {
  return new TomoeError("WORKER_STATE", "the regions are closed", {
    hint: "Write tensors before the ring is closed.",
  });
}
