import * as fc from "fast-check";
import { didYouMean, nearest, nearestOf } from "../../../../ts/schema/nearest.ts";

const options = ["topK", "tokenExperts", "tasks", "textWidth", "zLossWeight"];

describe("the nearest known word", () => {
  it.each([
    ["topk", "topK"],
    ["TOPK", "topK"],
    ["task", "tasks"],
    ["tokenExpert", "tokenExperts"],
    ["zLosWeihgt", "zLossWeight"],
  ])("of %s is %s", (word, meant) => {
    expect(nearest(word, options)).toBe(meant);
  });

  it("is none for a word that is another one, however few are known", () => {
    expect(nearest("learningRate", options)).toBeUndefined();
    expect(nearest("topK", [])).toBeUndefined();
  });

  it("is judged by the length of what was written: a long slip may be farther off than a short one", () => {
    expect(nearest("abc", ["abxyz"])).toBeUndefined();
    expect(nearest("abcdefghijkl", ["abcdefghWXYZ"])).toBe("abcdefghWXYZ");
    expect(nearest("abcdefghijk", ["abcdefgWXYZ"])).toBeUndefined();
  });

  it("comes first of all that are near, and a word is nearest to itself in any case", () => {
    expect(nearestOf("train", ["brain", "trains", "training"])).toEqual(["brain", "trains"]);
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (known) => {
        const [word = ""] = known;
        expect(nearestOf(word.toUpperCase(), known)[0]).toBe(word);
      }),
      { seed: 20261128 },
    );
  });

  it("is told as a question, or not at all", () => {
    expect(didYouMean("topk", options)).toBe(', did you mean "topK"?');
    expect(didYouMean("somethingElse", options)).toBe("");
  });
});
