import { unchanged } from "../../../../../ts/data/dataset/index.ts";
import { evaluatedCases } from "../../../../../ts/run/evaluate/cases.ts";
import { caught } from "../../../../support/caught.ts";
import { corpusOf, resolvedWith } from "../fixtures.ts";

const corpus = corpusOf();

describe("evaluatedCases", () => {
  it("has the cases of the evaluation's split in the order of the data set, with where their voxels lie", () => {
    const cases = evaluatedCases({ resolved: resolvedWith(), corpus });
    expect(cases.map(({ id, subject }) => [id, subject])).toEqual(
      [0, 1, 2].map((index) => [`words-test-${index}`, `words-test-${index}-patient`]),
    );
    for (const { id, volume } of cases)
      expect(volume).toEqual({
        ...corpus.cached.get(id),
        slot: 0,
        facts: {},
        hasCaption: false,
        words: [],
        change: unchanged,
      });
  });

  it("asks only what belongs to a task of the experiment", () => {
    const tasks = 'tasks={"closed-vqa":{"metrics":["accuracy"]}}';
    const cases = evaluatedCases({ resolved: resolvedWith(tasks), corpus });
    expect(cases.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(
      [0, 1, 2].map((index) => `words-test-${index}-c`),
    );
    const all = evaluatedCases({ resolved: resolvedWith(), corpus });
    expect(all.map(({ items }) => items.length)).toEqual([3, 3, 3]);
  });

  it("takes a case that was not cached for a bug of ours", async () => {
    const resolved = resolvedWith();
    const failure = await caught(() =>
      evaluatedCases({ resolved, corpus: { ...corpus, cached: new Map() } }),
    );
    expect([failure.code, failure.what]).toEqual(["INTERNAL", 'case "words-test-0" has no cached volume']);
    expect(failure.details).toEqual({ case: "words-test-0" });
  });
});
