import { TomoeError } from "../../../../../../ts/errors.ts";
import { type Generating, generateArm } from "../../../../../../ts/run/eval/ask/generate.ts";
import { LazyPool } from "../../../../../../ts/run/eval/ask/lazy-pool.ts";
import { evaluatedCases } from "../../../../../../ts/run/evaluate/cases.ts";
import { readyRun } from "../../../../../../ts/run/predict/ready-run.ts";
import { caught } from "../../../../../support/caught.ts";
import type { Script } from "../../../../../support/scripted-model.ts";
import { ScriptedWorkers, workerDied } from "../../../../../support/scripted-pool.ts";
import { corpusOf, freshFolder, plainPolicy, resolvedWith } from "../../fixtures.ts";
import { finishedRun } from "../../predict/finished-run.ts";
import { freshWorld, noSpace } from "../parts.ts";

async function generating(script: Script = {}, change: Partial<Generating> = {}, volumes = 2) {
  const { runsDir } = await finishedRun();
  const { signal } = new AbortController();
  const resolved = resolvedWith(`evaluation.batching.volumes=${volumes}`);
  const ready = {
    ...(await readyRun({
      run: "latest",
      runsDir,
      policy: plainPolicy(),
      signal,
    })),
    resolved,
  };
  const workers = new ScriptedWorkers(script);
  const cacheDir = freshFolder();
  const job: Generating = {
    world: freshWorld(),
    ready,
    material: {
      resolved,
      cases: evaluatedCases({ resolved, corpus: corpusOf(3) }),
      cacheDir,
      space: noSpace,
    },
    pool: new LazyPool({
      ready,
      cacheDir,
      logDir: freshFolder(),
      device: "cpu",
      workers,
      signal,
    }),
    device: "cpu",
    signal,
    onProgress: () => undefined,
    ...change,
  };
  return { job, workers };
}
const asked = ({ calls }: ScriptedWorkers) => calls.filter((call) => /score|generate/.test(call));

describe("the answers of an arm", () => {
  it("are one row an item, asked in calls of so many volumes", async () => {
    const { job, workers } = await generating();
    const { rows, failed } = await generateArm(job, "own");
    expect(rows.map(({ id }) => id)).toEqual(
      [0, 1, 2].flatMap((at) => ["r", "c", "o"].map((kind) => `words-test-${at}-${kind}`)),
    );
    expect(failed).toBe(0);
    expect(asked(workers)).toEqual(["1 score 2", "1 generate 4", "1 score 1", "1 generate 2"]);
    expect(rows[1]).toMatchObject({
      choiceTokens: [2, 2, 2, 2],
      route: { task: "closed-vqa" },
    });
  });

  it("in words are of the questions with options alone", async () => {
    const { job, workers } = await generating();
    const { rows } = await generateArm(job, "own-words");
    expect(rows.map(({ id }) => id)).toEqual([0, 1, 2].map((at) => `words-test-${at}-c`));
    expect(asked(workers)).toEqual(["1 generate 2", "1 generate 1"]);
    expect(rows.every((row) => !("choiceLogProbs" in row))).toBe(true);
  });

  it("without the image are asked of no volume, and of another patient's scan of that one", async () => {
    const shown: (string | null)[] = [];
    const { job } = await generating({
      says: (_query, _weights, volume) => {
        shown.push(volume);
        return "words";
      },
    });
    await generateArm(job, "text-only");
    expect(new Set(shown)).toEqual(new Set([null]));
    shown.length = 0;
    await generateArm(job, "other-scan");
    expect(new Set(shown)).toEqual(new Set([0, 1, 2].map((at) => `id of words-test-${at}`)));
    // Calls finish in the reverse of the order they are asked in: the first call holds the first two cases.
    expect(shown[0]).toBe("id of words-test-2");
  });

  it("are asked once: a second time everything is there, and another question is another arm", async () => {
    const { job, workers } = await generating();
    const first = await generateArm(job, "own");
    const before = asked(workers).length;
    const again = await generateArm(job, "own");
    expect([again.cached, asked(workers).length]).toEqual([true, before]);
    expect(again.rows).toEqual(first.rows);
    const [case0, ...others] = job.material.cases;
    const changed = {
      ...job.material,
      cases: [
        ...(case0 === undefined
          ? []
          : [
              {
                ...case0,
                items: case0.items.map((item) => ({
                  ...item,
                  question: `${item.question} Please.`,
                })),
              },
            ]),
        ...others,
      ],
    };
    const other = await generateArm({ ...job, material: changed }, "own");
    expect([other.cached, other.digest === first.digest]).toEqual([false, false]);
  });

  it("do not follow from targets: what is right may be mended without asking again", async () => {
    const { job } = await generating();
    const first = await generateArm(job, "own");
    const cases = job.material.cases.map((entry) => ({
      ...entry,
      items: entry.items.map((item) => ({
        ...item,
        target: "oblique",
      })),
    }));
    const again = await generateArm({ ...job, material: { ...job.material, cases } }, "own");
    expect(again).toMatchObject({
      cached: true,
      digest: first.digest,
    });
  });

  it("follow from the device and from how answers are made", async () => {
    const { job } = await generating();
    const digests = [
      await generateArm(job, "own-words"),
      await generateArm({ ...job, device: "cuda" }, "own-words"),
      await generateArm((await generating({}, {}, 1)).job, "own-words"),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(3);
  });
});

describe("an item that cannot be answered", () => {
  const tooLong: Script = {
    says: ({ queryId }) => {
      if (queryId === "words-test-0-o")
        throw new TomoeError("WIRE_TOO_LARGE", "too many positions", { hint: "Shorten the prompt." });
      return "words";
    },
  };

  it("is a row with its error, and the others of its call are answered one by one", async () => {
    const { job } = await generating(tooLong);
    const { rows, failed } = await generateArm(job, "own");
    expect([rows.length, failed]).toEqual([9, 1]);
    expect(rows.find(({ id }) => id === "words-test-0-o")).toEqual({
      id: "words-test-0-o",
      error: {
        code: "WIRE_TOO_LARGE",
        message: "too many positions",
      },
    });
  });

  it("by a failure that is not of the item ends the arm", async () => {
    const { job } = await generating({
      says: () => {
        throw new TomoeError("WORKER_STATE", "no model", { hint: "-" });
      },
    });
    expect((await caught(() => generateArm(job, "own"))).code).toBe("WORKER_STATE");
  });
});

describe("a worker that dies", () => {
  it("is replaced as often as the recipe allows, and what was answered stays", async () => {
    let deaths = 0;
    const { job, workers } = await generating({
      says: ({ queryId }) => {
        if (queryId.startsWith("words-test-2") && deaths < 2) {
          deaths += 1;
          throw workerDied();
        }
        return "words";
      },
    });
    const { rows } = await generateArm(job, "own");
    expect([rows.length, workers.started.length]).toEqual([9, 3]);
    // The first call was asked once: its rows were on the disk.
    expect(asked(workers).filter((call) => call.endsWith("generate 4"))).toHaveLength(1);
  });

  it("is not replaced once more than that, nor after a stop", async () => {
    const dying: Script = {
      says: () => {
        throw workerDied();
      },
    };
    const often = await generating(dying);
    expect((await caught(() => generateArm(often.job, "own"))).code).toBe("WORKER_DIED");
    expect(often.workers.started).toHaveLength(3);
    const stopped = await generating(dying, {
      signal: AbortSignal.abort(new TomoeError("CANCELLED", "stopped", { hint: "-" })),
    });
    expect((await caught(() => generateArm(stopped.job, "own"))).code).toBe("CANCELLED");
    expect(stopped.workers.started).toHaveLength(0);
  });
});
