import type { ClientReadableStream, CallOptions as GrpcOptions, ServiceError } from "@grpc/grpc-js";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { bug, cancelled } from "../../errors.ts";
import type { CallOptions } from "../rank.ts";
import { maxMessageBytes } from "../wire/protocol.ts";
import { CallRecord } from "./call-record.ts";
import type { Duplex, DuplexUser } from "./duplex.ts";
import { openDuplex } from "./duplex.ts";
import type { CallPlace } from "./faults.ts";
import { toTomoeError } from "./faults.ts";
import type { WorkerLife } from "./life.ts";
import type { WireMethod } from "./method.ts";
import { deserialize, nameOf, serialize } from "./method.ts";
import { sendAll } from "./sending.ts";

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
  readonly calls = new CallRecord();
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
    const place = this.#place(method, bounds);
    const bytes = serialize(method, request);
    return await this.#settled(method, place, (metadata, options, callback) =>
      this.#client.makeUnaryRequest(method.path, same, same, bytes, metadata, options, callback),
    );
  }

  /** Sends messages as fast as the other side takes them, gets one; see `sendAll` for Buffers. */
  async clientStream<Request, Response>(
    method: WireMethod<Request, Response>,
    requests: Iterable<Request | Buffer> | AsyncIterable<Request | Buffer>,
    bounds: CallOptions & { readonly timeoutMs: number },
  ): Promise<Response> {
    const place = this.#place(method, bounds);
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
      sendAll(call, method, requests, () => over).catch((error: unknown) => {
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
    const place = this.#place(method, bounds);
    const bytes = serialize(method, request);
    if (bounds.signal?.aborted === true) throw cancelled(place.during);
    const ended = this.calls.begin();
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
      ended(true);
    } catch (error) {
      throw await toTomoeError(error, place);
    } finally {
      bounds.signal?.removeEventListener("abort", abort);
      call.cancel();
      ended(false);
    }
  }

  /**
   * Opens a stream both ways. It has no deadline as a whole: its user watches its progress.
   *
   * @param method - the call.
   * @param signal - gives the stream up.
   */
  duplex<Request, Response>(
    method: WireMethod<Request, Response>,
    signal: AbortSignal | undefined,
    user: DuplexUser<Response>,
  ): Duplex<Request> {
    const call = this.#client.makeBidiStreamRequest(method.path, same, same, this.#metadata());
    const ended = this.calls.begin();
    const onEnd: typeof user.onEnd = (error) => {
      ended(error === undefined);
      user.onEnd(error);
    };
    return openDuplex(method, call, { signal, life: this.life, user: { ...user, onEnd } });
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
    method: Pick<WireMethod<never, never>, "path">,
    bounds: CallOptions & { readonly timeoutMs: number },
  ): CallPlace & { ownFault: unknown } {
    return {
      during: nameOf(method),
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
    const ended = this.calls.begin();
    let abort: (() => void) | undefined;
    try {
      const bytes = await new Promise<Buffer>((resolve, reject) => {
        const call = start(
          this.#metadata(),
          { deadline: Date.now() + (place.timeoutMs ?? 0) },
          (error, reply) => {
            if (error !== null || reply === undefined)
              reject(error ?? bug("grpc-js gave neither a reply nor an error"));
            else resolve(reply);
          },
        );
        abort = (): void => call.cancel();
        place.signal?.addEventListener("abort", abort, { once: true });
      });
      const response = deserialize(method, bytes);
      ended(true);
      return response;
    } catch (error) {
      // What the caller's own source of requests raised is the caller's to name.
      throw place.ownFault ?? (await toTomoeError(error, place));
    } finally {
      if (abort !== undefined) place.signal?.removeEventListener("abort", abort);
      ended(false);
    }
  }
}

/** Messages are turned into bytes before grpc-js has them, so that their size is known. */
const same = (bytes: Buffer): Buffer => bytes;
