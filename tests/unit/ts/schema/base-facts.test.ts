import { baseFactsSchema } from "../../../../ts/schema/base-facts.ts";
import { exampleFacts } from "../../../support/base-facts.ts";

describe("facts of a base", () => {
  it("are taken as the worker tells them, with and without a tokenizer", () => {
    expect(baseFactsSchema.parse(exampleFacts)).toEqual(exampleFacts);
    expect(baseFactsSchema.parse({ ...exampleFacts, text: null }).text).toBeNull();
  });

  it.each(Object.keys(exampleFacts))("are refused without %s", (name) => {
    const { [name as keyof typeof exampleFacts]: _left, ...rest } = exampleFacts;
    expect(baseFactsSchema.safeParse(rest).error?.issues.map(({ path }) => path)).toEqual([[name]]);
  });

  it.each([
    ["a field that no version knows", { ...exampleFacts, colour: 1 }],
    ["half a token", { ...exampleFacts, tokens: { ...exampleFacts.tokens, perSlice: 0.5 } }],
    ["a tensor less than none", { ...exampleFacts, tensors: { ...exampleFacts.tensors, total: -1 } }],
    ["two channels", { ...exampleFacts, pixels: { mean: [0.5, 0.5], std: [1, 1] } }],
  ])("are refused with %s", (_what, facts) => {
    expect(baseFactsSchema.safeParse(facts).success).toBe(false);
  });
});
