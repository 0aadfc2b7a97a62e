import { hashBuckets, readFeatures, tokenizePrompt } from "../../../../../ts/router/prompt/features.ts";

const hashesOf = (text: string, choices?: readonly string[]): readonly number[] =>
  readFeatures(choices === undefined ? { text } : { text, choices }).groups.flatMap(({ hashes }) => hashes);

const shared = (a: readonly number[], b: readonly number[]): number => {
  const other = new Set(b);
  return a.filter((hash) => other.has(hash)).length / a.length;
};

describe("tokenizePrompt", () => {
  it("splits words, marks and numbers, in lower case, every number read as 0", () => {
    expect(tokenizePrompt("Is it > 3.5 cm? A) yes, B) NO")).toEqual([
      "is",
      "it",
      ">",
      "0",
      ".",
      "0",
      "cm",
      "?",
      "a",
      ")",
      "yes",
      ",",
      "b",
      ")",
      "no",
    ]);
  });

  it("folds compatibility forms and keeps an apostrophe inside a word", () => {
    expect(tokenizePrompt("patient's \uFB01nding \uFF21")).toEqual(["patient's", "finding", "a"]);
  });

  it("finds nothing in blank text", () => {
    expect(tokenizePrompt(" \n\t ")).toEqual([]);
  });
});

describe("readFeatures", () => {
  it("counts words, pairs and triples with the text's two ends", () => {
    const [wordGrams] = readFeatures({ text: "which plane" }).groups;
    // words: which, plane; pairs: <which, which plane, plane>; triples: <which plane, which plane>
    expect(wordGrams?.hashes).toHaveLength(7);
    expect(wordGrams?.weight).toBeCloseTo(1 / Math.sqrt(7), 15);
  });

  it("gives every group a norm of at most 1, however long the text", () => {
    for (const text of ["a", "Describe the scan.", "Describe the scan. ".repeat(300)]) {
      for (const { hashes, weight } of readFeatures({ text, choices: ["liver", "spleen"] }).groups)
        expect(hashes.length * weight * weight).toBeLessThanOrEqual(1 + 1e-12);
    }
  });

  it("stays within its hash buckets", () => {
    const hashes = hashesOf("Is the l\u00E9sion \u80DD in the liver? \u{1F600}", ["yes", "no"]);
    expect(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash < hashBuckets)).toBe(true);
  });

  it("shares most features with a misspelt text and few with another", () => {
    const right = hashesOf("pleural effusion");
    expect(shared(right, hashesOf("pleural efusion"))).toBeGreaterThan(0.5);
    expect(shared(right, hashesOf("chocolate cake"))).toBeLessThan(0.1);
  });

  it("tells given options from the same text without, and an empty list from none", () => {
    expect(hashesOf("which side", ["left", "right"]).length).toBeGreaterThan(hashesOf("which side").length);
    expect(hashesOf("which side", [])).toEqual(hashesOf("which side"));
    expect(readFeatures({ text: "x", choices: ["left lung", "right"] }).optionWords).toHaveLength(3);
  });

  it("reads lists of options alike, whatever their words: the skeleton group", () => {
    const skeleton = (text: string): readonly number[] => readFeatures({ text }).groups[1]?.hashes ?? [];
    expect(skeleton("which organ A) liver B) spleen")).toEqual(
      skeleton("what colour is it A) dark blue B) red"),
    );
    expect(skeleton("which organ A) liver B) spleen")).not.toEqual(skeleton("which organ, liver or spleen"));
  });
});
