import fc from "fast-check";
import type { FitTokenizerRequest } from "../../../../../ts/gen/tomoe/v1/model.ts";
import type { PutTensorRequest } from "../../../../../ts/gen/tomoe/v1/tensor.ts";
import { crc32 } from "../../../../../ts/tensor/index.ts";
import { tokenizerRequests, uploadTensor } from "../../../../../ts/worker/calls/uploads.ts";
import { maxMessageBytes } from "../../../../../ts/worker/wire/protocol.ts";
import { caught } from "../../../../support/caught.ts";
import { scriptedWorker } from "../scripted-worker.ts";

async function allOf(requests: AsyncIterable<FitTokenizerRequest>): Promise<FitTokenizerRequest[]> {
  const all: FitTokenizerRequest[] = [];
  for await (const request of requests) all.push(request);
  return all;
}

const linesOf = ({ part }: FitTokenizerRequest): readonly string[] =>
  part?.$case === "lines" ? part.value.lines : [];

describe("the lines of a tokenizer", () => {
  it("follow the size of the vocabulary in order, whatever they are, each message with its count", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 2100 }), async (lines) => {
        const [header, ...rest] = await allOf(tokenizerRequests(lines, 300));
        expect(header?.part).toEqual({ $case: "header", value: { vocab: 300 } });
        expect(rest.flatMap(linesOf)).toEqual(lines);
        for (const { part } of rest)
          expect(part?.$case === "lines" ? part.value.count : undefined).toBe(
            part?.$case === "lines" ? part.value.lines.length : null,
          );
      }),
      { numRuns: 20, seed: 20261128 },
    );
  });

  it("travel at most a thousand a message, and fewer where they are long", async () => {
    const short = await allOf(tokenizerRequests(Array(2500).fill("x"), 300));
    expect(short.map((request) => linesOf(request).length)).toEqual([0, 1000, 1000, 500]);
    const long = await allOf(tokenizerRequests(Array(5).fill("y".repeat(2 ** 20 + 1)), 300));
    expect(long.map((request) => linesOf(request).length)).toEqual([0, 1, 1, 1, 1, 1]);
    expect(2 ** 20 + 1).toBeLessThan(maxMessageBytes / 4);
  });

  it("are read while they are sent: a source is asked for no more than the next message needs", async () => {
    let given = 0;
    async function* source(): AsyncGenerator<string, void, undefined> {
      for (; given < 5000; given += 1) yield "line";
    }
    const requests = tokenizerRequests(source(), 300);
    await requests.next();
    expect(given).toBe(0);
    await requests.next();
    expect(given).toBe(999);
    await requests.return();
  });

  it("are refused where UTF-8 would change one, and a vocabulary that is no number", async () => {
    expect((await caught(() => allOf(tokenizerRequests(["fine", "\ud800"], 300)))).message).toBe(
      "[WIRE_INVALID] FitTokenizerRequest.lines.lines[1] is a text with a lone surrogate, which UTF-8 cannot hold",
    );
    expect((await caught(() => allOf(tokenizerRequests([], 0.5)))).message).toBe(
      "[WIRE_INVALID] FitTokenizerRequest.header.vocab is 0.5",
    );
  });
});

describe("an upload", () => {
  let close: (() => void)[] = [];
  afterEach(() => {
    for (const each of close) each();
    close = [];
  });

  type Reply = (error: unknown, value?: unknown) => void;
  const none = { columnCount: 0, columns: [] };

  async function channelTo(reply: unknown) {
    const messages: PutTensorRequest[] = [];
    const worker = await scriptedWorker({
      putTensor: async (call: AsyncIterable<PutTensorRequest>, callback: Reply) => {
        for await (const message of call) messages.push(message);
        callback(null, reply);
      },
    });
    close.push(worker.close);
    return { channel: worker.channel, messages };
  }
  const bounds = { timeoutMs: 600_000 };

  it("is a header and chunks that carry exactly its bytes, and gives the columns found in them", async () => {
    const parts = [new Uint8Array(3 * 2 ** 20 + 5).map((_, index) => index % 253), new Uint8Array([1, 2, 3])];
    const { channel, messages } = await channelTo({
      uploadId: "u",
      lengthBytes: 3145736n,
      columnCount: 1,
      columns: [{ name: "volume", dtype: "int16", rows: 2n, rank: 3, shape: [1, 2, 3] }],
    });
    expect(await uploadTensor(channel, "u", parts, bounds)).toEqual([
      { name: "volume", dtype: "int16", rows: 2, shape: [1, 2, 3] },
    ]);
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

  it.each([
    [{ uploadId: "u", lengthBytes: 4n, ...none }, "upload u of 3 bytes was taken as u of 4"],
    [{ uploadId: "v", lengthBytes: 3n, ...none }, "upload u of 3 bytes was taken as v of 3"],
  ])("is refused that was taken as another: %#", async (reply, what) => {
    const { channel } = await channelTo(reply);
    const error = await caught(() => uploadTensor(channel, "u", [new Uint8Array(3)], bounds));
    expect({ code: error.code, what: error.what }).toEqual({ code: "WIRE_INVALID", what });
  });

  it("is refused when its reply lacks a field, by name", async () => {
    const { channel } = await channelTo({ uploadId: "u", lengthBytes: 3n, columns: [] });
    expect((await caught(() => uploadTensor(channel, "u", [new Uint8Array(3)], bounds))).message).toBe(
      "[WIRE_INCOMPLETE] the message lacks PutTensorResponse.columnCount",
    );
  });
});
