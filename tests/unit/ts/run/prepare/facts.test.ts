import { createHash } from "node:crypto";
import fc from "fast-check";
import { fingerprintOf, mergeFacts, tokenizerLines, wordsRead } from "../../../../../ts/run/prepare/facts.ts";
import { caught } from "../../../../support/caught.ts";
import { datasetOf, resolvedWith } from "../fixtures.ts";

const withFacts = (facts: Readonly<Record<string, string[]>>) => datasetOf({ train: 2, test: 1 }, { facts });

describe("mergeFacts", () => {
  it("agrees on the facts of two sets: all of them, in the order they are first named, each with its classes", () => {
    const one = withFacts({ side: ["left", "right"], phase: ["early", "late", "none"] }),
      two = withFacts({ phase: ["early", "late", "none"], plane: ["axial", "coronal"] });
    expect(mergeFacts([one, two])).toEqual([
      { name: "side", classes: 2 },
      { name: "phase", classes: 3 },
      { name: "plane", classes: 2 },
    ]);
    expect(mergeFacts([])).toEqual([]);
    expect(mergeFacts([withFacts({})])).toEqual([]);
  });

  it.each([
    ["a class more", ["left", "right", "both"]],
    ["another order", ["right", "left"]],
    ["another name", ["left", "Right"]],
    ["none", []],
  ])("refuses two sets of which one has %s, naming fact and classes", async (_what, classes) => {
    const failure = await caught(() =>
      mergeFacts([withFacts({ side: ["left", "right"] }), withFacts({ side: classes })]),
    );
    expect([failure.code, failure.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(failure.what).toBe(
      `fact "side" has classes left, right in one dataset and ${classes.join(", ")} in the other`,
    );
    expect(failure.hint).toBe("Give one fact one list of classes.");
    expect(failure.details).toEqual({ fact: "side" });
  });
});

describe("tokenizerLines", () => {
  it("has every prompt as the model sees it and every target of the training split, each once", () => {
    const lines = tokenizerLines([datasetOf({ train: 3, test: 2 })]);
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toContain("Write a report.");
    expect(lines).toContain("the spleen of words-train-2");
    expect(lines.some((line) => line.includes("A. axial"))).toBe(true);
    // What is held out is not read: the vocabulary would know of it.
    expect(lines.some((line) => line.includes("words-test"))).toBe(false);
  });

  it("joins the sets in their order", () => {
    const slices = datasetOf({ train: 1, test: 0 }, { name: "slices" });
    const both = tokenizerLines([datasetOf({ train: 1, test: 0 }), slices]);
    expect(both.indexOf("the spleen of words-train-0")).toBeLessThan(
      both.indexOf("the spleen of slices-train-0"),
    );
  });
});

describe("wordsRead", () => {
  const reads = resolvedWith(
    'stages.shared.trains=["projector","wordHead"]',
    "stages.shared.learningRate=0.001",
    'stages.shared.objectives={"words":1}',
  ).config;

  it("is empty where no stage has the objective, else of the reports to train on", () => {
    const datasets = [datasetOf({ train: 3, test: 2 })];
    expect(wordsRead(resolvedWith().config, datasets)).toEqual([]);
    expect(
      wordsRead({ ...reads, model: { ...reads.model, words: { least: 0.5, most: 1 } } }, datasets),
    ).toEqual(["of", "spleen", "the", "train", "words"]);
  });

  it("refuses captions of which no word is in bounds", async () => {
    const config = { ...reads, model: { ...reads.model, words: { least: 0.99, most: 0.995 } } };
    const failure = await caught(() => wordsRead(config, [datasetOf({ train: 3, test: 2 })]));
    expect([failure.code, failure.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(failure.what).toContain("no word stands in 0.99 to 0.995 of the training captions");
  });
});

describe("fingerprintOf", () => {
  it("is made of the rule of order and the data sets alone: no rule that only accepts or refuses moves the order", () => {
    const dataset = { ...datasetOf({ train: 1, test: 1 }), fingerprint: "0123abcd" };
    expect(fingerprintOf([dataset])).toBe(
      createHash("sha256").update("tomoe.order/1/0123abcd").digest("hex"),
    );
  });

  it("changes with any set and with their order", () => {
    const fingerprints = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{8}$/), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(fingerprints, ([a = "", b = ""]) => {
        const one = { ...datasetOf({ train: 1, test: 1 }), fingerprint: a },
          two = { ...one, fingerprint: b };
        const all = [[one], [two], [one, two], [two, one]].map((sets) => fingerprintOf(sets));
        expect(new Set(all).size).toBe(4);
        expect(fingerprintOf([one, two])).toBe(all[2]);
        for (const fingerprint of all) expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
      }),
      { numRuns: 30, seed: 20261128 },
    );
  });
});
