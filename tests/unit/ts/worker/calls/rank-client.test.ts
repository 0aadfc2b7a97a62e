import type { FitTokenizerRequest } from "../../../../../ts/gen/tomoe/v1/model.ts";
import { ChannelClient } from "../../../../../ts/worker/calls/rank-client.ts";
import type { WorkerFacts } from "../../../../../ts/worker/index.ts";
import { digestModelSpec } from "../../../../../ts/worker/wire/digest.ts";
import { model } from "../../../../fixtures/messages/nouns.ts";
import { caught } from "../../../../support/caught.ts";
import { scriptedWorker } from "../scripted-worker.ts";

// Every call of a client over the real worker is in tests/contract/worker.test.ts; here are replies that the
// real one never gives.

type Reply = (error: unknown, value?: unknown) => void;

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

async function client(handlers: Readonly<Record<string, unknown>>): Promise<ChannelClient> {
  const worker = await scriptedWorker(handlers);
  close.push(worker.close);
  const facts: WorkerFacts = {
    protocol: { major: 1, minor: 0 },
    rank: 0,
    worldSize: 1,
    node: "n",
    device: "cpu",
    address: worker.address,
    environment: {},
  };
  return new ChannelClient(worker.channel, facts, { address: worker.address, token: "t", attempt: 4 });
}

describe("a client", () => {
  it("refuses a model whose spec was decoded as another", async () => {
    const rank = await client({
      createModel: (_call: unknown, reply: Reply) =>
        reply(null, { specDigest: "a".repeat(64), groupCount: 0, groups: [], tokenizerDigest: "t" }),
    });
    const error = await caught(() => rank.createModel(model, 1));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_DIGEST",
      message: `[WIRE_DIGEST] the worker decoded another ModelSpec: aaaaaaaaaaaa there, ${digestModelSpec(model).slice(0, 12)} here`,
    });
  });

  it("sends a tokenizer's lines after the size of its vocabulary, and gives what it became", async () => {
    const messages: FitTokenizerRequest[] = [];
    const rank = await client({
      fitTokenizer: async (call: AsyncIterable<FitTokenizerRequest>, reply: Reply) => {
        for await (const message of call) messages.push(message);
        reply(null, { digest: "d", vocab: 300 });
      },
    });
    expect(await rank.fitTokenizer(["a", "b"], 300)).toEqual({ digest: "d", vocab: 300 });
    expect(messages.map(({ part }) => part)).toEqual([
      { $case: "header", value: { vocab: 300 } },
      { $case: "lines", value: { count: 2, lines: ["a", "b"] } },
    ]);
  });

  it("does not send a value that the wire cannot hold", async () => {
    const rank = await client({});
    expect((await caught(() => rank.liftModel(-1))).message).toBe(
      "[WIRE_INVALID] LiftModelRequest.seed is -1",
    );
    expect((await caught(() => rank.saveCheckpoint({ root: "r", path: "\udc00" }))).code).toBe(
      "WIRE_INVALID",
    );
    const files = [{ name: "w", lengthBytes: 2 ** 53, sha256: "0" }];
    expect((await caught(() => rank.loadCheckpoint({ root: "r", path: "p" }, files, true))).message).toBe(
      "[WIRE_INVALID] LoadCheckpointRequest.files[0].lengthBytes is 9007199254740992",
    );
    expect(
      (await caught(() => rank.measure("bleu", [{ prediction: "a", target: "\ud800" }]))).message,
    ).toMatch(/^\[WIRE_INVALID\] MeasureRequest\.pairs\[0\]\.target is a text with a lone surrogate/);
  });

  it("refuses a reply that lacks a field, by name", async () => {
    const rank = await client({
      dropTensor: (_call: unknown, reply: Reply) => reply(null, {}),
      openTensor: (_call: unknown, reply: Reply) => reply(null, { columns: [] }),
    });
    const tensor = { kind: "uploaded", uploadId: "u" } as const;
    expect((await caught(() => rank.dropTensor(tensor))).message).toBe(
      "[WIRE_INCOMPLETE] the message lacks DropTensorResponse.dropped",
    );
    expect((await caught(() => rank.openTensor(tensor))).message).toBe(
      "[WIRE_INCOMPLETE] the message lacks OpenTensorResponse.columnCount",
    );
  });

  it("has a deadline of its own for a call without one", async () => {
    let timeout: unknown;
    const rank = await client({
      health: (call: { getDeadline(): number }, reply: Reply) => {
        timeout = call.getDeadline();
        reply(null, { progress: 0n, state: "idle", residentBytes: 1n });
      },
    });
    const before = Date.now();
    expect(await rank.health()).toEqual({ progress: 0, state: "idle", residentBytes: 1 });
    expect(Number(timeout)).toBeGreaterThanOrEqual(before + 5_000);
    expect(Number(timeout)).toBeLessThanOrEqual(Date.now() + 5_000);
  });
});
