import type { EventEmitter } from "node:events";
import type {
  ClientDuplexStream,
  ClientReadableStream,
  CallOptions as GrpcOptions,
  ServiceError,
} from "@grpc/grpc-js";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { cancelled, isTomoeError, TomoeError } from "../../errors.ts";
import type { CallOptions } from "../rank.ts";
import { maxMessageBytes } from "../wire/protocol.ts";
import type { CallPlace } from "./faults.ts";
import { toTomoeError } from "./faults.ts";
import type { WorkerLife } from "./life.ts";

/** One method of the generated service: its path, and how its messages become bytes and back. */
export interface WireMethod<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** A duplex stream of one method, typed and with failures as TomoeErrors. */
export interface Duplex<Request> {
  /** Encodes and sends; `WIRE_TOO_LARGE` or `WIRE_INVALID` before anything leaves. */
  readonly send: (request: Request) => void;
  /** Says that nothing follows. */
  readonly finish: () => void;
  readonly cancel: () => void;
}

/** Serialized messages of one stream that are on their way at once. */
export const rawWindow = 2;
const keepalive = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 1,
};

/**
 * The gRPC channel to one rank. Every call has a deadline or a watcher, carries token and attempt, and fails
 * with a TomoeError.
 */
export class WorkerChannel {
  readonly life: WorkerLife | undefined;
  readonly #client: Client;
  readonly #token: string;
  readonly #attempt: number;

  constructor(
    access: { readonly address: string; readonly token: string; readonly attempt: number },
    life: WorkerLife | undefined,
  ) {
    this.life = life;
    this.#token = access.token;
    this.#attempt = access.attempt;
    this.#client = new Client(access.address, credentials.createInsecure(), {
      ...keepalive,
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
      "grpc-node.flow_control_window": 16 * 2 ** 20,
      // A proxy of the environment is for the internet, and a retry would run a step twice.
      "grpc.enable_http_proxy": 0,
      "grpc.enable_retries": 0,
      // Else grpc-js calls a message sent while it still holds it for a retry, and its buffer may be in use
      // again.
      "grpc.per_rpc_retry_buffer_size": 0,
    });
  }

  /** Sends one message, gets one. */
  async unary<Request, Response>(
    method: WireMethod<Request, Response>,
    request: Request,
    bounds: CallOptions & { readonly timeoutMs: number },
  ): Promise<Response> {
    const place = this.#place(method.path, bounds);
    const bytes = serialize(method, request);
    return await this.#settled(method, place, (metadata, options, callback) =>
      this.#client.makeUnaryRequest(method.path, same, same, bytes, metadata, options, callback),
    );
  }

  /**
   * Sends messages as fast as the other side takes them, gets one. A Buffer is a message serialized already:
   * when the iterable is asked
   * for the next one, at most `rawWindow - 1` of those before are unsent, so that it may write into
   * `rawWindow` buffers in turn.
   */
  async clientStream<Request, Response>(
    method: WireMethod<Request, Response>,
    requests: Iterable<Request | Buffer> | AsyncIterable<Request | Buffer>,
    bounds: CallOptions & { readonly timeoutMs: number },
  ): Promise<Response> {
    const place = this.#place(method.path, bounds);
    return await this.#settled(method, place, (metadata, options, callback) => {
      let over = false;
      const call = this.#client.makeClientStreamRequest(
        method.path,
        same,
        same,
        metadata,
        options,
        (error: ServiceError | null, bytes?: Buffer) => {
          over = true;
          callback(error, bytes);
        },
      );
      const write = async (): Promise<void> => {
        const unsent: Promise<void>[] = [];
        for await (const request of requests) {
          if (over) return;
          if (Buffer.isBuffer(request)) {
            unsent.push(sent(call, request));
            if (unsent.length === rawWindow) await unsent.shift();
          } else if (!call.write(serialize(method, request))) await drained(call);
        }
        call.end();
      };
      write().catch((error: unknown) => {
        place.ownFault = error;
        call.cancel();
      });
      return call;
    });
  }

  /** Sends one message, gets many; leaving the loop early cancels the call. */
  async *serverStream<Request, Response>(
    method: WireMethod<Request, Response>,
    request: Request,
    bounds: CallOptions & { readonly timeoutMs: number },
  ): AsyncGenerator<Response, void, undefined> {
    const place = this.#place(method.path, bounds);
    const bytes = serialize(method, request);
    if (bounds.signal?.aborted === true) throw cancelled(place.during);
    const call: ClientReadableStream<Buffer> = this.#client.makeServerStreamRequest(
      method.path,
      same,
      same,
      bytes,
      this.#metadata(),
      { deadline: Date.now() + bounds.timeoutMs },
    );
    const abort = (): void => call.cancel();
    bounds.signal?.addEventListener("abort", abort, { once: true });
    // Cancelled after the loop was left, the call emits an error that nobody else hears.
    call.on("error", () => undefined);
    try {
      for await (const message of call) yield deserialize(method, message as Buffer);
    } catch (error) {
      throw await toTomoeError(error, place);
    } finally {
      bounds.signal?.removeEventListener("abort", abort);
      call.cancel();
    }
  }

  /**
   * Opens a stream both ways. It has no deadline as a whole: its user watches its progress.
   *
   * @param during - names the work in an error, asked when it happens.
   * @param onMessage - every message received; what it throws ends the stream.
   * @param onEnd - once: undefined when the other side closed in order, else the error.
   */
  duplex<Request, Response>(
    method: WireMethod<Request, Response>,
    signal: AbortSignal | undefined,
    during: () => string,
    onMessage: (message: Response) => void,
    onEnd: (error: TomoeError | undefined) => void,
  ): Duplex<Request> {
    const call: ClientDuplexStream<Buffer, Buffer> = this.#client.makeBidiStreamRequest(
      method.path,
      same,
      same,
      this.#metadata(),
    );
    let over = false;
    let givenUp = false;
    let ownFault: unknown;
    const finish = (error: unknown): void => {
      if (over) return;
      over = true;
      signal?.removeEventListener("abort", cancel);
      if (error === undefined) onEnd(undefined);
      else if (givenUp) onEnd(cancelled(during()));
      else
        void toTomoeError(ownFault ?? error, {
          during: during(),
          life: this.life,
          signal,
          timeoutMs: undefined,
        }).then(onEnd, onEnd);
    };
    const cancel = (): void => {
      givenUp = true;
      call.cancel();
    };
    call.on("data", (bytes: Buffer) => {
      if (ownFault !== undefined) return;
      try {
        onMessage(deserialize(method, bytes));
      } catch (error) {
        ownFault = error;
        call.cancel();
      }
    });
    call.on("end", () => undefined);
    call.on("error", finish);
    call.on("status", ({ code }) => {
      if (code === 0) finish(undefined);
    });
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    return {
      send: (request) => {
        const bytes = serialize(method, request);
        if (!over) call.write(bytes);
      },
      finish: () => {
        if (!over) call.end();
      },
      cancel,
    };
  }

  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    metadata.set("tomoe-token", this.#token);
    metadata.set("tomoe-attempt", String(this.#attempt));
    return metadata;
  }

  #place(
    path: string,
    bounds: CallOptions & { readonly timeoutMs: number },
  ): CallPlace & { ownFault: unknown } {
    return {
      during: path.slice(path.lastIndexOf("/") + 1),
      life: this.life,
      signal: bounds.signal,
      timeoutMs: bounds.timeoutMs,
      ownFault: undefined,
    };
  }

  async #settled<Request, Response>(
    method: WireMethod<Request, Response>,
    place: CallPlace & { ownFault: unknown },
    start: (
      metadata: Metadata,
      options: Partial<GrpcOptions>,
      callback: (error: ServiceError | null, bytes?: Buffer) => void,
    ) => { cancel(): void },
  ): Promise<Response> {
    if (place.signal?.aborted === true) throw cancelled(place.during);
    let abort: (() => void) | undefined;
    try {
      const bytes = await new Promise<Buffer>((resolve, reject) => {
        const call = start(
          this.#metadata(),
          { deadline: Date.now() + (place.timeoutMs ?? 0) },
          (error, reply) => {
            if (error !== null || reply === undefined) reject(error ?? new Error("no reply"));
            else resolve(reply);
          },
        );
        abort = (): void => call.cancel();
        place.signal?.addEventListener("abort", abort, { once: true });
      });
      return deserialize(method, bytes);
    } catch (error) {
      // What the caller's own source of requests raised is the caller's to name.
      throw place.ownFault ?? (await toTomoeError(error, place));
    } finally {
      if (abort !== undefined) place.signal?.removeEventListener("abort", abort);
    }
  }
}

/** Writes a message and waits until it is sent, or the stream is gone. */
function sent(
  call: EventEmitter & { write(bytes: Buffer, done: () => void): unknown },
  bytes: Buffer,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["close", "error"]) call.off(event, done);
      resolve();
    };
    for (const event of ["close", "error"]) call.on(event, done);
    call.write(bytes, done);
  });
}

/** Waits until a stream takes more, or is gone. */
function drained(call: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "close", "error", "finish"]) call.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "error", "finish"]) call.on(event, done);
  });
}

const same = (bytes: Buffer): Buffer => bytes;

function serialize<Request>(method: WireMethod<Request, unknown>, request: Request): Buffer {
  const bytes = method.requestSerialize(request);
  if (bytes.length > maxMessageBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `the message of ${method.path.slice(method.path.lastIndexOf("/") + 1)} has ${bytes.length} bytes, the limit is ${maxMessageBytes}`,
      {
        hint: "Send fewer volumes, items or lines at once.",
        details: { bytes: bytes.length, limit: maxMessageBytes },
      },
    );
  }
  return bytes;
}

function deserialize<Response>(method: WireMethod<never, Response>, bytes: Buffer): Response {
  try {
    return method.responseDeserialize(bytes);
  } catch (cause) {
    if (isTomoeError(cause)) throw cause;
    throw new TomoeError("WIRE_INVALID", `${bytes.length} bytes are no reply of ${method.path}`, {
      hint: "Something else than Tomoe speaks on this channel.",
      cause,
    });
  }
}
