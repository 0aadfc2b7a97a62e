import { readFileSync } from "node:fs";
import { join } from "node:path";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { bringUp, type Cursor } from "../../../../../ts/run/train/bring-up.ts";
import type { ModelSpec } from "../../../../../ts/schema/model.ts";
import { readEvents, type VerifiedCheckpoint } from "../../../../../ts/track/read/index.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { caught } from "../../../../support/caught.ts";
import { hashOf } from "../../../../support/scripted-model.ts";
import { corpusOf, newJob, resolvedOn, type TestJob } from "../fixtures.ts";

/** A run of which everything is trained, and its checkpoints by place. */
async function trained(): Promise<{
  readonly test: TestJob;
  readonly at: (stage: string, step: number) => VerifiedCheckpoint;
}> {
  const test = await newJob();
  const checkpoints = new Map<string, VerifiedCheckpoint>();
  const { latestCheckpoint, retainCheckpoints } = test.job.owned;
  // Each is looked at before retention takes it.
  test.job.owned.retainCheckpoints = async (keepLast) => {
    const newest = await latestCheckpoint.call(test.job.owned);
    if (newest !== undefined) checkpoints.set(`${newest.ref.stage}/${newest.ref.step}`, newest);
    return await retainCheckpoints.call(test.job.owned, keepLast + 100);
  };
  await trainAttempt(await test.attempt());
  return {
    test,
    at: (stage, step) => {
      const found = checkpoints.get(`${stage}/${step}`);
      if (found === undefined) throw new RangeError(`no checkpoint ${stage}/${step}`);
      return found;
    },
  };
}

async function upFrom(test: TestJob, checkpoint: VerifiedCheckpoint | undefined): Promise<Cursor> {
  return await bringUp({ ...(await test.attempt()), checkpoint });
}

/** What was said of bringing up; what was tried before is said before. */
const said = ({ notices }: TestJob): readonly string[] =>
  notices.filter((text) => !text.includes("knobs.json"));

describe("bringUp without a checkpoint", () => {
  it("fits the tokenizer to the base's vocabulary and makes the model of the material's facts", async () => {
    const test = await newJob();
    const cursor = await upFrom(test, undefined);
    expect(cursor).toEqual({
      stageIndex: 0,
      nextStep: 0,
      lifted: false,
      book: null,
      bitExact: true,
      tokenizerDigest: hashOf(corpusOf().tokenizerLines, 300),
    });
    const spec = JSON.parse(readFileSync(join(test.job.owned.dir, "model.json"), "utf8")) as ModelSpec;
    expect(spec).toMatchObject({
      facts: [{ name: "side", classes: 2 }],
      patchClasses: 2,
      base: { language: { vocab: 256 + corpusOf().tokenizerLines.length } },
      preprocess: { digest: "e".repeat(64) },
    });
  });

  it("records the model's groups once, also when it is begun a second time", async () => {
    const test = await newJob();
    await upFrom(test, undefined);
    const cursor = await upFrom(test, undefined);
    const events = await readEvents(test.job.owned.paths.events);
    expect(events.map(({ kind, key, data }) => ({ kind, key, data }))).toEqual([
      {
        kind: "model-created",
        key: "model",
        data: {
          groups: [{ component: "language", parameters: 10, tensors: 2 }],
          tokenizerDigest: cursor.tokenizerDigest,
        },
      },
    ]);
  });

  it("ends when the same seed gives another tokenizer than the record says", async () => {
    const test = await newJob();
    await upFrom(test, undefined);
    const other = { ...corpusOf(), tokenizerLines: ["other words"] };
    const attempt = await test.attempt();
    const failure = await caught(() =>
      bringUp({ ...attempt, job: { ...attempt.job, corpus: other }, checkpoint: undefined }),
    );
    expect(failure.code).toBe("REPLAY_DIVERGED");
  });

  it("refuses ranks that fit different tokenizers", async () => {
    const test = await newJob({ set: ["execution.ranks=2"] });
    const { job, pool } = await test.attempt();
    const [, second] = pool.ranks;
    if (second !== undefined)
      second.fitTokenizer = async () => await Promise.resolve({ digest: "x", vocab: 9 });
    const failure = await caught(() => bringUp({ job, pool, checkpoint: undefined }));
    expect([failure.code, failure.what]).toEqual(["WIRE_DIGEST", "rank 0 and rank 1 disagree on tokenizer"]);
  });
});

describe("bringUp of a published base", () => {
  it("asks for no tokenizer: the base brings its own, and the model is made of its files", async () => {
    const test = await newJob({ resolved: resolvedOn(exampleFacts) });
    const cursor = await upFrom(test, undefined);
    expect(test.workers.calls).toEqual(["1 createModel"]);
    expect(cursor).toMatchObject({ stageIndex: 0, nextStep: 0, lifted: false, book: null });
    expect(cursor.tokenizerDigest).not.toBe("");
    const spec = JSON.parse(readFileSync(join(test.job.owned.dir, "model.json"), "utf8")) as ModelSpec;
    expect(spec.base).toMatchObject({ kind: "published", weightsDigest: exampleFacts.weightsDigest });
  });
});

describe("bringUp from a checkpoint", () => {
  it("stands where the checkpoint stands, bit for bit, and says which it is", async () => {
    const { test, at } = await trained();
    const checkpoint = at("shared", 4);
    const cursor = await upFrom(test, checkpoint);
    expect(cursor).toMatchObject({ stageIndex: 1, nextStep: 4, lifted: true, bitExact: true });
    expect(cursor.book?.plans.at(-1)?.effectiveFromStep).toBe(4);
    expect(said(test)).toEqual([`resuming from checkpoint ${checkpoint.ref.name}`]);
  });

  it("takes the optimizer along only inside a stage", async () => {
    const { test, at } = await trained();
    for (const [stage, step, how] of [
      ["flat", 3, "without"],
      ["shared", 2, "with"],
      ["shared", 6, "without"],
      ["specific", 2, "without"],
    ] as const) {
      await upFrom(test, at(stage, step));
      expect(test.workers.calls.at(-1)).toMatch(
        new RegExp(`load .*-${stage}-0000000${step} ${how} optimizer$`),
      );
    }
  });

  it.each([
    ["configDigest", "the resolved experiment"],
    ["corpusFingerprint", "the dataset"],
    ["preprocessDigest", "the preprocess contract"],
  ] as const)("refuses one whose %s differs, and loads nothing", async (fact, word) => {
    const { test, at } = await trained();
    const { ref, manifest } = at("shared", 4);
    const other = { ref, manifest: { ...manifest, facts: { ...manifest.facts, [fact]: "another" } } };
    const loads = test.workers.calls.length;
    const failure = await caught(() => upFrom(test, other));
    expect(failure.code).toBe("CHECKPOINT_INCOMPATIBLE");
    expect(failure.what).toContain(
      `checkpoint ${ref.name} cannot be resumed from here: ${word} was another and is `,
    );
    expect(failure.hint).toBe("Resume with what the run was made with, or start a new run.");
    expect(failure.details.reasons).toHaveLength(1);
    expect(test.workers.calls.length).toBe(loads);
  });

  it.each([
    ["torch", "2.12.0", "the version of torch was 2.12.0 and is 2.13.0+cpu: kernels may differ"],
    ["cpuCapability", "AVX512", "the CPU capability was AVX512 and is AVX2: its kernels round differently"],
    ["worldSize", 4, "the number of ranks was 4 and is 1: sums over ranks are split differently"],
  ] as const)("says that it is not bit for bit when %s differs, and goes on", async (fact, value, reason) => {
    const { test, at } = await trained();
    const { ref, manifest } = at("shared", 4);
    const other = { ref, manifest: { ...manifest, facts: { ...manifest.facts, [fact]: value } } };
    const cursor = await upFrom(test, other);
    expect(cursor.bitExact).toBe(false);
    expect(said(test)).toEqual([
      `resuming, but not bit for bit: ${reason}`,
      `resuming from checkpoint ${ref.name}`,
    ]);
  });

  it("refuses one whose conductor's part is none of this experiment", async () => {
    const { test, at } = await trained();
    const { ref, manifest } = at("shared", 4);
    const parts = { ...manifest.parts, conductor: { stageIndex: 9, lifted: true, plans: [] } };
    const failure = await caught(() => upFrom(test, { ref, manifest: { ...manifest, parts } }));
    expect(failure.code).toBe("CHECKPOINT_INVALID");
  });

  it("names the fact that a worker of another version does not say", async () => {
    const { at } = await trained();
    const silent = await newJob({ script: { environment: { torch: undefined as unknown as string } } });
    const failure = await caught(() => upFrom(silent, at("shared", 4)));
    expect([failure.code, failure.what]).toEqual([
      "WIRE_INCOMPLETE",
      'the worker\'s hello does not say "torch"',
    ]);
  });
});
