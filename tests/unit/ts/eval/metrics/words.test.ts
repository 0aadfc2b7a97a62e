import { hasOtherLetters, unicodeWords, wordsId } from "../../../../../ts/eval/metrics/words.ts";

describe("words of every script", () => {
  it.each([
    ["A cyst, 3.5 cm!", ["a", "cyst", "3.5", "cm"]],
    ["Größe der Läsion", ["größe", "der", "läsion"]],
    ["Κύστη στο ήπαρ", ["κύστη", "στο", "ήπαρ"]],
    ["киста печени", ["киста", "печени"]],
    ["كيس في الكبد", ["كيس", "في", "الكبد"]],
    ["ＣＴ", ["ct"]],
    ["ﬁbrosis", ["fibrosis"]],
    ["don't, the patient's 'own' 2,000 HU.", ["don't", "the", "patient's", "own", "2,000", "hu"]],
    ["e.g. T12-L1, 3. and .5", ["e", "g", "t12", "l1", "3", "and", "5"]],
    ["CTで3.5cmの嚢胞", ["ct", "で", "3.5cm", "の", "嚢", "胞"]],
    ["क्षेत्र में", ["क्षेत्र", "में"]],
    ["'' 'a' a'", ["a", "a"]],
    ["", []],
    ["... !", []],
  ])("in %j are %j", (text, words) => {
    expect(unicodeWords(text)).toEqual(words);
  });

  it.each(["肝臓に嚢胞があります", "肝内有囊肿", "ตับมีถุงน้ำ"])(
    "are found where no spaces stand: %s",
    (text) => {
      expect(unicodeWords(text).length).toBeGreaterThan(1);
      expect(unicodeWords(text).join("")).toBe(text.normalize("NFKC"));
    },
  );

  it("name how they are cut", () => {
    expect(wordsId).toBe("tokens:unicode-words(nfkc,lower,letters+marks+digits,unspaced-scripts:character)");
  });
});

describe("letters that an English-only tokeniser drops", () => {
  it.each([
    ["plain text, 3.5 \u00b5", true],
    ["caf\u00e9", true],
    ["肝", true],
    ["plain \u2013 text\u2026 5\u00b0", false],
    ["ASCII only", false],
    ["\u{1F600}", false],
  ])("stand in %j: %s", (text, has) => {
    expect(hasOtherLetters(text)).toBe(has);
  });
});
