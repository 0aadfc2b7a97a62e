import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { TomoeError } from "../../errors.ts";
import { cancelled } from "../../errors.ts";
import { toTomoeError } from "./faults.ts";
import type { WorkerLife } from "./life.ts";
import type { WireMethod } from "./method.ts";
import { deserialize, serialize } from "./method.ts";

/** A duplex stream of one method, typed and with failures as TomoeErrors. */
export interface Duplex<Request> {
  /** Encodes and sends; `WIRE_TOO_LARGE` or `WIRE_INVALID` before anything leaves. */
  readonly send: (request: Request) => void;
  /** Says that nothing follows. */
  readonly finish: () => void;
  readonly cancel: () => void;
}

/** What is told of a duplex stream to whoever opened it. */
export interface DuplexUser<Response> {
  /** Names the work in an error, asked when it happens. */
  readonly during: () => string;
  /** Every message received; what it throws ends the stream. */
  readonly onMessage: (message: Response) => void;
  /** Once: undefined when the other side closed in order, else the error. */
  readonly onEnd: (error: TomoeError | undefined) => void;
}

interface DuplexPlace<Response> {
  readonly signal: AbortSignal | undefined;
  readonly life: WorkerLife | undefined;
  readonly user: DuplexUser<Response>;
}

/** Makes a raw stream of grpc-js one of messages: `user` hears of each message, and once of the end. */
export function openDuplex<Request, Response>(
  method: WireMethod<Request, Response>,
  call: ClientDuplexStream<Buffer, Buffer>,
  { signal, life, user }: DuplexPlace<Response>,
): Duplex<Request> {
  let over = false;
  let givenUp = false;
  let ownFault: unknown;
  const end = (error: unknown): void => {
    if (over) return;
    over = true;
    signal?.removeEventListener("abort", cancel);
    const during = user.during();
    if (error === undefined) user.onEnd(undefined);
    else if (givenUp) user.onEnd(cancelled(during));
    else
      void toTomoeError(ownFault ?? error, { during, life, signal, timeoutMs: undefined }).then(
        user.onEnd,
        user.onEnd,
      );
  };
  const cancel = (): void => {
    givenUp = true;
    call.cancel();
  };
  call.on("data", (bytes: Buffer) => {
    if (ownFault !== undefined) return;
    try {
      user.onMessage(deserialize(method, bytes));
    } catch (error) {
      ownFault = error;
      call.cancel();
    }
  });
  call.on("end", () => undefined);
  call.on("error", end);
  call.on("status", ({ code }) => {
    if (code === 0) end(undefined);
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
