import fc from "fast-check";
import { choiceIndex, choiceLetter } from "../../../../../ts/schema/answers/letters.ts";

describe("the letter of a choice", () => {
  it("is A for the first and Z for the last that has one", () => {
    expect([0, 1, 2, 3, 25].map(choiceLetter)).toEqual(["A", "B", "C", "D", "Z"]);
  });

  it("leads back to the choice, in upper and in lower case", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25 }), (index) => {
        expect(choiceIndex(choiceLetter(index))).toBe(index);
        expect(choiceIndex(choiceLetter(index).toLowerCase())).toBe(index);
      }),
      { seed: 20261128 },
    );
  });

  it.each(["", "AB", "1", "-", "\u00C4", "[", "@", "`", "{", "\u212A"])("%j names none", (text) => {
    expect(choiceIndex(text)).toBe(-1);
  });
});
