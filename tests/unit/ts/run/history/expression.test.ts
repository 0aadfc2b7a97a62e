import fc from "fast-check";
import { type Expression, fieldsIn, parseFilter } from "../../../../../ts/run/history/expression.ts";
import { caught } from "../../../../support/caught.ts";

const compare = (field: string, operator: string, text: string, isQuoted = false) => ({
  kind: "compare",
  field,
  operator,
  literal: { text, isQuoted },
});

describe("a filter of runs", () => {
  it("is a comparison of a field with a value, with or without blanks, == as =", () => {
    expect(parseFilter("state=finished")).toEqual(compare("state", "=", "finished"));
    expect(parseFilter(" seed  <= 3 ")).toEqual(compare("seed", "<=", "3"));
    expect(parseFilter("seed==3")).toEqual(compare("seed", "=", "3"));
    expect(parseFilter("closed-vqa/accuracy.micro.ciLow>0.5")).toEqual(
      compare("closed-vqa/accuracy.micro.ciLow", ">", "0.5"),
    );
    expect(parseFilter(`tag.note = "two words"`)).toEqual(compare("tag.note", "=", "two words", true));
    expect(parseFilter(`name~'it"s'`)).toEqual(compare("name", "~", 'it"s', true));
  });

  it("binds not before and, and before or, and brackets before all", () => {
    const [a, b, c] = ["a", "b", "c"].map((field) => compare(field, "=", "1"));
    expect(parseFilter("a=1 or b=1 and not c=1")).toEqual({
      kind: "or",
      parts: [a, { kind: "and", parts: [b, { kind: "not", part: c }] }],
    });
    expect(parseFilter("(a=1 OR b=1) AND c=1")).toEqual({
      kind: "and",
      parts: [{ kind: "or", parts: [a, b] }, c],
    });
    expect(fieldsIn(parseFilter("(a=1 or b=1) and not (c=1 or a=2)"))).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["", "a field is missing at the end", 0],
    ["seed", "a comparison (= != < <= > >= ~) of seed is missing at the end", 4],
    ["seed=", "a value for seed is missing at the end", 5],
    ["seed=1 2", '"and", "or" or the end belongs where "2" stands', 7],
    ["seed=1 and", "a field is missing at the end", 10],
    ["(seed=1", '")" is missing at the end', 7],
    ["=1", 'a field belongs where "=" stands', 0],
    ['name="open', "a quote is not closed", 5],
    ["a < < b", 'a value for a belongs where "<" stands', 4],
  ])("that is %j is refused with the place", async (filter, what, at) => {
    const error = await caught(() => parseFilter(filter));
    expect(error).toMatchObject({ code: "USAGE_INVALID", exitCode: 64, details: { filter, at } });
    expect(error.message).toContain(what);
  });

  it("is read back as it was, however it is nested and whatever blanks stand in it", () => {
    const name = fc.stringMatching(/^[a-z][\w./-]{0,12}$/).filter((text) => !/^(?:and|or|not)$/i.test(text));
    const literal = fc.oneof(
      name.map((text) => ({ text, isQuoted: false })),
      fc.stringMatching(/^[^"]{0,8}$/).map((text) => ({ text, isQuoted: true })),
      fc
        .double({ noNaN: true, noDefaultInfinity: true, min: 0 })
        .map((n) => ({ text: String(n), isQuoted: false })),
    );
    const operator = fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "~");
    const { expression } = fc.letrec<{ expression: Expression; list: Expression }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        fc.record({
          kind: fc.constant("compare"),
          field: name,
          operator,
          literal,
        }) as fc.Arbitrary<Expression>,
        tie("expression").map((part): Expression => ({ kind: "not", part })),
        tie("list"),
      ),
      list: fc
        .tuple(
          fc.constantFrom("and" as const, "or" as const),
          fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
        )
        .map(([kind, parts]): Expression => ({ kind, parts })),
    }));
    const written = (one: Expression, blank: string): string => {
      if (one.kind === "not") return `not${blank}(${written(one.part, blank)})`;
      if (one.kind !== "compare")
        return one.parts.map((part) => `(${written(part, blank)})`).join(`${blank}${one.kind}${blank}`);
      const { text, isQuoted } = one.literal;
      return `${one.field}${blank}${one.operator}${blank}${isQuoted ? `"${text}"` : text}`;
    };
    fc.assert(
      fc.property(expression, fc.constantFrom(" ", "  ", "\t", "\n "), (one, blank) => {
        expect(parseFilter(written(one, blank))).toEqual(one);
      }),
      { seed: 20261129, numRuns: 200 },
    );
  });

  it("is understood or refused with a typed error, whatever it is", async () => {
    const words = ["seed", "=", "<", "(", ")", "and", "or", "not", '"', "'x'", "1", " ", "!", "~", "tag.a"];
    const any = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(any, fc.string()), (filter) => {
        try {
          expect(fieldsIn(parseFilter(filter)).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "USAGE_INVALID" });
        }
      }),
      { seed: 20261129 },
    );
  });
});
