import { join } from "node:path";
import { Pull } from "zeromq";
import { isTomoeError, TomoeError } from "../errors.ts";
import { maxSocketPathBytes } from "../files/index.ts";
import type { WorkerEvent } from "./decode-event.ts";
import { decodeEvent } from "./decode-event.ts";
import type { Loss } from "./gap-counter.ts";
import { GapCounter } from "./gap-counter.ts";

/** Events that are missing: lost on the way, or dropped here because this reader was too slow. */
export interface GapEvent {
  readonly kind: "gap";
  readonly missing: number;
  readonly where: "wire" | "reader";
  /** Null where a slow reader dropped events of any rank. */
  readonly rank: number | null;
  readonly attempt: number | null;
}

/** Bytes that were no event; they are counted and shown, never guessed at. */
export interface GarbageEvent {
  readonly kind: "garbage";
  readonly bytes: number;
  readonly problem: string;
}

export type TelemetryItem = WorkerEvent | GapEvent | GarbageEvent;

export interface TelemetryOptions {
  /** Private folder; the socket lies in it unless its path would be too long, then loopback TCP is used. */
  readonly runtimeDir: string;
  /** Items a reader may be behind before its oldest are dropped. Default 10,000. */
  readonly maxBacklog?: number;
}

/** The receiving end of the workers' telemetry. */
export interface TelemetryReceiver {
  /** What workers connect to, for the hello. */
  readonly endpoint: string;
  /** Items from now on; each call is a reader of its own. Ends at `close`. */
  events(): AsyncIterableIterator<TelemetryItem>;
  /** What was lost on the way so far, by rank and attempt. */
  losses(): readonly Loss[];
  /** Stops receiving; safe to call twice. */
  close(): Promise<void>;
}

const defaultBacklog = 10_000;
const maxEventBytes = 64 * 1024;

/**
 * Binds the socket that workers push to.
 *
 * @throws TomoeError `WORKER_UNAVAILABLE` when it cannot be bound.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<TelemetryReceiver> {
  const socket = new Pull({ linger: 0, receiveHighWaterMark: 1000, maxMessageSize: maxEventBytes });
  const path = join(options.runtimeDir, "telemetry.sock");
  const wanted = Buffer.byteLength(path) <= maxSocketPathBytes ? `ipc://${path}` : "tcp://127.0.0.1:*";
  try {
    await socket.bind(wanted);
  } catch (cause) {
    socket.close();
    throw new TomoeError("WORKER_UNAVAILABLE", `cannot bind telemetry to ${wanted}`, {
      hint: "Is another run using this runtime folder? Is it writable?",
      details: { endpoint: wanted },
      cause,
    });
  }
  return new PullReceiver(socket, options.maxBacklog ?? defaultBacklog);
}

class PullReceiver implements TelemetryReceiver {
  readonly endpoint: string;
  readonly #socket: Pull;
  readonly #gaps = new GapCounter();
  readonly #readers = new Set<Reader>();
  readonly #maxBacklog: number;
  readonly #over: Promise<void>;
  #closed = false;

  constructor(socket: Pull, maxBacklog: number) {
    this.#socket = socket;
    this.#maxBacklog = maxBacklog;
    this.endpoint = socket.lastEndpoint ?? "";
    this.#over = this.#receive();
  }

  events(): AsyncIterableIterator<TelemetryItem> {
    const reader = new Reader(this.#maxBacklog, () => this.#readers.delete(reader));
    if (this.#closed) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  losses(): readonly Loss[] {
    return this.#gaps.losses();
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#socket.close();
    }
    await this.#over;
  }

  async #receive(): Promise<void> {
    try {
      for await (const frames of this.#socket) for (const frame of frames) this.#take(frame);
    } catch (error) {
      // Closing the socket ends a receive in progress this way.
      if (!this.#closed)
        this.#give({ kind: "garbage", bytes: 0, problem: `receiving failed: ${String(error)}` });
    }
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  #take(frame: Uint8Array): void {
    try {
      const event = decodeEvent(frame);
      const missing = this.#gaps.missingBefore(event);
      if (missing > 0)
        this.#give({ kind: "gap", missing, where: "wire", rank: event.rank, attempt: event.attempt });
      this.#give(event);
    } catch (error) {
      if (!isTomoeError(error)) throw error;
      this.#give({ kind: "garbage", bytes: frame.length, problem: error.message });
    }
  }

  #give(item: TelemetryItem): void {
    for (const reader of this.#readers) reader.push(item);
  }
}

/** One reader's backlog: bounded, oldest dropped first, the drop shown where it happened. */
class Reader implements AsyncIterableIterator<TelemetryItem> {
  readonly #most: number;
  readonly #leave: () => void;
  readonly #backlog: TelemetryItem[] = [];
  #dropped = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(most: number, leave: () => void) {
    this.#most = most;
    this.#leave = leave;
  }

  push(item: TelemetryItem): void {
    this.#backlog.push(item);
    if (this.#backlog.length > this.#most) {
      this.#backlog.shift();
      this.#dropped += 1;
    }
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<TelemetryItem>> {
    while (this.#backlog.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#dropped > 0) {
      const missing = this.#dropped;
      this.#dropped = 0;
      return { done: false, value: { kind: "gap", missing, where: "reader", rank: null, attempt: null } };
    }
    const item = this.#backlog.shift();
    return item === undefined ? { done: true, value: undefined } : { done: false, value: item };
  }

  async return(): Promise<IteratorResult<TelemetryItem>> {
    this.#leave();
    this.end();
    this.#backlog.length = 0;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TelemetryItem> {
    return this;
  }
}
