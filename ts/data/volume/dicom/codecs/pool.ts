import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isTomoeError, TomoeError } from "../../../../errors.ts";
import { throwIfAborted } from "../../../../files/index.ts";
import type { Exchange } from "../../../../process/index.ts";
import type { PixelFormat } from "../slice.ts";
import { largestAnswer, packRequest, unpackAnswer } from "./messages.ts";
import type { DecodedFrame, PixelDecoder } from "./port.ts";
import { decoders } from "./table.ts";

/** One compressed frame and what its DICOM header promises. */
export interface EncodedFrame {
  /** Names it in messages. */
  readonly where: string;
  readonly decoder: PixelDecoder;
  readonly bytes: Uint8Array;
  readonly format: PixelFormat;
}

const mostLanes = 8;
/**
 * What a frame's decoder may compute, its start included: a hundred times what it takes, and for a frame of 512 x 512 less
 * than the 5 s after which a user takes a command for hung.
 */
const startMs = 3000;
const perMegapixelMs = 6000;
/** A Node child maps about 600 MiB before its first line; the codec gets 1 GiB on top. */
const maxMemoryBytes = 1664 * 1024 * 1024;

/**
 * Decoder processes that live for one series, as many as there are cores and frames in flight, each bounded in memory
 * and every frame in time and size. A codec that crashes, hangs or runs out of memory takes its process with it and
 * nothing else; wasm in a thread of this process could not be bounded so.
 */
export class DecoderPool {
  readonly #signal: AbortSignal | undefined;
  readonly #idle: Exchange[] = [];
  readonly #all: Exchange[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #lanes: number;
  #failure: unknown;
  #stopped = false;

  constructor(signal: AbortSignal | undefined, lanes = Math.min(mostLanes, availableParallelism())) {
    this.#signal = signal;
    this.#lanes = Math.max(1, lanes);
  }

  /**
   * Hands a frame to a process; returns as soon as one has taken it, so that the next can be read meanwhile.
   *
   * @param take - receives the decoded frame, in the order in which frames are done.
   * @throws TomoeError `DATA_PIXEL_DECODE` naming a frame, this one or one before; `CANCELLED`.
   */
  async push(frame: EncodedFrame, take: (decoded: DecodedFrame) => void): Promise<void> {
    while (this.#running.size >= this.#lanes && this.#failure === undefined) await this.#untilOneEnds();
    this.#throwFailure();
    const running = this.#decode(frame, take).catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Waits until every frame is done; throws as `push` does. */
  async finish(): Promise<void> {
    while (this.#running.size > 0 && this.#failure === undefined) await this.#untilOneEnds();
    this.#throwFailure();
  }

  /** Ends every process; safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#all.map((lane) => lane.stop()));
    await Promise.all(this.#running);
  }

  async #untilOneEnds(): Promise<void> {
    const signal = this.#signal;
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<void>((resolve) => {
      onAbort = () => resolve();
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    await Promise.race([...this.#running, ...(signal === undefined ? [] : [aborted])]);
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    throwIfAborted(signal);
  }

  #throwFailure(): void {
    throwIfAborted(this.#signal);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #decode(frame: EncodedFrame, take: (decoded: DecodedFrame) => void): Promise<void> {
    const lane = this.#idle.pop() ?? (await this.#start());
    const { format, where } = frame;
    const megapixels = (format.rows * format.columns) / 1e6;
    const answer = await lane
      .ask(packRequest(decoders.indexOf(frame.decoder), format, frame.bytes), {
        timeoutMs: startMs + Math.ceil(megapixels * perMegapixelMs),
        maxAnswerBytes: largestAnswer(format),
      })
      .catch((error: unknown) => {
        throw boundError(error, where);
      });
    if (!Buffer.isBuffer(answer))
      throw decodeError(
        where,
        `the decoder process ended with ${answer.exitCode === null ? `signal ${answer.signal ?? "unknown"}` : `code ${answer.exitCode}`}`,
      );
    const decoded = unpackAnswer(answer);
    if (decoded === undefined) throw decodeError(where, "the decoder process gave no whole answer");
    if (typeof decoded === "string") throw decodeError(where, decoded);
    this.#idle.push(lane);
    take(decoded);
  }

  async #start(): Promise<Exchange> {
    // Loaded here, so that a command that decodes nothing does not load what starts processes.
    const { startExchange } = await import("../../../../process/index.ts");
    if (this.#stopped) throw decodeError("the series", "decoding was stopped");
    const child = import.meta.url.endsWith(".ts") ? "./decoder-child.ts" : "./decoder-child.js";
    const lane = startExchange({
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL(child, import.meta.url))],
      maxMemoryBytes,
    });
    this.#all.push(lane);
    return lane;
  }
}

function boundError(error: unknown, where: string): unknown {
  if (!isTomoeError(error)) return error;
  if (error.code === "PROCESS_TIMEOUT") return decodeError(where, "decoding took too long and was stopped");
  if (error.code === "PROCESS_OUTPUT_LIMIT")
    return decodeError(where, "the decoder gave more than the header promises");
  return error;
}

function decodeError(where: string, what: string): TomoeError {
  return new TomoeError("DATA_PIXEL_DECODE", `${where}: ${what}`, {
    hint: "Export the series again, or decompress it with another tool (gdcmconv --raw).",
  });
}
