import type { EventEmitter } from "node:events";
import type { WireMethod } from "./method.ts";
import { serialize } from "./method.ts";

/** Serialized messages of one stream that are on their way at once. */
export const rawWindow = 2;

/** The sending half of a client stream, as grpc-js has it. */
interface Sink extends EventEmitter {
  write(bytes: Buffer, done?: () => void): boolean;
  end(): void;
}

/**
 * Sends messages as fast as the other side takes them, then closes the sending half. A Buffer is a message
 * serialized already: when the iterable is asked for the next one, at most `rawWindow - 1` of those before are
 * unsent, so that it may write into `rawWindow` buffers in turn.
 *
 * @param isOver - true once the call has its reply: nothing more is sent.
 * @throws whatever the iterable raises, and `WIRE_TOO_LARGE`.
 */
export async function sendAll<Request>(
  call: Sink,
  method: WireMethod<Request, unknown>,
  requests: Iterable<Request | Buffer> | AsyncIterable<Request | Buffer>,
  isOver: () => boolean,
): Promise<void> {
  const unsent: Promise<void>[] = [];
  for await (const request of requests) {
    if (isOver()) return;
    if (Buffer.isBuffer(request)) {
      unsent.push(sent(call, request));
      if (unsent.length === rawWindow) await unsent.shift();
    } else if (!call.write(serialize(method, request))) await drained(call);
  }
  call.end();
}

/** Writes a message and waits until it is sent, or the stream is gone. */
function sent(call: Sink, bytes: Buffer): Promise<void> {
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
function drained(call: Sink): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "close", "error", "finish"]) call.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "error", "finish"]) call.on(event, done);
  });
}
