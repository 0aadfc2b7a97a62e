import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { FeedRequest, FeedResponse } from "../../../../../ts/gen/tomoe/v1/batch.ts";
import type { Batch } from "../../../../../ts/schema/index.ts";
import { openFeedSession } from "../../../../../ts/worker/calls/feed-session.ts";
import { digestBatch } from "../../../../../ts/worker/wire/digest.ts";
import { caught } from "../../../../support/caught.ts";
import { refusal, scriptedWorker } from "../scripted-worker.ts";

type Call = ServerDuplexStream<FeedRequest, FeedResponse>;

const batch = (step: number): Batch => ({ step, globalVolumeCount: 0, volumes: [], items: [] });
const grant = (credits: number): FeedResponse => ({ credits, acknowledges: false, step: 0, batchDigest: "" });
const acknowledge = (step: number, batchDigest = digestBatch(batch(step))): FeedResponse => ({
  credits: 0,
  acknowledges: true,
  step,
  batchDigest,
});

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

/** A feed to a peer that grants `credits` at once and answers each batch by `answer`. */
async function open(credits: number | undefined, answer: (step: number, call: Call) => void, options = {}) {
  const taken: number[] = [];
  let stream: Call | undefined;
  const worker = await scriptedWorker({
    feed: (call: Call) => {
      stream = call;
      call.on("error", () => undefined);
      call.on("end", () => call.end());
      call.on("data", ({ batch: sent }: FeedRequest) => {
        taken.push(sent?.step ?? -1);
        answer(sent?.step ?? -1, call);
      });
      if (credits !== undefined) call.write(grant(credits));
    },
  });
  close.push(worker.close);
  return { taken, opening: openFeedSession(worker.channel, options), call: () => stream };
}

/** Time for what should not happen; nothing is awaited by it. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

describe("a feed session", () => {
  it("sends as far as its credits reach, and on as more are granted, in order", async () => {
    const { taken, opening, call } = await open(2, (step, stream) => stream.write(acknowledge(step)));
    const feed = await opening;
    const sending = Promise.all([0, 1, 2, 3].map((step) => feed.send(batch(step))));
    expect(await feed.acknowledged(1)).toBe(digestBatch(batch(1)));
    await settle();
    expect(taken).toEqual([0, 1]);
    call()?.write(grant(1));
    await feed.acknowledged(2);
    await settle();
    expect(taken).toEqual([0, 1, 2]);
    call()?.write(grant(5));
    await sending;
    expect(await feed.acknowledged(3)).toBe(digestBatch(batch(3)));
    await feed.end();
  });

  it("refuses an acknowledgement of another batch than was sent", async () => {
    const { opening } = await open(4, (step, stream) => stream.write(acknowledge(step, "f".repeat(64))));
    const feed = await opening;
    await feed.send(batch(0));
    const error = await caught(() => feed.acknowledged(0));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_DIGEST",
      message: `[WIRE_DIGEST] the worker decoded another batch of step 0: ffffffffffff there, ${digestBatch(batch(0)).slice(0, 12)} here`,
    });
  });

  it("refuses a reply that lacks a field", async () => {
    const { opening } = await open(4, (_step, stream) =>
      stream.write({ credits: 1, acknowledges: false, step: 0 }),
    );
    const feed = await opening;
    await feed.send(batch(0));
    expect((await caught(() => feed.acknowledged(0))).message).toBe(
      "[WIRE_INCOMPLETE] the message lacks FeedResponse.batchDigest",
    );
  });

  it("lets no sender wait for ever once the worker has closed the feed", async () => {
    const { opening, call } = await open(1, () => undefined);
    const feed = await opening;
    await feed.send(batch(0));
    const waiting = caught(() => feed.send(batch(1)));
    call()?.end();
    expect((await waiting).message).toBe(
      "[WORKER_STATE] the feed is over: its stage has ended, or end() was called",
    );
    expect((await caught(() => feed.send(batch(2)))).code).toBe("WORKER_STATE");
    expect((await caught(() => feed.acknowledged(0))).code).toBe("WORKER_STATE");
  });

  it("passes on what the worker refuses, to those who wait and those who come later", async () => {
    const { opening } = await open(2, (_step, stream) =>
      stream.emit("error", refusal("TENSOR_INVALID", "volume v: no column")),
    );
    const feed = await opening;
    await feed.send(batch(0));
    expect((await caught(() => feed.acknowledged(0))).message).toBe("[TENSOR_INVALID] volume v: no column");
    expect((await caught(() => feed.send(batch(1)))).code).toBe("TENSOR_INVALID");
    expect((await caught(() => feed.end())).code).toBe("TENSOR_INVALID");
  });

  it("gives up when no credits come", async () => {
    const { opening } = await open(undefined, () => undefined, { timeoutMs: 60 });
    const error = await caught(() => opening);
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_HUNG",
      message: "[WORKER_HUNG] the worker granted no credits within 60 ms",
    });
  });

  it("is cancelled by its signal or by hand", async () => {
    const controller = new AbortController();
    const { opening } = await open(1, () => undefined, { signal: controller.signal });
    const feed = await opening;
    await feed.send(batch(0));
    const waiting = caught(() => feed.send(batch(1)));
    controller.abort();
    expect((await waiting).message).toBe("[CANCELLED] the feed, after the batch of step 0 was cancelled");
  });

  it("does not spend a credit on a batch that the wire cannot hold", async () => {
    const { taken, opening } = await open(1, (step, stream) => stream.write(acknowledge(step)));
    const feed = await opening;
    expect((await caught(() => feed.send(batch(-1)))).message).toBe("[WIRE_INVALID] Batch.step is -1");
    await feed.send(batch(0));
    await feed.acknowledged(0);
    expect(taken).toEqual([0]);
  });
});
