import { closeSync, openSync, statfsSync, writeSync, writev as writevCallback } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { cancelled, isTomoeError, TomoeError } from "../../errors.ts";
import { errnoOf, isDiskFull, writeFailure } from "../../files/index.ts";
import type { TensorRef } from "../../schema/tensor.ts";
import { crc32, piecesBytes } from "../../tensor/index.ts";
import { createRuntimeDir, removeRuntimeDir } from "../launch/runtime-dir.ts";
import type { WorkerRoot } from "../pool.ts";
import type { CallOptions, WorkerClient } from "../rank.ts";

const writev = promisify(writevCallback);
const MiB = 2 ** 20;
/** Bytes of checksum between two turns of the event loop: about 2 ms. */
const checksumStride = 8 * MiB;
/** IOV_MAX of Linux. */
const mostPieces = 1024;
/** Left free beside the slots: the folder is shared with everything else on the machine. */
const spareBytes = 16 * MiB;

/** How many slots of what size to keep in shared memory. */
export interface SlotOptions {
  /** Name of the root in the hello. */
  readonly root: string;
  /** Tensors on their way at once: 2 lets one be written while the worker reads the other. */
  readonly slots: number;
  /** Largest Arrow file a slot takes, in bytes. */
  readonly slotBytes: number;
  /** Folder in memory; default /dev/shm. */
  readonly base?: string;
}

/** Slots, or in words why there are none: tensors then travel inline. */
export type SlotOffer =
  | { readonly ring: SlotRing; readonly reason: undefined }
  | { readonly ring: undefined; readonly reason: string };

/**
 * One tensor on its way. The slot belongs to the worker until `release`: its tensors are views of the slot.
 */
export interface SlotLease {
  readonly tensor: TensorRef;
  /** Gives the slot back; the next write overwrites it. Safe to call twice. */
  readonly release: () => void;
}

/** A tensor where the worker can open it, and the way it went there. */
export interface CarriedTensor {
  readonly tensor: TensorRef;
  readonly way: "slot" | "inline";
  /** Frees the slot or the upload once the worker no longer uses the tensor. */
  readonly release: (options?: CallOptions) => Promise<void>;
}

interface Slot {
  readonly name: string;
  readonly path: string;
  readonly descriptor: number;
  generation: number;
}

interface Waiter {
  readonly take: (slot: Slot) => void;
  readonly fail: (error: TomoeError) => void;
}

/**
 * Files of fixed size in shared memory, written again and again and never truncated, so that a mapping of
 * them stays valid.
 */
export class SlotRing {
  /** Agree on it in the hello. */
  readonly root: WorkerRoot;
  readonly slotBytes: number;
  readonly #slots: readonly Slot[];
  readonly #free: Slot[];
  readonly #waiters: Waiter[] = [];
  readonly #writing = new Set<Promise<unknown>>();
  #closed = false;

  constructor(root: WorkerRoot, slotBytes: number, slots: readonly Slot[]) {
    this.root = root;
    this.slotBytes = slotBytes;
    this.#slots = slots;
    this.#free = [...slots];
  }

  /**
   * Writes an Arrow file into a free slot, waiting for one when all are in use. Leave the pieces unchanged
   * until it resolves.
   *
   * @throws TomoeError `WIRE_TOO_LARGE` for more than a slot takes, `DISK_FULL`, `IO_FAILED`, `CANCELLED`,
   * `WORKER_STATE` once closed.
   */
  async write(
    pieces: readonly Uint8Array[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SlotLease> {
    const bytes = piecesBytes(pieces);
    if (bytes < 1 || bytes > this.slotBytes) {
      throw new TomoeError(
        "WIRE_TOO_LARGE",
        `the Arrow file has ${bytes} bytes, a slot takes 1 to ${this.slotBytes}`,
        { hint: "Open larger slots, or send it inline.", details: { bytes, limitBytes: this.slotBytes } },
      );
    }
    const slot = await this.#take(options.signal);
    // Closed while this waited its turn: the descriptors are gone, or are another file's.
    if (this.#closed) throw closedError();
    const filling = fill(slot, pieces);
    this.#writing.add(filling);
    try {
      const checksum = await filling;
      const region = {
        root: this.root.name,
        path: slot.name,
        offsetBytes: 0,
        lengthBytes: bytes,
        crc32: checksum,
        generation: slot.generation,
      };
      let released = false;
      return {
        tensor: { kind: "region", region },
        release: () => {
          if (!released) {
            released = true;
            this.#give(slot);
          }
        },
      };
    } catch (error) {
      this.#give(slot);
      throw error;
    } finally {
      this.#writing.delete(filling);
    }
  }

  /** Unlinks the slots once nothing is being written; what the worker has mapped stays valid there. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) waiter.fail(closedError());
    await Promise.allSettled(this.#writing);
    for (const { descriptor } of this.#slots) closeSync(descriptor);
    removeRuntimeDir(this.root.path);
  }

  #take(signal: AbortSignal | undefined): Promise<Slot> {
    if (this.#closed) return Promise.reject(closedError());
    if (signal?.aborted === true) return Promise.reject(cancelled("waiting for a slot"));
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const leave = (): void => signal?.removeEventListener("abort", abort);
      const waiter: Waiter = {
        take: (slot) => {
          leave();
          resolve(slot);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.fail(cancelled("waiting for a slot"));
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  #give(slot: Slot): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#free.push(slot);
    else waiter.take(slot);
  }
}

/**
 * Makes the slots in a folder of mode 0700 in shared memory, their memory taken at once, and sweeps what dead
 * processes left there.
 *
 * @returns no slots, and why, where there is no such folder or too little room: containers often give it 64
 * MB.
 * @throws TomoeError `TENSOR_INVALID` for counts below 1.
 */
export async function openSlots(options: SlotOptions): Promise<SlotOffer> {
  const { slots, slotBytes, base = "/dev/shm" } = options;
  if (!(Number.isSafeInteger(slots) && slots >= 1 && Number.isSafeInteger(slotBytes) && slotBytes >= 1)) {
    throw new TomoeError("TENSOR_INVALID", `${slots} slots of ${slotBytes} bytes`, {
      hint: "Ask for at least one slot of at least one byte.",
    });
  }
  const lacking = lackingRoom(base, slots * slotBytes + spareBytes);
  if (lacking !== undefined) return { ring: undefined, reason: lacking };
  let folder: string | undefined;
  const opened: Slot[] = [];
  try {
    folder = createRuntimeDir(base);
    for (let index = 0; index < slots; index += 1) {
      const name = `slot-${index}`;
      const path = join(folder, name);
      const slot: Slot = { name, path, descriptor: openSync(path, "wx", 0o600), generation: 0 };
      opened.push(slot);
      await reserve(slot.descriptor, slotBytes);
    }
    return {
      ring: new SlotRing({ name: options.root, path: folder, writable: false }, slotBytes, opened),
      reason: undefined,
    };
  } catch (error) {
    for (const { descriptor } of opened) closeSync(descriptor);
    if (folder !== undefined) removeRuntimeDir(folder);
    if (isDiskFull(error))
      return {
        ring: undefined,
        reason: `${base} filled up while ${slots} slots of ${slotBytes} bytes were made`,
      };
    return {
      ring: undefined,
      reason: `no slots in ${base}: ${isTomoeError(error) ? error.message : String(error)}`,
    };
  }
}

/**
 * Brings Arrow bytes to a rank on this host: through a slot where there is one that takes them, else inline
 * in chunks.
 *
 * @param uploadId - name of the upload, should it go inline; unique among those not yet released.
 * @throws TomoeError as `SlotRing.write` and `WorkerClient.putTensor`.
 */
export async function carryTensor(
  client: Pick<WorkerClient, "putTensor" | "dropTensor">,
  ring: SlotRing | undefined,
  uploadId: string,
  pieces: readonly Uint8Array[],
  options: CallOptions = {},
): Promise<CarriedTensor> {
  if (ring !== undefined && piecesBytes(pieces) <= ring.slotBytes) {
    const lease = await ring.write(pieces, options);
    return { tensor: lease.tensor, way: "slot", release: async () => lease.release() };
  }
  await client.putTensor(uploadId, pieces, options);
  const tensor: TensorRef = { kind: "uploaded", uploadId };
  return {
    tensor,
    way: "inline",
    release: async (bounds = {}) => void (await client.dropTensor(tensor, bounds)),
  };
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

/** Writes the whole slot once: later writes then find their pages, and can no longer meet a full folder. */
async function reserve(descriptor: number, bytes: number): Promise<void> {
  const zeros = new Uint8Array(Math.min(bytes, 4 * MiB));
  for (let at = 0; at < bytes; ) {
    at += writeSync(descriptor, zeros, 0, Math.min(zeros.byteLength, bytes - at), at);
    await nextTurn();
  }
}

/** Writes in the thread pool while this thread computes the checksum; returns the checksum. */
async function fill(slot: Slot, pieces: readonly Uint8Array[]): Promise<number> {
  slot.generation += 1;
  const [checksum] = await Promise.all([checksumOf(pieces), writePieces(slot, pieces)]);
  return checksum;
}

async function checksumOf(pieces: readonly Uint8Array[]): Promise<number> {
  let checksum = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += checksumStride) {
      if (at > 0) await nextTurn();
      checksum = crc32([piece.subarray(at, at + checksumStride)], checksum);
    }
  }
  return checksum;
}

async function writePieces(slot: Slot, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces.filter((piece) => piece.byteLength > 0);
  let at = 0;
  try {
    while (left.length > 0) {
      const { bytesWritten } = await writev(slot.descriptor, left.slice(0, mostPieces), at);
      at += bytesWritten;
      left = after(left, bytesWritten);
    }
  } catch (cause) {
    throw writeFailure(cause, { action: `write from byte ${at} on`, path: slot.path });
  }
}

/** What is left of the pieces behind the first `bytes`. */
function after(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const index = pieces.findIndex((piece) => {
    if (piece.byteLength > skip) return true;
    skip -= piece.byteLength;
    return false;
  });
  const first = pieces[index];
  return first === undefined ? [] : [first.subarray(skip), ...pieces.slice(index + 1)];
}

function closedError(): TomoeError {
  return new TomoeError("WORKER_STATE", "the slots are closed", {
    hint: "Write tensors before the ring is closed.",
  });
}
