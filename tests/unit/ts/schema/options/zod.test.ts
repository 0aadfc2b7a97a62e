import * as fc from "fast-check";
import { z } from "zod";
import type { Row, Rows } from "../../../../../ts/schema/options/row.ts";
import { groupSchema, schemaOf, schemaOfOne } from "../../../../../ts/schema/options/zod.ts";

const says = "An option.";
const parse = (row: Row, value: unknown) => groupSchema({ option: row }).safeParse({ option: value });
const messages = (options: Rows, value: unknown): readonly string[] =>
  groupSchema(options)
    .safeParse(value)
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("the schema of a number", () => {
  it.each([
    [{ kind: "whole", min: 1, max: 9, says }, [1, 9], [0, 10, 1.5, Number.NaN, "1"]],
    [{ kind: "number", above: 0, says }, [1e-300, 1e300], [0, -1, Number.POSITIVE_INFINITY]],
    [{ kind: "number", min: 0, below: 1, says }, [0, 0.999], [1, -1e-9]],
    [{ kind: "number", says }, [-5, 0, 2.5], [Number.NaN, null]],
  ] as readonly (readonly [Row, readonly unknown[], readonly unknown[]])[])(
    "of %j takes %j and refuses %j",
    (row, taken, refused) => {
      expect(taken.filter((value) => !parse(row, value).success)).toEqual([]);
      expect(refused.filter((value) => parse(row, value).success)).toEqual([]);
    },
  );

  it("says which side of the range was left", () => {
    const options: Rows = { n: { kind: "whole", min: 2, max: 9, says } };
    expect(messages(options, { n: 1 })).toEqual(["n: must be a whole number of at least 2"]);
    expect(messages(options, { n: 2.5 })).toEqual(["n: must be a whole number of at least 2"]);
    expect(messages(options, { n: 10 })).toEqual(["n: must be at most 9"]);
    expect(messages(options, { n: 2 ** 60 })).toEqual(["n: must be at most 9"]);
  });

  it("takes exactly the whole numbers between its bounds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.double({ noNaN: true }), (min, width, value) => {
        const isIn = Number.isSafeInteger(value) && value >= min && value <= min + width;
        expect(parse({ kind: "whole", min, max: min + width, says }, value).success).toBe(isIn);
      }),
      { seed: 20261128 },
    );
  });
});

describe("the schema of names that a pattern has besides", () => {
  const or = { fits: /^part\.\d+$/, says: "a part by its number" };
  const options: Rows = {
    names: { kind: "list", of: { kind: "choice", of: ["left", "right"], or, says }, says },
    rates: { kind: "map", keys: ["left", "right"], or, of: { kind: "number", above: 0, says }, says },
  };
  const wrong = "must be one of left, right, or a part by its number";

  it("takes those of the list and those that fit, and refuses others by what there is", () => {
    expect(messages(options, { names: ["left", "part.16"], rates: { right: 1, "part.2": 2 } })).toEqual([]);
    expect(messages(options, { names: ["up", 3], rates: {} })).toEqual([
      `names.0: ${wrong}`,
      `names.1: ${wrong}`,
    ]);
    expect(messages(options, { names: [], rates: { "part.x": 1 } })).toHaveLength(1);
    expect(messages(options, { names: [], rates: { "part.1": 0 } })).toEqual([
      "rates.part.1: must be a number above 0",
    ]);
  });
});

describe("the schema of a group", () => {
  const options = {
    given: { kind: "text", says },
    filled: { kind: "whole", min: 1, default: 3, says },
    left: { kind: "flag", absent: "nothing", says },
    group: {
      kind: "group",
      default: {},
      says,
      options: { low: { kind: "number", default: 0, says }, high: { kind: "number", default: 1, says } },
    },
  } as const satisfies Rows;

  it("fills in what nobody wrote, around what somebody did, and leaves out what may be absent", () => {
    const schema = schemaOf(options);
    expect(schema.parse({ given: "x" })).toEqual({ given: "x", filled: 3, group: { low: 0, high: 1 } });
    expect(schema.parse({ given: "x", group: { high: 5 } })).toMatchObject({ group: { low: 0, high: 5 } });
    expect(schema.parse({ given: "x", left: false })).toMatchObject({ left: false });
  });

  it("names what is missing and what is unknown", () => {
    expect(
      groupSchema(options)
        .safeParse({})
        .error?.issues.map(({ path }) => path),
    ).toEqual([["given"]]);
    const [issue] = groupSchema(options).safeParse({ given: "x", othr: 1 }).error?.issues ?? [];
    expect(issue).toMatchObject({ code: "unrecognized_keys", keys: ["othr"] });
  });

  it("lets a default follow another option, and what is written go before it", () => {
    const follows = { option: "name", values: { specific: "per-task" }, otherwise: "shared" };
    const phase: Rows = {
      name: { kind: "text", says },
      routing: { kind: "choice", of: ["shared", "per-task"], follows, says },
    };
    const schema = groupSchema(phase);
    expect(schema.parse({ name: "specific" })).toEqual({ name: "specific", routing: "per-task" });
    expect(schema.parse({ name: "warm-up" })).toEqual({ name: "warm-up", routing: "shared" });
    expect(schema.parse({ name: "constructor" })).toEqual({ name: "constructor", routing: "shared" });
    expect(schema.parse({ name: "specific", routing: "shared" })).toMatchObject({ routing: "shared" });
  });
});

describe("the schema of what holds others", () => {
  const whole = { kind: "whole", min: 1, says } as const;

  it.each([
    [{ kind: "list", of: whole, says }, [[], [1, 2]], [[0], 1]],
    [{ kind: "list", of: whole, atLeast: 1, says }, [[1]], [[]]],
    [{ kind: "list", of: whole, lengths: [1, 3], says }, [[1], [1, 1, 1]], [[], [1, 1]]],
    [
      { kind: "triple", of: whole, says },
      [[1, 2, 3]],
      [
        [1, 2],
        [1, 2, 3, 4],
        [1, 2, 0],
      ],
    ],
    [{ kind: "map", keys: ["a", "b"], of: whole, says }, [{}, { a: 1 }], [{ c: 1 }, { a: 0 }]],
    [
      { kind: "map", keys: { fits: /^x/, says: "it begins with x" }, of: whole, says },
      [{ xy: 1 }],
      [{ y: 1 }],
    ],
    [{ kind: "choice", of: ["a", "b"], says }, ["a"], ["c", 1]],
    [{ kind: "text", says }, ["a"], ["", 1]],
    [{ kind: "constant", value: false, says }, [false], [true, "false"]],
    [{ kind: "either", of: [{ kind: "constant", value: false, says }, whole], says }, [false, 2], [true, 0]],
  ] as readonly (readonly [Row, readonly unknown[], readonly unknown[]])[])(
    "of %j takes %j and refuses %j",
    (row, taken, refused) => {
      expect(taken.filter((value) => !parse(row, value).success)).toEqual([]);
      expect(refused.filter((value) => parse(row, value).success)).toEqual([]);
    },
  );

  it("tells groups apart by their kind", () => {
    const kinds: Row = {
      kind: "one-of",
      says,
      of: ["cat", "dog"].map((value) => ({
        kind: "group",
        says,
        options: { kind: { kind: "constant", value, says }, [`${value}Years`]: whole },
      })),
    };
    expect(parse(kinds, { kind: "dog", dogYears: 7 }).success).toBe(true);
    expect(parse(kinds, { kind: "cat", dogYears: 7 }).success).toBe(false);
    expect(parse(kinds, { kind: "cow" }).success).toBe(false);
  });

  it("says what a text or a list must be", () => {
    const name: Rows = {
      name: { kind: "text", pattern: { fits: /^[a-z]+$/, says: "a name is lower case" }, says },
    };
    expect(messages(name, { name: "A" })).toEqual(["name: a name is lower case"]);
    expect(messages({ l: { kind: "list", of: whole, atLeast: 1, says } }, { l: [] })).toEqual([
      "l: name at least one",
    ]);
    expect(messages({ l: { kind: "list", of: whole, lengths: [1, 3], says } }, { l: [1, 1] })).toEqual([
      "l: give 1 or 3",
    ]);
  });
});

describe("what is pinned", () => {
  const options = {
    facts: { kind: "pinned", schema: z.strictObject({ size: z.int() }), absent: "what is found", says },
  } as const satisfies Rows;

  it("may be absent, and has a schema of its own", () => {
    const schema = schemaOf(options);
    expect(schema.parse({})).toEqual({});
    expect(schema.parse({ facts: { size: 3 } })).toEqual({ facts: { size: 3 } });
    expect(messages(options, { facts: { size: "3" } })[0]).toMatch(/^facts\.size: /);
  });
});

describe("the schema of one of several groups", () => {
  it("takes the group that the kind names", () => {
    const group = <const V extends string, const O extends Rows>(value: V, options: O) =>
      ({ kind: "group", says, options: { kind: { kind: "constant", value, says }, ...options } }) as const;
    const schema = schemaOfOne([
      group("a", { left: { kind: "text", says } }),
      group("b", { right: { kind: "text", says } }),
    ]);
    expect(schema.parse({ kind: "b", right: "x" })).toEqual({ kind: "b", right: "x" });
    expect(schema.safeParse({ kind: "a", right: "x" }).success).toBe(false);
    expect(schema.safeParse({ kind: "c" }).success).toBe(false);
  });
});
