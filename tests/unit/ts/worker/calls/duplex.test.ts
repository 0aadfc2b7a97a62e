import type { TomoeError } from "../../../../../ts/errors.ts";
import type { FeedRequest, FeedResponse } from "../../../../../ts/gen/tomoe/v1/batch.ts";
import { WorkerServiceService as service } from "../../../../../ts/gen/tomoe/v1/worker_service.ts";
import type { Duplex, DuplexUser } from "../../../../../ts/worker/calls/duplex.ts";
import { refusal, scriptedWorker } from "../scripted-worker.ts";

interface Incoming {
  on(event: string, listener: (value: FeedRequest) => void): void;
  write(value: FeedResponse): boolean;
  end(): void;
  emit(event: string, error: unknown): void;
}

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

const grant = { credits: 2, acknowledges: false, step: 0, batchDigest: "" };

/** A feed whose other side does as `answer` says; gives the stream, what came in, and how it ended. */
async function feed(
  answer: (call: Incoming) => void,
  change: Partial<DuplexUser<FeedResponse>> = {},
  signal?: AbortSignal,
) {
  const worker = await scriptedWorker({ feed: answer });
  close.push(worker.close);
  const received: FeedResponse[] = [];
  const ends: (TomoeError | undefined)[] = [];
  const over = Promise.withResolvers<TomoeError | undefined>();
  const stream: Duplex<FeedRequest> = worker.channel.duplex<FeedRequest, FeedResponse>(service.feed, signal, {
    during: () => "the feed",
    onMessage: (message) => void received.push(message),
    onEnd: (error) => {
      ends.push(error);
      over.resolve(error);
    },
    ...change,
  });
  return { stream, received, ends, over: over.promise };
}

const batch = (step: number) => ({ batch: { step, volumes: [], items: [] } });

describe("a stream both ways", () => {
  it("carries messages in order and ends once, without an error, when both sides have", async () => {
    const steps: (number | undefined)[] = [];
    const { stream, received, ends, over } = await feed((call) => {
      call.on("data", (request) => {
        steps.push(request.batch?.step);
        call.write({ ...grant, step: request.batch?.step });
      });
      call.on("end", () => call.end());
    });
    for (const step of [0, 1, 2]) stream.send(batch(step));
    stream.finish();
    expect(await over).toBeUndefined();
    expect(steps).toEqual([0, 1, 2]);
    expect(received.map(({ step }) => step)).toEqual([0, 1, 2]);
    // What is called after the end changes nothing and is not told again.
    stream.send(batch(3));
    stream.finish();
    stream.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect({ ends, steps }).toEqual({ ends: [undefined], steps: [0, 1, 2] });
  });

  it("ends with the typed error of the other side", async () => {
    const { over } = await feed((call) => call.emit("error", refusal("WORKER_STATE", "no stage is open")));
    expect(await over).toMatchObject({ code: "WORKER_STATE", what: "no stage is open", hint: "do this" });
  });

  it("ends with what its user throws at a message, and tells no message after it", async () => {
    let told = 0;
    const { over } = await feed(
      (call) => {
        for (let count = 0; count < 5; count += 1) call.write(grant);
      },
      {
        onMessage: () => {
          told += 1;
          throw new RangeError("this cannot be");
        },
      },
    );
    expect(await over).toMatchObject({ code: "INTERNAL", details: { text: "RangeError: this cannot be" } });
    expect(told).toBe(1);
  });

  it("is cancelled by its user or its signal, also one that was aborted before, naming the work", async () => {
    const cancelled = { code: "CANCELLED", message: "[CANCELLED] the feed was cancelled" };
    const byUser = await feed(() => undefined);
    byUser.stream.cancel();
    expect(await byUser.over).toMatchObject(cancelled);
    const controller = new AbortController();
    const bySignal = await feed((call) => void call.write(grant), {}, controller.signal);
    controller.abort();
    expect(await bySignal.over).toMatchObject(cancelled);
    expect(await (await feed(() => undefined, {}, AbortSignal.abort())).over).toMatchObject(cancelled);
  });

  it("does not listen to its signal once it is over", async () => {
    const controller = new AbortController();
    const { ends, over } = await feed((call) => call.end(), {}, controller.signal);
    expect(await over).toBeUndefined();
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ends).toEqual([undefined]);
  });
});
