import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { TomoeError } from "../errors.ts";
import { PutTensorRequest } from "../gen/tomoe/v1/tensor.ts";
import { startChild } from "../process/index.ts";
import { findPython } from "../worker/index.ts";

/**
 * The stock way, in a process of its own: a unary call whose request has one bytes field, by ts-proto and
 * grpc-js as they come.
 */
export interface TransportPeer {
  readonly pid: number;
  /** Sends the bytes; resolves when the other side has opened the Arrow file in them. */
  put(bytes: Uint8Array): Promise<void>;
  /** Milliseconds of one memcpy of that many bytes over there, its pages warm. */
  copyMs(bytes: number): Promise<number>;
  stop(): Promise<void>;
}

const plain = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (value: Buffer) => value,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (value: Buffer) => value,
} as const;
const service = {
  put: {
    ...plain,
    path: "/tomoe.bench.Peer/Put",
    requestSerialize: (value: PutTensorRequest) => Buffer.from(PutTensorRequest.encode(value).finish()),
    requestDeserialize: (value: Buffer) => PutTensorRequest.decode(value),
  },
  copy: { ...plain, path: "/tomoe.bench.Peer/Copy" },
};
const unlimited = { "grpc.max_send_message_length": -1, "grpc.max_receive_message_length": -1 };

type Call = (request: object, done: (error: Error | null, reply: Buffer) => void) => unknown;

/** Starts the peer of py-runtime/bench/tensor_peer.py on a socket in `folder`. */
export async function startTransportPeer(packageRoot: string, folder: string): Promise<TransportPeer> {
  const runtime = findPython(packageRoot, process.env);
  const socket = join(folder, "peer.sock");
  const child = startChild({
    command: runtime.python,
    args: ["-u", "-m", "bench.tensor_peer", socket],
    env: { PYTHONPATH: runtime.runtimePath, OMP_NUM_THREADS: "1" },
    logFile: join(folder, "peer.log"),
    maxLogBytes: 2 ** 20,
    readyChannel: true,
    graceMs: 5_000,
  });
  const lines = createInterface({ input: child.ready ?? process.stdin });
  const ready = await Promise.race([
    new Promise<boolean>((resolve) => lines.once("line", () => resolve(true))),
    child.ended.then(() => false),
  ]);
  if (!ready)
    throw new TomoeError(
      "WORKER_START",
      `the peer ended before it was ready: ${child.logTail(5).join(" ")}`,
      { hint: "Run npm run setup." },
    );
  const client = new (makeGenericClientConstructor(service, "Peer"))(
    `unix:${socket}`,
    credentials.createInsecure(),
    unlimited,
  );
  const call = (name: "put" | "copy", request: object): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const method = client[name] as unknown as Call;
      method.call(client, request, (error, reply) => {
        if (error === null) resolve(reply);
        else reject(error);
      });
    });
  return {
    pid: child.pid,
    put: async (bytes) =>
      void (await call("put", { part: { $case: "chunk", value: bytes } } satisfies PutTensorRequest)),
    copyMs: async (bytes) => {
      const request = Buffer.alloc(8);
      request.writeBigUInt64LE(BigInt(bytes));
      return (await call("copy", request)).readDoubleLE() * 1000;
    },
    stop: async () => {
      client.close();
      lines.close();
      await child.stop();
    },
  };
}
