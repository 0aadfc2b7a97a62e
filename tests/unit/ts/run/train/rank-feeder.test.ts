import { setTimeout as sleep } from "node:timers/promises";
import { RankFeeder } from "../../../../../ts/run/train/rank-feeder.ts";
import type { Batch } from "../../../../../ts/schema/batch.ts";
import { digestBatch, type FeedSession } from "../../../../../ts/worker/index.ts";

const batchOf = (step: number): Batch => ({
  step,
  globalVolumeCount: 1,
  volumes: [],
  items: [
    {
      itemId: `item ${step}`,
      volumeIndex: 0,
      prompt: "p",
      target: "t",
      task: "report",
      lossWeight: 1,
    },
  ],
});

/** A feed whose credits and acknowledgements the test gives by hand. */
function feedByHand() {
  const sent: number[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const acknowledged = new Map<number, PromiseWithResolvers<string>>();
  const promised = (step: number): PromiseWithResolvers<string> => {
    const known = acknowledged.get(step) ?? Promise.withResolvers<string>();
    acknowledged.set(step, known);
    return known;
  };
  let cancelled = 0;
  const feed: FeedSession = {
    send: async (batch) => {
      const credit = Promise.withResolvers<void>();
      waiting.push(credit);
      await credit.promise;
      sent.push(batch.step);
    },
    acknowledged: async (step) => await promised(step).promise,
    end: async () => await Promise.resolve(),
    cancel: () => {
      cancelled += 1;
    },
  };
  /** Lets one batch through, or none with an error. */
  const grant = async (error?: Error): Promise<void> => {
    const next = waiting.shift();
    if (error === undefined) next?.resolve();
    else next?.reject(error);
    await sleep(1);
  };
  return { feed, sent, grant, promised, cancelled: () => cancelled };
}

describe("RankFeeder", () => {
  it("sends one batch a credit, in the order of the steps, and no more than there are", async () => {
    const { feed, sent, grant } = feedByHand();
    const feeder = new RankFeeder(feed);
    const pump = feeder.pump(2, 5, batchOf);
    expect(sent).toEqual([]);
    for (const expected of [[2], [2, 3], [2, 3, 4]]) {
      await grant();
      expect(sent).toEqual(expected);
    }
    await pump;
  });

  it("gives the digest of the batch a step was sent, also to who asks before it is sent", async () => {
    const { feed, grant } = feedByHand();
    const feeder = new RankFeeder(feed);
    const pump = feeder.pump(0, 2, batchOf);
    const early = feeder.digest(0);
    await grant();
    expect(await early).toBe(digestBatch(batchOf(0)));
    await grant();
    expect(await feeder.digest(1)).toBe(digestBatch(batchOf(1)));
    await pump;
  });

  it("gives what the work gives, while the feed is well", async () => {
    const { feed } = feedByHand();
    const feeder = new RankFeeder(feed);
    expect(await feeder.whileFed(0, async () => await Promise.resolve("a result"))).toBe("a result");
    const failure = new Error("the step failed");
    await expect(feeder.whileFed(0, async () => await Promise.reject(failure))).rejects.toBe(failure);
  });

  it("ends a step whose batch was refused: the worker waits for it in vain and says why on the feed", async () => {
    const { feed, grant, promised } = feedByHand();
    const feeder = new RankFeeder(feed);
    const pump = feeder.pump(0, 2, batchOf);
    await grant();
    await feeder.digest(0);
    const waitsForever = feeder.whileFed(0, () => new Promise<never>(() => undefined));
    const refusal = new Error("the batch of step 0 is too large");
    promised(0).reject(refusal);
    await expect(waitsForever).rejects.toBe(refusal);
    await grant(new Error("the feed is over"));
    await pump;
    await expect(feeder.digest(1)).rejects.toBe(refusal);
  });

  it("lets the step tell where both fail, which knows its number", async () => {
    const { feed, grant, promised } = feedByHand();
    const feeder = new RankFeeder(feed);
    const pump = feeder.pump(0, 1, batchOf);
    await grant();
    await pump;
    const work = Promise.withResolvers<never>();
    const step = feeder.whileFed(0, () => work.promise);
    promised(0).reject(new Error("the connection broke"));
    await sleep(1);
    const died = new Error("the worker died during step 0");
    work.reject(died);
    await expect(step).rejects.toBe(died);
  });

  it("does not end a step that has its batch when a later batch fails", async () => {
    const { feed, grant, promised } = feedByHand();
    const feeder = new RankFeeder(feed);
    const pump = feeder.pump(0, 3, batchOf);
    await grant();
    promised(0).resolve("taken");
    await sleep(1);
    const work = Promise.withResolvers<string>();
    const step = feeder.whileFed(0, () => work.promise);
    const refusal = new Error("the batch of step 1 is refused");
    await grant(refusal);
    await pump;
    work.resolve("step 0 is done");
    expect(await step).toBe("step 0 is done");
    await expect(feeder.digest(1)).rejects.toBe(refusal);
    await expect(feeder.whileFed(1, async () => await Promise.resolve(1))).rejects.toBe(refusal);
  });

  it("tells a batch that could not be made as what it is", async () => {
    const { feed } = feedByHand();
    const feeder = new RankFeeder(feed);
    const failure = new Error("a case was not cached");
    await feeder.pump(0, 2, () => {
      throw failure;
    });
    await expect(feeder.digest(0)).rejects.toBe(failure);
  });

  it("keeps the first failure, and gives its feed up when it is told to", async () => {
    const { feed, grant, promised, cancelled } = feedByHand();
    const feeder = new RankFeeder(feed);
    const pump = feeder.pump(0, 2, batchOf);
    await grant();
    const first = new Error("first");
    promised(0).reject(first);
    await sleep(1);
    await grant(new Error("second"));
    await pump;
    await expect(feeder.digest(1)).rejects.toBe(first);
    feeder.cancel();
    expect(cancelled()).toBe(1);
  });
});
