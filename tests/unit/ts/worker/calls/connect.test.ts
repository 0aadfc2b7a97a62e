import { descriptorDigest } from "../../../../../ts/gen/descriptors.ts";
import type { HelloRequest } from "../../../../../ts/gen/tomoe/v1/worker_service.ts";
import { attachFeeder, connectWorker } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import { refusal, scriptedWorker } from "../scripted-worker.ts";

type Reply = (error: unknown, value?: unknown) => void;
const introduction = {
  runId: "r",
  roots: [{ name: "cache", path: "/data/cache", writable: false }],
  telemetryEndpoint: "",
  threads: 2,
};
const answer = {
  protocolMajor: 1,
  protocolMinor: 0,
  rank: 1,
  worldSize: 2,
  node: "n",
  device: "cpu",
  descriptorDigest,
  environmentJson: '{"torch":"2"}',
};

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

async function hello(reply: unknown) {
  const seen: HelloRequest[] = [];
  const worker = await scriptedWorker({
    hello: (call: { request: HelloRequest }, callback: Reply) => {
      seen.push(call.request);
      if (typeof reply === "object" && reply !== null && "metadata" in reply) callback(reply);
      else callback(null, reply);
    },
  });
  close.push(worker.close);
  return { seen, access: { address: worker.address, token: "t".repeat(64), attempt: 5 } };
}

describe("the hello", () => {
  it("carries version, token, attempt, roots and the contract's digest, and gives the facts", async () => {
    const { seen, access } = await hello(answer);
    const client = await connectWorker(access, introduction);
    close.push(() => client.close());
    expect(seen[0]).toMatchObject({
      protocolMajor: 1,
      protocolMinor: 0,
      token: access.token,
      attempt: 5,
      runId: "r",
      rootCount: 1,
      roots: introduction.roots,
      telemetryEndpoint: "",
      threads: 2,
      descriptorDigest,
    });
    expect(client.facts).toEqual({
      protocol: { major: 1, minor: 0 },
      rank: 1,
      worldSize: 2,
      node: "n",
      device: "cpu",
      address: access.address,
      environment: { torch: "2" },
    });
    expect(client.access).toEqual(access);
  });

  it("refuses another major version and another contract under the same version", async () => {
    const other = await hello({ ...answer, protocolMajor: 3, protocolMinor: 1 });
    expect((await caught(() => connectWorker(other.access, introduction))).message).toBe(
      "[WIRE_VERSION] the worker speaks protocol 3.1, this side 1.0",
    );
    const drifted = await hello({ ...answer, descriptorDigest: "c".repeat(64) });
    expect((await caught(() => connectWorker(drifted.access, introduction))).message).toBe(
      `[WIRE_VERSION] both speak protocol 1.0 but by different contracts: ${descriptorDigest.slice(0, 12)} here, cccccccccccc there`,
    );
  });

  it("works with a worker of a newer minor version, whose contract differs", async () => {
    const { access } = await hello({ ...answer, protocolMinor: 4, descriptorDigest: "c".repeat(64) });
    const client = await connectWorker(access, introduction);
    close.push(() => client.close());
    expect(client.facts.protocol).toEqual({ major: 1, minor: 4 });
  });

  it("passes on why the worker refuses it", async () => {
    const { access } = await hello(refusal("WORKER_FENCED", "attempt 5 was replaced by attempt 6"));
    expect((await caught(() => connectWorker(access, introduction))).message).toBe(
      "[WORKER_FENCED] attempt 5 was replaced by attempt 6",
    );
  });

  it("does not wait for ever for a worker that does not answer", async () => {
    const worker = await scriptedWorker({ hello: () => undefined });
    close.push(worker.close);
    const error = await caught(() =>
      connectWorker({ address: worker.address, token: "t", attempt: 0 }, introduction, undefined, {
        timeoutMs: 80,
      }),
    );
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_HUNG",
      message: "[WORKER_HUNG] the worker did not answer Hello within 80 ms",
    });
  });
});

it("lets a feeder attach without a hello, by token and attempt", async () => {
  let seen: unknown;
  const worker = await scriptedWorker({
    feed: (call: {
      metadata: { get(key: string): unknown };
      write(value: unknown): void;
      on(event: string, listener: () => void): void;
      end(): void;
    }) => {
      seen = [call.metadata.get("tomoe-token"), call.metadata.get("tomoe-attempt")];
      call.on("end", () => call.end());
      call.on("data", () => undefined);
      call.write({ credits: 1, acknowledges: false, step: 0, batchDigest: "" });
    },
  });
  close.push(worker.close);
  const feeder = attachFeeder({ address: worker.address, token: "secret", attempt: 7 });
  const feed = await feeder.openFeed();
  await feed.end();
  feeder.close();
  expect(seen).toEqual([["secret"], ["7"]]);
});
