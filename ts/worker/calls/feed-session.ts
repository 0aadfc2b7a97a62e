import { TomoeError } from "../../errors.ts";
import type { FeedRequest } from "../../gen/tomoe/v1/batch.ts";
import { FeedResponse } from "../../gen/tomoe/v1/batch.ts";
import { WorkerServiceService } from "../../gen/tomoe/v1/worker_service.ts";
import type { Batch } from "../../schema/batch.ts";
import type { CallOptions, FeedSession } from "../rank.ts";
import { digestMessage, requireSameDigest } from "../wire/digest.ts";
import { encodeBatch } from "../wire/encode.ts";
import { unpack } from "../wire/walk.ts";
import type { WorkerChannel } from "./channel.ts";
import type { Duplex } from "./duplex.ts";

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

const defaultOpenMs = 30_000;

/** Opens the Feed stream of one rank and waits for its first credits; errors as `WorkerClient.openFeed`. */
export async function openFeedSession(channel: WorkerChannel, options: CallOptions): Promise<FeedSession> {
  const session = new FeedStream(channel, options);
  const timeoutMs = options.timeoutMs ?? defaultOpenMs;
  const timer = setTimeout(() => session.giveUp(timeoutMs), timeoutMs);
  try {
    await session.opened;
  } finally {
    clearTimeout(timer);
  }
  return session;
}

class FeedStream implements FeedSession {
  readonly #opened = Promise.withResolvers<void>();
  readonly #stream: Duplex<FeedRequest>;
  readonly #senders: Waiting<void>[] = [];
  readonly #sent = new Map<number, string>();
  readonly #acknowledged = new Map<number, string>();
  readonly #awaiting = new Map<number, Waiting<string>[]>();
  readonly #closed = Promise.withResolvers<void>();
  #credits = 0;
  #last: number | undefined;
  #failure: TomoeError | undefined;

  constructor(channel: WorkerChannel, options: CallOptions) {
    // Whoever calls `end` hears of a failure; nobody has to.
    this.#closed.promise.catch(() => undefined);
    this.#stream = channel.duplex<FeedRequest, FeedResponse>(WorkerServiceService.feed, options.signal, {
      during: () => this.#during(),
      onMessage: (message) => this.#receive(message),
      onEnd: (error) => this.#over(error),
    });
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  giveUp(timeoutMs: number): void {
    this.#over(
      new TomoeError("WORKER_HUNG", `the worker granted no credits within ${timeoutMs} ms`, {
        hint: "It is busy or hangs; its log says more.",
      }),
    );
    this.#stream.cancel();
  }

  async send(batch: Batch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const message = encodeBatch(batch);
    if (this.#credits > 0 && this.#senders.length === 0) this.#credits -= 1;
    else
      await new Promise<void>((resolve, reject) => {
        this.#senders.push({ resolve, reject });
      });
    this.#last = batch.step;
    this.#sent.set(batch.step, digestMessage(message));
    this.#stream.send({ batch: message });
  }

  acknowledged(step: number): Promise<string> {
    const known = this.#acknowledged.get(step);
    if (known !== undefined) return Promise.resolve(known);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#awaiting.set(step, [...(this.#awaiting.get(step) ?? []), { resolve, reject }]);
    });
  }

  async end(): Promise<void> {
    this.#stream.finish();
    await this.#closed.promise;
  }

  cancel(): void {
    this.#stream.cancel();
  }

  #receive(message: FeedResponse): void {
    const { credits, acknowledges, step, batchDigest } = unpack(FeedResponse, message);
    if (acknowledges) this.#acknowledge(step, batchDigest);
    this.#opened.resolve();
    this.#credits += credits;
    while (this.#credits > 0 && this.#senders.length > 0) {
      this.#credits -= 1;
      this.#senders.shift()?.resolve();
    }
  }

  #acknowledge(step: number, digest: string): void {
    requireSameDigest(`batch of step ${step}`, this.#sent.get(step), digest);
    this.#acknowledged.set(step, digest);
    for (const waiting of this.#awaiting.get(step) ?? []) waiting.resolve(digest);
    this.#awaiting.delete(step);
  }

  #over(error: TomoeError | undefined): void {
    this.#failure ??=
      error ??
      new TomoeError("WORKER_STATE", "the feed is over: its stage has ended, or end() was called", {
        hint: "Open a feed for each stage, and send no batch after its last step.",
      });
    this.#opened.reject(this.#failure);
    for (const waiting of this.#senders.splice(0)) waiting.reject(this.#failure);
    for (const waiting of [...this.#awaiting.values()].flat()) waiting.reject(this.#failure);
    this.#awaiting.clear();
    if (error === undefined) this.#closed.resolve();
    else this.#closed.reject(error);
  }

  #during(): string {
    return this.#last === undefined ? "the feed" : `the feed, after the batch of step ${this.#last}`;
  }
}
