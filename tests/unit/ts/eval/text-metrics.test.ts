import fc from "fast-check";
import { bleu1, exactMatch, rouge1, textMetrics, tokens13a } from "../../../../ts/eval/index.ts";
import { normaliseAnswer, splitWords, stripEnds } from "../../../../ts/eval/text-metrics.ts";

describe("tokens13a", () => {
  it.each([
    ["Cyst, 3.5 cm.", ["Cyst", ",", "3.5", "cm", "."]],
    ["2,000 (mild)", ["2,000", "(", "mild", ")"]],
    ["T12-L1 5-6", ["T12", "-", "L1", "5", "-", "6"]],
    ["a &amp; b &lt;1", ["a", "&", "b", "<", "1"]],
    ["ground-\nglass", ["groundglass"]],
    ["", []],
  ])("cuts %j", (text, tokens) => {
    expect(tokens13a(text)).toEqual(tokens);
  });
});

describe("whitespace", () => {
  it("is what Python takes for it: separators and next-line are, the byte order mark is not", () => {
    expect(splitWords("a\u001Cb\u0085c\u00A0d\uFEFFe")).toEqual(["a", "b", "c", "d\uFEFFe"]);
    expect(stripEnds("\u0085 x y\u2003\n")).toBe("x y");
    expect("a\u001Cb".split(/\s/)).toHaveLength(1);
  });
});

describe("rouge1", () => {
  it("is the F-measure of shared words: 2 * 2 / (3 + 4)", () => {
    expect(rouge1("big liver cyst", "a cyst of liver")).toBeCloseTo(4 / 7, 12);
  });

  it("counts a repeated word as often as both texts have it", () => {
    expect(rouge1("cyst cyst cyst", "cyst cyst liver")).toBeCloseTo(2 / 3, 12);
  });

  it("does not care for case, punctuation or order", () => {
    expect(rouge1("Liver: CYST!", "cyst, liver.")).toBe(1);
  });

  it.each([
    ["", "cyst"],
    ["cyst", ""],
    ["", ""],
    ["...", "cyst"],
    ["cyst", "liver"],
  ])("is 0 for %j against %j", (prediction, target) => {
    expect(rouge1(prediction, target)).toBe(0);
  });
});

describe("bleu1", () => {
  it("is precision times brevity penalty: 1 * exp(1 - 4/2)", () => {
    expect(bleu1("liver cyst", "a liver cyst there")).toBeCloseTo(Math.exp(-1), 12);
  });

  it("clips a repeated word and has no penalty for a long answer", () => {
    expect(bleu1("cyst cyst cyst cyst cyst", "a cyst is there")).toBeCloseTo(1 / 5, 12);
  });

  it("keeps case", () => {
    expect(bleu1("Cyst", "cyst")).toBe(0);
  });

  it("gives a report with two wrong words a high score: wording is not truth", () => {
    expect(
      bleu1(
        "There is no nodule in the left upper lobe of the lung.",
        "There is a nodule in the right upper lobe of the lung.",
      ),
    ).toBeGreaterThan(0.8);
  });

  it.each([
    ["", "cyst"],
    ["cyst", ""],
    [" \n", "cyst"],
  ])("is 0 for %j against %j", (prediction, target) => {
    expect(bleu1(prediction, target)).toBe(0);
  });
});

describe("exactMatch", () => {
  it.each([
    ["Left lung.", "left  lung"],
    ["\uFF21xial", "axial"],
    ['"cyst"', "cyst"],
    ["(left)", "left"],
    ["\u201Cportal venous\u201D!", "Portal venous"],
  ])("takes %j for %j", (prediction, target) => {
    expect(exactMatch(prediction, target)).toBe(1);
  });

  it.each([
    ["", "cyst"],
    ["", "."],
    [".", "."],
    ["5", "-5"],
    ["50", "50%"],
    ["left", "left lung"],
    ["not cyst", "cyst"],
  ])("does not take %j for %j", (prediction, target) => {
    expect(exactMatch(prediction, target)).toBe(0);
  });

  it("compares answers by a form that normalising again does not change", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
        const once = normaliseAnswer(text);
        expect(normaliseAnswer(once)).toBe(once);
      }),
      { seed: 5 },
    );
  });
});

describe("every metric", () => {
  const text = fc
    .array(fc.constantFrom("liver", "cyst", "Cyst,", "3.5", "no", "-", "."), { maxLength: 12 })
    .map((parts) => parts.join(" "));

  it.each(Object.entries(textMetrics))(
    "%s lies within 0..1 and is 1 for a text that says something against itself",
    (_name, { score, id }) => {
      expect(id).toMatch(/^tomoe\.\w+\/\d+\(/);
      fc.assert(
        fc.property(text, text, (prediction, target) => {
          expect(score(prediction, target)).toBeGreaterThanOrEqual(0);
          expect(score(prediction, target)).toBeLessThanOrEqual(1);
        }),
        { seed: 6 },
      );
      expect(score("A cyst in the liver.", "A cyst in the liver.")).toBeCloseTo(1, 12);
    },
  );
});
