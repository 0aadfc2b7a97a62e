import type { Batch } from "../../schema/batch.ts";
import { digestBatch, type FeedSession } from "../../worker/index.ts";

/** How long a step has to fail by itself once its feed has failed: both do when the worker died. */
const stepTellsMs = 200;

/** Feeds one rank ahead of its steps, as far as its credits reach, and keeps the digest of each batch. */
export class RankFeeder {
  readonly #feed: FeedSession;
  readonly #digests = new Map<number, string>();
  #waiting: { readonly step: number; readonly give: (digest: string) => void } | null = null;
  #taken = -1;
  #onFailure: ((error: unknown) => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(feed: FeedSession) {
    this.#feed = feed;
  }

  /** Sends the batches of `first`..`last - 1`; resolves when all are sent or the feed was given up. */
  async pump(first: number, last: number, batchOf: (step: number) => Batch): Promise<void> {
    try {
      for (let step = first; step < last; step += 1) {
        const batch = batchOf(step);
        const digest = digestBatch(batch);
        await this.#feed.send(batch);
        this.#feed.acknowledged(step).then(
          () => {
            this.#taken = step;
          },
          (error: unknown) => this.#fail(error),
        );
        this.#digests.set(step, digest);
        if (this.#waiting?.step === step) this.#waiting.give(digest);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Digest of the batch of `step`, once it is sent; each is asked for once. */
  async digest(step: number): Promise<string> {
    const sent = this.#digests.get(step);
    const digest =
      sent ??
      (await this.whileFed(
        step,
        () =>
          new Promise<string>((give) => {
            this.#waiting = { step, give };
          }),
      ));
    this.#waiting = null;
    this.#digests.delete(step);
    return digest;
  }

  /**
   * What `work` gives, or the failure of the feed when that kept the batch of `step` back: a worker that
   * refused a batch goes on waiting for it, and says why only on the feed. Where both fail, as when the worker
   * died, the failure of `work` counts, which knows the step.
   */
  async whileFed<T>(step: number, work: () => Promise<T>): Promise<T> {
    if (this.#failure !== null && step > this.#taken) throw this.#failure.error;
    return await new Promise<T>((resolve, reject) => {
      this.#onFailure = (error) => {
        if (step > this.#taken) setTimeout(reject, stepTellsMs, error);
      };
      work().then(resolve, reject);
    });
  }

  cancel(): void {
    this.#feed.cancel();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#onFailure?.(error);
  }
}
