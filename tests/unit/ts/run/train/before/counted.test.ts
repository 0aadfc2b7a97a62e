import fc from "fast-check";
import { unchanged } from "../../../../../../ts/data/dataset/index.ts";
import type { TomoeError } from "../../../../../../ts/errors.ts";
import type { Corpus } from "../../../../../../ts/run/prepare/material.ts";
import { trainAttempt } from "../../../../../../ts/run/train/attempt.ts";
import { stageBatches } from "../../../../../../ts/run/train/batches.ts";
import { requireCounted } from "../../../../../../ts/run/train/before/counted.ts";
import { caught } from "../../../../../support/caught.ts";
import { corpusOf, newJob, plainPolicy, resolvedWith, stageOf } from "../../fixtures.ts";

/** Material whose training cases of these places lack something. */
function corpusWithout(places: readonly number[], change: "items" | "reports" | "facts"): Corpus {
  const corpus = corpusOf();
  const cases = corpus.volumes.cases.map((entry, place) => {
    if (!places.includes(place)) return entry;
    if (change === "facts") return { ...entry, row: { ...entry.row, facts: { side: -1 } } };
    return { ...entry, items: change === "items" ? [] : entry.items.filter(({ task }) => task !== "report") };
  });
  return { ...corpus, volumes: { ...corpus.volumes, cases } };
}

const one = ["stages.shared.volumesPerStep=1", "stages.specific.volumesPerStep=1"];
const ofFacts = ['stages.shared.objectives={"facts":1}', 'stages.shared.trains=["upperVision"]'];

async function refusal(set: readonly string[], corpus: Corpus): Promise<TomoeError> {
  return await caught(() => {
    requireCounted({ resolved: resolvedWith(...set), corpus, policy: plainPolicy() });
  });
}

const accept = (set: readonly string[], corpus: Corpus): void =>
  requireCounted({ resolved: resolvedWith(...set), corpus, policy: plainPolicy() });

describe("requireCounted", () => {
  it("refuses a step of one volume that has no items, by its case, with the way out", async () => {
    const error = await refusal(one, corpusWithout([2], "items"));
    expect(error.code).toBe("DATA_EMPTY");
    expect(error.what).toMatch(
      /^step \d of stage "shared" has nothing for its objective "language": case "words-train-2" has no items(; and so have \d more steps?)?$/,
    );
    expect(error.hint).toMatch(/volumesPerStep.*leave the objective out of the stage\.$/);
    expect(error.details).toMatchObject({ cases: ["words-train-2"] });
  });

  it("lets a volume without items pass where another of its step has some", () => {
    expect(() => accept([], corpusWithout([0, 2], "items"))).not.toThrow();
  });

  it("lets a case pass that no step of the run comes to", () => {
    const { stage } = stageOf(resolvedWith(...one), "shared");
    const job = { resolved: resolvedWith(...one), corpus: corpusOf(), policy: plainPolicy() };
    const [first = -1] = stageBatches({ job, stage, ranks: 1 }).placesOf(0);
    const others = corpusOf().volumes.cases.flatMap((_, place) => (place === first ? [] : [place]));
    const short = [...one, "stages.shared.steps=1", 'stages.specific.objectives={"facts":1}'];
    expect(() => accept(short, corpusWithout(others, "items"))).not.toThrow();
  });

  it("names the fact whose label no volume of a step has", async () => {
    const error = await refusal([...ofFacts, ...one], corpusWithout([1], "facts"));
    expect(error.what).toMatch(/objective "facts": case "words-train-1" has no label of side/);
    const named = await refusal(
      ['stages.shared.objectives={"language":1,"facts:side":1}', ...one],
      corpusWithout([1], "facts"),
    );
    expect(named.what).toMatch(/objective "facts:side": case "words-train-1" has no label of side/);
  });

  it("leaves a fact that no data set states to the stage, which refuses it by name", () => {
    const corpus = { ...corpusWithout([0, 1, 2, 3, 4], "facts"), facts: [] };
    expect(() => accept([...ofFacts, ...one], corpus)).not.toThrow();
  });

  it("tells labels of patches and captions that are missing", async () => {
    const patches = await refusal(['model.base.pretrain.flat.objectives={"patches":1}'], corpusOf());
    expect(patches.what).toMatch(
      /^step 0 of stage "flat" has nothing for its objective "patches": cases "slices-train-\d", "slices-train-\d" have no patch labels; and so have 2 more steps$/,
    );
    const words = { ...corpusWithout([3], "reports"), words: ["spleen"] };
    const captions = await refusal(['stages.shared.objectives={"words":1}', ...one], words);
    expect(captions.what).toMatch(/objective "words": case "words-train-3" has no report/);
  });

  it("names three cases of many, all in its details", async () => {
    const error = await refusal([], corpusWithout([0, 1, 2, 3, 4], "items"));
    expect(error.what).toMatch(
      /: cases "[^"]+", "[^"]+", "[^"]+" and 1 more have no items; and so have \d+ more steps$/,
    );
    expect(error.details.cases).toEqual([0, 1, 2, 3, 4].map((place) => `words-train-${place}`));
    // Six steps of the shared stage and two of the other one.
    expect([error.details.count, (error.details.problems as readonly unknown[]).length]).toEqual([8, 8]);
  });

  it("finds exactly the steps whose batches hold nothing, whatever lacks items", async () => {
    const resolved = resolvedWith("stages.shared.volumesPerStep=2", 'stages.specific.objectives={"facts":1}');
    await fc.assert(
      fc.asyncProperty(fc.subarray([0, 1, 2, 3, 4]), async (places) => {
        const job = { resolved, corpus: corpusWithout(places, "items"), policy: plainPolicy() };
        const { stage } = stageOf(resolved, "shared");
        const batches = stageBatches({ job, stage, ranks: 1 });
        const bare = Array.from({ length: stage.steps }, (_, step) => step).filter(
          (step) => batches.at(step, 0).items.length === 0,
        );
        const error = bare.length === 0 ? undefined : await caught(() => requireCounted(job));
        if (bare.length === 0) expect(() => requireCounted(job)).not.toThrow();
        const problems = (error?.details.problems ?? []) as readonly { readonly step: number }[];
        expect(problems.map(({ step }) => step)).toEqual(bare);
      }),
      { seed: 18, numRuns: 40 },
    );
  });

  it("asks each case for its items once, however many stages read them", () => {
    const corpus = corpusOf();
    let asked = 0;
    const cases = corpus.volumes.cases.map(({ row, items }) => ({
      row,
      get items() {
        asked += 1;
        return items;
      },
    }));
    accept(one, { ...corpus, volumes: { ...corpus.volumes, cases } });
    expect(asked).toBe(5);
  });

  it("ends an attempt before a text or a step is asked of the worker", async () => {
    const { attempt, workers } = await newJob({ set: one, corpus: corpusWithout([2], "items") });
    const started = await attempt();
    const error = await caught(() => trainAttempt(started));
    expect(error.code).toBe("DATA_EMPTY");
    expect(workers.calls.filter((call) => /step|try|lengths/.test(call))).toEqual([]);
  });
});

describe("the cases of a stage's steps", () => {
  it("are those of its batches, in the order of their slots", () => {
    const job = { resolved: resolvedWith(), corpus: corpusOf(), policy: plainPolicy() };
    const { stage } = stageOf(job.resolved, "shared");
    const batches = stageBatches({ job, stage, ranks: 1 });
    for (const step of [0, 1, 5]) {
      const ids = batches.placesOf(step).map((place) => `id of ${batches.cases[place]?.row.case}`);
      const { volumes } = batches.at(step, 0);
      expect(ids).toEqual(volumes.map(({ volumeId }) => volumeId));
      expect(volumes.every(({ change }) => change === unchanged)).toBe(true);
    }
  });
});
