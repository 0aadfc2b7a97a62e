import type { UntypedHandleCall } from "@grpc/grpc-js";
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { ErrorDetail } from "../../../../ts/gen/tomoe/v1/error.ts";
import { WorkerServiceService } from "../../../../ts/gen/tomoe/v1/worker_service.ts";
import { WorkerChannel } from "../../../../ts/worker/calls/channel.ts";

/**
 * A peer on a real channel that answers exactly as a test scripts it: what a worker of another build, or a
 * broken one, might do.
 */
export async function scriptedWorker(
  handlers: Readonly<Record<string, unknown>>,
): Promise<{ readonly channel: WorkerChannel; readonly address: string; readonly close: () => void }> {
  const server = new Server({ "grpc.max_receive_message_length": 32 << 20 });
  const unimplemented: UntypedHandleCall = ((
    call: { metadata: Metadata },
    callback?: (error: unknown) => void,
  ) => {
    const error = { code: status.UNIMPLEMENTED, details: "not scripted" };
    if (callback === undefined) (call as unknown as { destroy(error: unknown): void }).destroy(error);
    else callback(error);
  }) as UntypedHandleCall;
  const all = Object.keys(WorkerServiceService).map(
    (name) => [name, (handlers[name] ?? unimplemented) as UntypedHandleCall] as const,
  );
  server.addService(WorkerServiceService, Object.fromEntries(all));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const address = `127.0.0.1:${port}`;
  const channel = new WorkerChannel({ address, token: "t".repeat(64), attempt: 4 }, undefined);
  return {
    channel,
    address,
    close: () => {
      channel.close();
      server.forceShutdown();
    },
  };
}

/** A gRPC status that carries a typed detail, as the worker sends it. */
export function refusal(
  code: string,
  what: string,
  change: Partial<{ detailsJson: string; traceback: string; hint: string }> = {},
): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set(
    "tomoe-error-bin",
    Buffer.from(
      ErrorDetail.encode({
        code,
        what,
        hint: "do this",
        detailsJson: "{}",
        traceback: "",
        ...change,
      }).finish(),
    ),
  );
  return { code: status.FAILED_PRECONDITION, details: code, metadata };
}
