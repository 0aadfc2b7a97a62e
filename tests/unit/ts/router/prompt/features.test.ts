import fc from "fast-check";
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

describe("features of any text", () => {
  const texts = fc.string({ unit: "grapheme", maxLength: 80 });

  it("are the same for the same text, and for one with other spaces and other case", () => {
    const ascii = fc.array(fc.constantFrom("Where", "is", "the", "LESION", "?", "A)", "3"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(ascii, (words) => {
        const plain = readFeatures({ text: words.join(" ") });
        expect(readFeatures({ text: words.join(" ") })).toEqual(plain);
        expect(readFeatures({ text: `  ${words.join("\n\t ")} ` })).toEqual(plain);
        expect(readFeatures({ text: words.join(" ").toUpperCase() })).toEqual(plain);
      }),
      { seed: 1 },
    );
  });

  it("lie in their buckets, with a norm of at most 1 a group, whatever the script", () => {
    fc.assert(
      fc.property(
        texts,
        fc.option(fc.array(texts, { maxLength: 5 }), { nil: undefined }),
        (text, choices) => {
          const { groups, words, optionWords } = readFeatures(
            choices === undefined ? { text } : { text, choices },
          );
          for (const { hashes, weight } of groups) {
            expect(hashes.length * weight * weight).toBeLessThanOrEqual(1 + 1e-12);
            expect(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash < hashBuckets)).toBe(
              true,
            );
          }
          for (const { hash, grams } of [...words, ...optionWords])
            expect([hash, ...grams].every((one) => one >= 0 && one < hashBuckets)).toBe(true);
        },
      ),
      { seed: 2 },
    );
  });

  it("read every number as one, so that a size says nothing of the task", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => {
        expect(readFeatures({ text: `larger than ${one} mm` })).toEqual(
          readFeatures({ text: `larger than ${other} mm` }),
        );
      }),
      { seed: 3 },
    );
  });

  it("tell the order of words, and a word's place at an end", () => {
    const pairs = (text: string): readonly number[] => readFeatures({ text }).groups[0]?.hashes ?? [];
    expect(pairs("lesion liver")).not.toEqual(pairs("liver lesion"));
    expect(shared(pairs("which plane is it"), pairs("is it which plane"))).toBeLessThan(1);
  });

  it("give a word the same hash wherever it stands, and no option's word the hash of the text's", () => {
    const [first] = readFeatures({ text: "liver" }).words;
    expect(readFeatures({ text: "a liver cyst" }).words[1]).toEqual(first);
    const given = readFeatures({ text: "x", choices: ["liver"] });
    expect(given.optionWords[0]).toEqual(first);
    // As evidence they are one word; as an n-gram of options it has a seed of its own.
    expect(given.groups[4]?.hashes).not.toContain(first?.hash);
  });
});
