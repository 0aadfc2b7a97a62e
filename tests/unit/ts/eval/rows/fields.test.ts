import { kindOf, listOf, nameOf, textOf } from "../../../../../ts/eval/rows/fields.ts";

const told = <T>(read: (tell: (problem: string) => void) => T) => {
  const problems: string[] = [];
  return { found: read((problem) => problems.push(problem)), problems };
};
const isNumber = (one: unknown): one is number => typeof one === "number";

describe("fields of a file", () => {
  it("are called by the words of the file", () => {
    const values = [undefined, null, [], {}, "x", 1.5, true];
    expect(values.map(kindOf)).toEqual([
      "nothing",
      "null",
      "a list",
      "an object",
      'the text "x"',
      "number 1.5",
      "boolean true",
    ]);
  });

  it("that are names are whole numbers digit by digit, or one line of text", () => {
    expect(told((tell) => nameOf({ id: -0 }, "id", tell))).toEqual({ found: "0", problems: [] });
    expect(told((tell) => nameOf({ id: "a b" }, "id", tell)).problems).toEqual([]);
    for (const id of [Number.POSITIVE_INFINITY, 2 ** 53, "a\nb", " ", null])
      expect(told((tell) => nameOf({ id }, "id", tell)).problems).toHaveLength(1);
  });

  it("that are texts or lists of one kind are told with what else they are", () => {
    expect(told((tell) => textOf({}, "target", tell)).problems).toEqual(["target is missing"]);
    expect(told((tell) => listOf({ n: [1, "2"] }, "n", "numbers", isNumber, tell)).problems).toEqual([
      'n must be a list of numbers, found the text "2" in it',
    ]);
    expect(told((tell) => listOf({ n: [1, 2] }, "n", "numbers", isNumber, tell)).found).toEqual([1, 2]);
    expect(told((tell) => listOf({}, "n", "numbers", isNumber, tell))).toEqual({
      found: undefined,
      problems: [],
    });
  });
});
