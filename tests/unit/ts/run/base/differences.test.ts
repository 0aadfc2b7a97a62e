import * as fc from "fast-check";
import type { JsonValue } from "../../../../../ts/errors.ts";
import { differences } from "../../../../../ts/run/base/differences.ts";

describe("differences", () => {
  it("names each leaf that two values do not have in common, in lists too", () => {
    const here = { a: 1, b: { c: [1, 2], d: "x" }, e: {} };
    const there = { a: 1, b: { c: [1, 3, 4], d: "y" }, f: null };
    expect(differences(here, there)).toEqual([
      { path: "b.c.1", here: "2", there: "3" },
      { path: "b.d", here: '"x"', there: '"y"' },
      { path: "e", here: "{}", there: "nothing" },
      { path: "b.c.2", here: "nothing", there: "4" },
      { path: "f", here: "nothing", there: "null" },
    ]);
  });

  it("finds none between a value and itself, whatever its keys' order", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(differences(value as JsonValue, structuredClone(value) as JsonValue)).toEqual([]);
      }),
      { seed: 20261129 },
    );
    expect(differences({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  });
});
