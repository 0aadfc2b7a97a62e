import { namedOptions } from "../../../../../ts/eval/closed/letters.ts";
import { optionsOf } from "../../../../../ts/eval/closed/options.ts";

const four = optionsOf(["liver", "spleen", "heart", "lung"]);
const nine = optionsOf(Array.from({ length: 9 }, (_, at) => `option ${at}`));
const without = optionsOf(["liver", "spleen", "NA", "lung"]);

describe("letters that name options", () => {
  it.each([
    ["B", "B"],
    ["B.", "B"],
    ["B)", "B"],
    ["B: spleen", "B"],
    ["(B)", "B"],
    ["[B]", "B"],
    ["**B**", "B"],
    ["B/C", "BC"],
    ["It is B, not C", "BC"],
    ["the answer is B", "B"],
    ["\uff22\uff0e", "B"],
    ["B.spleen", "B"],
    ["B B B", "B"],
    ["A", "A"],
    ["A.", "A"],
    ["A) liver", "A"],
    ["(A)", "A"],
    ["**A**", "A"],
    ["it must be A", "A"],
    ["it must be A ", "A"],
    ["A or B", "AB"],
    ["A and C", "AC"],
    ["A / B", "AB"],
    ["Answer A because", "A"],
    ["Answer: A because", "A"],
    ["The option is A because", "A"],
    ["choice A seems right", "A"],
  ])("in %j are %s", (answer, letters) => {
    expect(
      namedOptions(answer, four)
        .map((index) => "ABCD"[index])
        .join(""),
    ).toBe(letters);
  });

  it.each([
    ["A cyst in the liver"],
    ["A large mass"],
    ["b"],
    ["Brain"],
    ["T2B"],
    ["B2"],
    ["B's"],
    ["B\u2019s"],
    ["d'B"],
    ["\u00c9B"],
    ["E."],
    [""],
    ["AB"],
    ["B\u0301"],
  ])("are none in %j", (answer) => {
    expect(namedOptions(answer, four)).toEqual([]);
  });

  it("take I for a word as well as for an option", () => {
    expect(namedOptions("I think it is C", nine)).toEqual([2]);
    expect(namedOptions("I.", nine)).toEqual([8]);
  });

  it("are none of an option that is missing", () => {
    expect(namedOptions("C. or D.", without)).toEqual([3]);
  });
});
