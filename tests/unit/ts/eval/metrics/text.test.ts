import fc from "fast-check";
import { normaliseAnswer, overlap, splitWords, stripEnds } from "../../../../../ts/eval/metrics/text.ts";
import { paces } from "../../../../support/pace.ts";

describe("whitespace", () => {
  it("is what Python takes for it: separators and next-line are, the byte order mark is not", () => {
    expect(splitWords("a\u001Cb\u0085c\u00A0d\uFEFFe")).toEqual(["a", "b", "c", "d\uFEFFe"]);
    expect(stripEnds("\u0085 x y\u2003\n")).toBe("x y");
    expect("a\u001Cb".split(/\s/)).toHaveLength(1);
  });
});

describe("normaliseAnswer", () => {
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

describe("overlap", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });

  it("counts a token as often as it stands in both", () => {
    expect(overlap(["a", "a", "b"], ["a", "a", "a", "c"])).toBe(2);
  });

  it("is the same from both sides, and never more than the shorter text", () => {
    fc.assert(
      fc.property(words, words, (one, other) => {
        expect(overlap(one, other)).toBe(overlap(other, one));
        expect(overlap(one, other)).toBeLessThanOrEqual(Math.min(one.length, other.length));
        expect(overlap(one, one)).toBe(one.length);
      }),
      { seed: 8 },
    );
  });
});

describe("a run of 200,000 equal characters", () => {
  it.each([
    ["spaces", " "],
    ["full stops", "."],
    ["quotation marks", '"'],
    ["letters", "a"],
  ])("of %s is stripped and normalised in a time that grows with its length", (_what, character) => {
    const text = `a${character.repeat(200_000)}b`;
    // A pattern anchored at the end takes some thousands of paces for it.
    expect(paces(() => normaliseAnswer(stripEnds(text)), 2)).toBeLessThan(60);
  });
});
