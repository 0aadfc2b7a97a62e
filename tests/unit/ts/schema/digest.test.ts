import { createHash } from "node:crypto";
import fc from "fast-check";
import { canonicalJson, digestJson } from "../../../../ts/schema/digest.ts";
import { caught } from "../../../support/caught.ts";

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

describe("the canonical text of a value", () => {
  it("is that of RFC 8785: sorted by UTF-16 units, shortest numbers, least escapes", () => {
    // Section 3.2.3 and 3.2.2.
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\u{1f600}": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect(Object.values(JSON.parse(canonicalJson(value, "x")) as object)).toEqual(
      ["1", "\r", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"].map(
        (key) => value[key as keyof typeof value],
      ),
    );
    expect(canonicalJson([Number("333333333.33333329"), 1e30, 4.5, 2e-3, 1e-27, -0], "x")).toBe(
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    );
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/', "x")).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
  });

  it("does not depend on the order of keys, and does on that of a list", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ noUnicodeString: false })),
        (value) => {
          const turned = Object.fromEntries(Object.entries(value).reverse());
          expect(canonicalJson(turned, "x")).toBe(canonicalJson(value, "x"));
          expect(JSON.parse(canonicalJson(value, "x"))).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
      { seed: 20261128 },
    );
    expect(digestJson({ a: 1, b: [1, 2] }, "x")).toBe(digestJson({ b: [1, 2], a: 1 }, "x"));
    expect(digestJson({ a: [1, 2] }, "x")).not.toBe(digestJson({ a: [2, 1] }, "x"));
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a function", () => 0],
    ["NaN", Number.NaN],
    ["NaN deep inside", { a: [{ b: Number.NaN }] }],
    ["an infinity", [Number.NEGATIVE_INFINITY]],
    ["half a surrogate pair", { text: "\ud800" }],
    ["a cycle", cycle],
    ["a bigint", { n: 1n }],
  ])("is refused for %s as a bug of ours that names the value", async (_, value) => {
    for (const give of [canonicalJson, digestJson]) {
      const error = await caught(() => give(value, "the router policy"));
      expect([error.code, error.exitCode]).toEqual(["INTERNAL", 70]);
      expect(error.message).toMatch(/^\[INTERNAL\] the router policy cannot be written as JSON: ./);
    }
  });
});

describe("the digest of a value", () => {
  it("is the SHA-256 of that text in UTF-8", () => {
    const value = { b: "\u00e9", a: [true, null] };
    expect(digestJson(value, "x")).toBe(
      createHash("sha256").update('{"a":[true,null],"b":"\u00e9"}', "utf8").digest("hex"),
    );
  });
});
