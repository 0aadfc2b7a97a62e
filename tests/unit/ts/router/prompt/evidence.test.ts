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
});
