import type { Metadata } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import type { FitTokenizerRequest } from "../../../../../ts/gen/tomoe/v1/model.ts";
import { WorkerServiceService as service } from "../../../../../ts/gen/tomoe/v1/worker_service.ts";
import { caught } from "../../../../support/caught.ts";
import { refusal, scriptedWorker } from "../scripted-worker.ts";

type Reply = (error: unknown, value?: unknown) => void;
interface Incoming extends AsyncIterable<FitTokenizerRequest> {
  readonly metadata: Metadata;
  readonly request: unknown;
  readonly cancelled: boolean;
  on(event: string, listener: (value: never) => void): void;
  write(value: unknown): boolean;
  end(): void;
}

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

async function peer(handlers: Readonly<Record<string, unknown>>) {
  const worker = await scriptedWorker(handlers);
  close.push(worker.close);
  return worker.channel;
}

/** Against hangs alone. */
const bounds = { timeoutMs: 600_000 };

/** Waits for what the other side hears of later; jest's own limit ends a wait in vain. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a unary call", () => {
  it("carries token and attempt, and gives the reply", async () => {
    let seen: unknown[] = [];
    const channel = await peer({
      liftModel: (call: Incoming, reply: Reply) => {
        seen = [call.metadata.get("tomoe-token"), call.metadata.get("tomoe-attempt"), call.request];
        reply(null, { newTensors: 3, groups: [], tensors: [], additions: [] });
      },
    });
    expect(await channel.unary(service.liftModel, { seed: 9 }, bounds)).toMatchObject({ newTensors: 3 });
    expect(seen).toEqual([["t".repeat(64)], ["4"], { seed: 9 }]);
  });

  it("fails with the typed error of the trailing metadata", async () => {
    const channel = await peer({
      liftModel: (_call: unknown, reply: Reply) =>
        reply(
          refusal("WORKER_STATE", "there is no model", {
            detailsJson: '{"a":1}',
            traceback: "Traceback ...",
          }),
        ),
    });
    const error = await caught(() => channel.unary(service.liftModel, { seed: 1 }, bounds));
    expect({ code: error.code, message: error.message, hint: error.hint, details: error.details }).toEqual({
      code: "WORKER_STATE",
      message: "[WORKER_STATE] there is no model",
      hint: "do this",
      details: { a: 1 },
    });
    expect((error.cause as Error).message).toBe("Traceback ...");
  });

  it("is hung at its deadline", async () => {
    const channel = await peer({ health: () => undefined });
    const error = await caught(() => channel.unary(service.health, {}, { timeoutMs: 80 }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_HUNG",
      message: "[WORKER_HUNG] the worker did not answer Health within 80 ms",
    });
  });

  it("is cancelled by its signal, over there too", async () => {
    let cancelledThere = false;
    const controller = new AbortController();
    const channel = await peer({
      health: (call: Incoming) => {
        call.on("cancelled", () => {
          cancelledThere = true;
        });
        controller.abort();
      },
    });
    const error = await caught(() =>
      channel.unary(service.health, {}, { ...bounds, signal: controller.signal }),
    );
    expect({ code: error.code, message: error.message }).toEqual({
      code: "CANCELLED",
      message: "[CANCELLED] Health was cancelled",
    });
    await until(() => cancelledThere);
  });

  it("is not sent when its message is larger than the limit", async () => {
    let calls = 0;
    const channel = await peer({
      measure: () => {
        calls += 1;
      },
    });
    const prediction = "x".repeat(16 * 2 ** 20);
    const error = await caught(() =>
      channel.unary(
        service.measure,
        { metric: "m", pairCount: 1, pairs: [{ prediction, target: "" }] },
        bounds,
      ),
    );
    expect(error.code).toBe("WIRE_TOO_LARGE");
    expect(error.message).toMatch(
      /^\[WIRE_TOO_LARGE\] the message of Measure has 1677\d+ bytes, the limit is 16777216$/,
    );
    expect(calls).toBe(0);
  });

  it("does not take a reply above the limit", async () => {
    const channel = await peer({
      hello: (_call: unknown, reply: Reply) => reply(null, { environmentJson: "x".repeat(17 * 2 ** 20) }),
    });
    expect((await caught(() => channel.unary(service.hello, { roots: [] }, bounds))).code).toBe(
      "WIRE_TOO_LARGE",
    );
  });

  it("tells an unknown method as another version, and a peer that is not there as unavailable", async () => {
    const channel = await peer({});
    expect((await caught(() => channel.unary(service.health, {}, bounds))).code).toBe("WIRE_VERSION");
    const gone = await scriptedWorker({});
    gone.close();
    close.push(gone.close);
    const { channel: late } = gone;
    expect((await caught(() => late.unary(service.health, {}, bounds))).code).toMatch(
      /^(WORKER_UNAVAILABLE|INTERNAL)$/,
    );
  });

  it("keeps a failure without a detail apart from what it knows", async () => {
    const channel = await peer({
      health: (_call: unknown, reply: Reply) => reply({ code: status.UNKNOWN, details: "boom" }),
    });
    const error = await caught(() => channel.unary(service.health, {}, bounds));
    expect({ code: error.code, message: error.message, text: error.details.text }).toEqual({
      code: "INTERNAL",
      message: "[INTERNAL] Health failed with status 2 and no detail",
      text: "boom",
    });
  });
});

describe("the record of the calls", () => {
  const nothing = { volumes: [], queries: [], plan: undefined, batching: undefined };
  const scored = { queryId: "a", logProbs: [], optionTokens: [] };

  it("says that calls of every kind that ended in order ended well", async () => {
    const channel = await peer({
      liftModel: (_call: unknown, reply: Reply) =>
        reply(null, { newTensors: 3, groups: [], tensors: [], additions: [] }),
      score: (call: Incoming) => {
        call.write(scored);
        call.end();
      },
      feed: (call: Incoming) => call.end(),
    });
    await channel.unary(service.liftModel, { seed: 9 }, bounds);
    await Array.fromAsync(channel.serverStream(service.score, nothing, bounds));
    await new Promise<void>((resolve) => {
      const user = { during: () => "the feed", onMessage: () => undefined, onEnd: () => resolve() };
      channel.duplex(service.feed, undefined, user);
    });
    expect(await channel.calls.endedWell(bounds.timeoutMs)).toBe(true);
  });

  it("says of one that failed, was left early or was cancelled that it did not", async () => {
    const handlers = {
      liftModel: (_call: unknown, reply: Reply) => reply(refusal("WORKER_STATE", "there is no model")),
      score: (call: Incoming) => void call.write(scored),
      feed: () => undefined,
    };
    const failed = await peer(handlers);
    await caught(() => failed.unary(service.liftModel, { seed: 9 }, bounds));
    const left = await peer(handlers);
    for await (const _ of left.serverStream(service.score, nothing, bounds)) break;
    const cancelled = await peer(handlers);
    const user = { during: () => "the feed", onMessage: () => undefined, onEnd: () => undefined };
    cancelled.duplex(service.feed, undefined, user).cancel();
    for (const { calls } of [failed, left, cancelled])
      expect(await calls.endedWell(bounds.timeoutMs)).toBe(false);
  });
});

describe("a stream of requests", () => {
  const lines = function* (count: number): Generator<FitTokenizerRequest> {
    for (let index = 0; index < count; index += 1)
      yield { part: { $case: "lines", value: { count: 1, lines: ["x".repeat(2 ** 18)] } } };
  };

  it("sends everything, held back by the other side, and gives the one reply", async () => {
    let taken = 0;
    const channel = await peer({
      fitTokenizer: async (call: Incoming, reply: Reply) => {
        for await (const { part } of call) {
          taken += part?.$case === "lines" ? part.value.lines.length : 0;
          if (taken % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        }
        reply(null, { digest: "d", vocab: taken });
      },
    });
    expect(await channel.clientStream(service.fitTokenizer, lines(128), bounds)).toMatchObject({
      vocab: 128,
    });
  });

  it("stops sending when the other side has refused", async () => {
    let made = 0;
    const endless = async function* (): AsyncGenerator<FitTokenizerRequest> {
      for (;;) {
        made += 1;
        yield* lines(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const channel = await peer({
      fitTokenizer: (_call: unknown, reply: Reply) => reply(refusal("CONFIG_INVALID", "no")),
    });
    expect((await caught(() => channel.clientStream(service.fitTokenizer, endless(), bounds))).code).toBe(
      "CONFIG_INVALID",
    );
    const then = made;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(made - then).toBeLessThanOrEqual(1);
  });

  it("fails with what its own source raised", async () => {
    const broken = async function* (): AsyncGenerator<FitTokenizerRequest> {
      yield* lines(1);
      throw new TypeError("the corpus cannot be read");
    };
    const channel = await peer({ fitTokenizer: () => undefined });
    await expect(channel.clientStream(service.fitTokenizer, broken(), bounds)).rejects.toThrow(
      "the corpus cannot be read",
    );
  });
});

describe("a stream of replies", () => {
  it("gives each as it comes and ends", async () => {
    const channel = await peer({
      score: (call: Incoming) => {
        for (const queryId of ["a", "b"]) call.write({ queryId, logProbs: [], optionTokens: [] });
        call.end();
      },
    });
    const seen = await Array.fromAsync(
      channel.serverStream(
        service.score,
        { volumes: [], queries: [], plan: undefined, batching: undefined },
        bounds,
      ),
      ({ queryId }) => queryId,
    );
    expect(seen).toEqual(["a", "b"]);
  });

  it("gives what came before it failed", async () => {
    const channel = await peer({
      score: (call: Incoming & { emit(event: string, error: unknown): void }) => {
        call.write({ queryId: "a", logProbs: [], optionTokens: [] });
        setTimeout(() => call.emit("error", refusal("OUT_OF_MEMORY", "too many volumes")), 20);
      },
    });
    const seen: unknown[] = [];
    const error = await caught(async () => {
      for await (const { queryId } of channel.serverStream(
        service.score,
        { volumes: [], queries: [], plan: undefined, batching: undefined },
        bounds,
      ))
        seen.push(queryId);
    });
    expect({ seen, code: error.code }).toEqual({ seen: ["a"], code: "OUT_OF_MEMORY" });
  });

  it("is cancelled over there when its reader leaves", async () => {
    let left = false;
    const channel = await peer({
      score: (call: Incoming) => {
        call.on("cancelled", () => {
          left = true;
        });
        call.write({ queryId: "a", logProbs: [], optionTokens: [] });
      },
    });
    for await (const { queryId } of channel.serverStream(
      service.score,
      { volumes: [], queries: [], plan: undefined, batching: undefined },
      bounds,
    )) {
      expect(queryId).toBe("a");
      break;
    }
    await until(() => left);
  });
});
