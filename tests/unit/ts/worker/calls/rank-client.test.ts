import type { FitTokenizerRequest } from "../../../../../ts/gen/tomoe/v1/model.ts";
import type { PutTensorRequest } from "../../../../../ts/gen/tomoe/v1/tensor.ts";
import { crc32 } from "../../../../../ts/tensor/index.ts";
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
        reply(null, { specDigest: "a".repeat(64), groupCount: 0, groups: [] }),
    });
    const error = await caught(() => rank.createModel(model, 1));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_DIGEST",
      message: `[WIRE_DIGEST] the worker decoded another ModelSpec: aaaaaaaaaaaa there, ${digestModelSpec(model).slice(0, 12)} here`,
    });
  });

  it("sends lines in messages of bounded size, in order, after the size of the vocabulary", async () => {
    const lines = [
      ...Array.from({ length: 2500 }, (_, index) => `line ${index}`),
      "y".repeat(3 * 2 ** 20),
      "last",
    ];
    const messages: FitTokenizerRequest[] = [];
    const rank = await client({
      fitTokenizer: async (call: AsyncIterable<FitTokenizerRequest>, reply: Reply) => {
        for await (const message of call) messages.push(message);
        reply(null, { digest: "d", vocab: 300 });
      },
    });
    expect(await rank.fitTokenizer(lines, 300)).toEqual({ digest: "d", vocab: 300 });
    const [header, ...rest] = messages.map(({ part }) => part);
    expect(header).toEqual({ $case: "header", value: { vocab: 300 } });
    const parts = rest.map((part) => (part?.$case === "lines" ? part.value : { count: -1, lines: [] }));
    expect(parts.flatMap((part) => part.lines)).toEqual(lines);
    expect(parts.every((part) => part.count === part.lines.length && part.lines.length <= 1000)).toBe(true);
  });

  it("refuses a line that UTF-8 would change, before the other side has a tokenizer of it", async () => {
    const rank = await client({ fitTokenizer: () => undefined });
    expect((await caught(() => rank.fitTokenizer(["fine", "\ud800"], 300))).message).toBe(
      "[WIRE_INVALID] TokenizerLines.lines[1] is a text with a lone surrogate, which UTF-8 cannot hold",
    );
  });

  it("sends a tensor as header and chunks that carry exactly its bytes", async () => {
    const parts = [new Uint8Array(3 * 2 ** 20 + 5).map((_, index) => index % 253), new Uint8Array([1, 2, 3])];
    const messages: PutTensorRequest[] = [];
    const rank = await client({
      putTensor: async (call: AsyncIterable<PutTensorRequest>, reply: Reply) => {
        for await (const message of call) messages.push(message);
        reply(null, { uploadId: "u", lengthBytes: 3145736n, columnCount: 0, columns: [] });
      },
    });
    expect(await rank.putTensor("u", parts)).toEqual([]);
    const [header, ...chunks] = messages.map(({ part }) => part);
    expect(header).toEqual({
      $case: "header",
      value: { uploadId: "u", lengthBytes: 3145736n, chunkCount: 4, crc32: crc32(parts) },
    });
    const joined = Buffer.concat(
      chunks.map((part) => (part?.$case === "chunk" ? part.value : new Uint8Array())),
    );
    expect(joined.equals(Buffer.concat(parts))).toBe(true);
    expect(chunks.length).toBe(4);
  });

  it("refuses an upload that was taken as another", async () => {
    const rank = await client({
      putTensor: async (call: AsyncIterable<unknown>, reply: Reply) => {
        for await (const _message of call) void _message;
        reply(null, { uploadId: "u", lengthBytes: 4n, columnCount: 0, columns: [] });
      },
    });
    expect((await caught(() => rank.putTensor("u", [new Uint8Array(3)]))).message).toBe(
      "[WIRE_INVALID] upload u of 3 bytes was taken as u of 4",
    );
  });

  it("refuses a reply that lacks a field, by name, for calls that read it in place", async () => {
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
    expect(Number(timeout) - before).toBeGreaterThan(4_000);
    expect(Number(timeout) - before).toBeLessThan(6_000);
  });
});
