import type { PromptClass, PromptExample } from "../../../../../ts/router/index.ts";
import {
  countEvidence,
  evidenceFeatureCount,
  evidenceOf,
  leaveOut,
  pushEvidence,
} from "../../../../../ts/router/prompt/evidence.ts";
import { readFeatures } from "../../../../../ts/router/prompt/features.ts";
import { indexTexts } from "../../../../../ts/router/prompt/indexed-texts.ts";
import { promptClasses } from "../../../../../ts/router/prompt/texts/examples.ts";

const example = (text: string, label: PromptClass, family = text): PromptExample => ({ text, label, family });
const examples = [
  example("liver lesion", "open-vqa"),
  example("liver size", "open-vqa"),
  example("liver liver liver", "open-vqa"),
  example("describe liver", "report", "liver size"),
  example("size of cake", "none"),
  example("cake", "none"),
];
const counts = countEvidence(indexTexts(examples, promptClasses));
const wordHash = (word: string): number => readFeatures({ text: word }).words[0]?.hash ?? -1;
const prior = Math.log(2 / 3);

const denseOf = (text: string): ReadonlyMap<number, number> => {
  const evidence = evidenceOf(counts, (value) => value);
  const row = new Map<number, number>();
  pushEvidence(
    readFeatures({ text }),
    (hash) => evidence.get(hash),
    (column, value) => row.set(column, (row.get(column) ?? 0) + value),
  );
  return row;
};

describe("the evidence of words", () => {
  it("counts families, not texts or repeats", () => {
    expect([counts.scan[wordHash("liver")], counts.other[wordHash("liver")]]).toEqual([3, 0]);
    expect([counts.scan[wordHash("size")], counts.other[wordHash("size")]]).toEqual([1, 1]);
    expect([counts.scan[wordHash("cake")], counts.other[wordHash("cake")]]).toEqual([0, 2]);
  });

  it("is the smoothed log-odds of the counts (1e-12)", () => {
    const evidence = evidenceOf(counts, (value) => value);
    expect(evidence.get(wordHash("liver"))).toBeCloseTo(Math.log(3.25 / 0.25) + prior, 12);
    expect(evidence.get(wordHash("cake"))).toBeCloseTo(Math.log(0.25 / 2.25) + prior, 12);
    expect(evidence.get(wordHash("volcano"))).toBeUndefined();
  });

  it("leaves a text's own family out in training, so that a word of one family alone counts as never seen", () => {
    const asTask = leaveOut(counts, false);
    expect(asTask(wordHash("liver"))).toBeCloseTo(Math.log(2.25 / 0.25) + prior, 12);
    expect(asTask(wordHash("lesion"))).toBeUndefined();
    const asNone = leaveOut(counts, true);
    expect(asNone(wordHash("cake"))).toBeCloseTo(Math.log(0.25 / 1.25) + prior, 12);
  });

  it("becomes features whose columns stay in range and whose weights sum to the same for every text", () => {
    for (const text of ["liver lesion", "", "zzz qqq", "cake ".repeat(100)]) {
      const row = denseOf(text);
      expect([...row.keys()].every((column) => column >= 0 && column < evidenceFeatureCount)).toBe(true);
      expect([...row.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(6 * 1.5, 12);
    }
  });

  it("tells known words from unknown ones", () => {
    const unknownShare = (text: string): number => denseOf(text).get(2 * 6 + 5) ?? 0;
    expect(unknownShare("xyzzy plugh")).toBeCloseTo(1.5, 12);
    expect(unknownShare("liver size")).toBe(0);
  });

  it("reads the options' words into a feature of their own, which is absent without options", () => {
    const rowOf = (choices?: readonly string[]): ReadonlyMap<number, number> => {
      const evidence = evidenceOf(counts, (value) => value);
      const row = new Map<number, number>();
      pushEvidence(
        readFeatures(choices === undefined ? { text: "liver" } : { text: "liver", choices }),
        (hash) => evidence.get(hash),
        (column, value) => row.set(column, (row.get(column) ?? 0) + value),
      );
      return row;
    };
    const columnsOf = (row: ReadonlyMap<number, number>): readonly number[] =>
      [...row.keys()].filter((column) => column >= 6 * 6);
    const meanColumn = (row: ReadonlyMap<number, number>): number =>
      columnsOf(row).reduce((sum, column) => sum + (column - 36) * (row.get(column) ?? 0), 0);
    expect(columnsOf(rowOf())).toEqual([]);
    expect(meanColumn(rowOf(["liver", "liver"]))).toBeGreaterThan(meanColumn(rowOf(["cake", "cake"])));
  });

  it("bends linearly between its knots: a quarter of unknown words weighs on two neighbours", () => {
    // Share 0.25 of a range of five gaps lies at 1.25: knots 1 and 2, by 0.75 and 0.25.
    const row = denseOf("liver size cake zzzzqqqq");
    expect(row.get(2 * 6 + 1)).toBeCloseTo(1.5 * 0.75, 12);
    expect(row.get(2 * 6 + 2)).toBeCloseTo(1.5 * 0.25, 12);
  });

  it("holds at its end knots what lies beyond their range", () => {
    const strong = new Map<number, number>();
    pushEvidence(
      readFeatures({ text: "liver" }),
      () => 99,
      (column, value) => strong.set(column, (strong.get(column) ?? 0) + value),
    );
    expect([strong.get(5), strong.get(11)]).toEqual([1.5, 1.5]);
    const weak = new Map<number, number>();
    pushEvidence(
      readFeatures({ text: "liver" }),
      () => -99,
      (column, value) => weak.set(column, (weak.get(column) ?? 0) + value),
    );
    expect([weak.get(0), weak.get(6)]).toEqual([1.5, 1.5]);
  });

  it("is counted on the class called none, wherever it stands among the classes", () => {
    const turned = countEvidence(indexTexts(examples, [...promptClasses].reverse()));
    expect(turned.scan).toEqual(counts.scan);
    expect(turned.other).toEqual(counts.other);
    expect(turned.prior).toBe(counts.prior);
  });
});
